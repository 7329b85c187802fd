//! The limits of wrong passwords, in a browser.

use std::time::Duration;

use guestlist::Clock;

use crate::{
    limits::{strict, used_up},
    second_factor::Enrolled,
    test_app::{PASSWORD, TestApp, new_email},
};

use super::browser::Browser;

#[tokio::test]
async fn the_form_says_when_to_try_again_and_keeps_the_address() {
    let app = strict().await;
    let email = new_email();
    app.signed_in(&email).await;
    used_up(&app, &email).await;
    let browser = Browser::new(&app);
    browser.open("/sign-in").await.html(200);
    let fields = [("email", &*email), ("password", PASSWORD)];
    let page = browser.submit("/sign-in", &fields).await;
    page.html(429);
    assert_eq!(page.header("retry-after"), Some("300"));
    let words = "Too many tries; try again in 5 minutes.".to_owned();
    assert_eq!(page.summary(), [("email".to_owned(), words)]);
    assert_eq!(browser.field("/sign-in", "email"), email);
    assert_eq!(browser.field("/sign-in", "password"), "");
    app.clock.advance(Duration::from_secs(300));
    browser.submit("/sign-in", &fields).await.html(200);
}

#[tokio::test]
async fn every_form_with_a_password_says_when_to_try_again() {
    let app = strict().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    for (path, fields) in [
        ("/account/email", vec![("email", "new@example.com")]),
        ("/account/delete", vec![]),
        ("/account/proof", vec![]),
    ] {
        browser.open(path).await.html(200);
        let fields = [fields, vec![("password", "wrong")]].concat();
        let mut page = browser.submit(path, &fields).await;
        for _ in 0..20 {
            if page.status == 429 {
                break;
            }
            page = browser.submit(path, &fields).await;
        }
        page.html(429);
        assert!(page.header("retry-after").is_some(), "{path}: {page:?}");
    }
}

/// Each end of the other sessions makes a new session.
#[tokio::test]
async fn another_session_gives_no_further_tries() {
    let app = strict().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    Browser::signed_in(&app, &email).await;
    browser.open("/account/proof").await.html(200);
    for _ in 0..3 {
        let wrong = [("password", "wrong")];
        browser.submit("/account/proof", &wrong).await.html(403);
    }
    browser.open("/account/sessions").await.html(200);
    let ended = browser.submit("/account/sessions/end-others", &[]).await;
    ended.html(200);
    browser.open("/account/proof").await.html(200);
    let right = [("password", PASSWORD)];
    browser.submit("/account/proof", &right).await.html(429);
}

/// RL08: others cannot lock the owner out of a browser that the owner has used before.
#[tokio::test]
async fn a_browser_that_signed_in_before_is_not_locked_out_by_others() {
    let app = strict().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    let device = browser.cookie("guestlist-device").expect("is remembered");
    browser.submit("/sign-out", &[]).await;
    assert_eq!(browser.cookie("guestlist-device"), Some(device), "stays");
    used_up(&app, &email).await;
    let fields = [("email", &*email), ("password", PASSWORD)];
    let other = Browser::new(&app);
    other.open("/sign-in").await.html(200);
    other.submit("/sign-in", &fields).await.html(429);
    browser.open("/sign-in").await.html(200);
    browser.submit("/sign-in", &fields).await.html(200);
    assert!(browser.cookie("guestlist").is_some());
    // The cookie alone opens nothing.
    let thief = Browser::new(&app);
    let device = browser.cookie("guestlist-device").expect("is remembered");
    thief.keep("guestlist-device", &device);
    assert_eq!(thief.ask("/account").await.status, 303);
}

const NEW: &str = "quite another one";

/// Sets another password by a link of an administrator.
async fn reset<'a>(app: &'a TestApp, email: &str) -> Browser<'a> {
    let user = app.user(email).await.id;
    let link = app.app.guestlist.make_reset_link(user).await;
    let link = link.expect("makes one");
    let path = format!("/reset-password/{}", link.token.expose());
    let browser = Browser::new(app);
    browser.open(&path).await.html(200);
    let set = browser.sent(&path, &[("new_password", NEW)]).await;
    assert_eq!(set.status, 303, "{set:?}");
    browser
}

/// Whatever others try, a reset link lets the owner in.
#[tokio::test]
async fn the_browser_of_a_reset_is_not_locked_out_by_others() {
    let app = strict().await;
    let email = new_email();
    app.signed_in(&email).await;
    used_up(&app, &email).await;
    let browser = reset(&app, &email).await;
    let fields = [("email", &*email), ("password", NEW)];
    let other = Browser::new(&app);
    other.open("/sign-in").await.html(200);
    other.submit("/sign-in", &fields).await.html(429);
    browser.open("/sign-in").await.html(200);
    browser.submit("/sign-in", &fields).await.html(200);
    assert!(browser.cookie("guestlist").is_some());
}

/// A change of the password and the end of the other sessions make other browsers unknown.
#[tokio::test]
async fn the_browser_of_a_new_session_stays_known() {
    let change = [("current_password", PASSWORD), ("new_password", NEW)];
    for (page, action, fields, password) in [
        ("/account/password", "/account/password", &change[..], NEW),
        (
            "/account/sessions",
            "/account/sessions/end-others",
            &[],
            PASSWORD,
        ),
    ] {
        let app = strict().await;
        let email = new_email();
        let own = Browser::signed_up(&app, &email).await;
        let other = Browser::signed_in(&app, &email).await;
        own.open(page).await.html(200);
        own.submit(action, fields).await.html(200);
        own.open("/account").await.html(200);
        own.submit("/sign-out", &[]).await;
        used_up(&app, &email).await;
        for (browser, status) in [(&other, 429), (&own, 200)] {
            browser.open("/sign-in").await.html(200);
            let fields = [("email", &*email), ("password", password)];
            browser.submit("/sign-in", &fields).await.html(status);
        }
    }
}

/// The password alone made both browsers known. The owner set the second factor up in one of them.
#[tokio::test]
async fn at_the_second_step_only_the_browser_of_the_set_up_is_known_from_before() {
    let app = strict().await;
    let email = new_email();
    let own = Browser::signed_up(&app, &email).await;
    let earlier = Browser::signed_in(&app, &email).await;
    own.open("/account/second-factor").await.html(200);
    let start = "/account/second-factor/start";
    own.submit(start, &[]).await.html(200);
    let user = app.user(&email).await.id;
    let sessions = app.stores.accounts.list_sessions(user, None, 9).await;
    let session = sessions.expect("lists")[0].id;
    let pending = app.app.guestlist.pending_totp(session).await;
    let secret = pending.expect("answers").expect("is there").secret;
    let code = secret.code_at(app.clock.now());
    let confirm = "/account/second-factor/confirm";
    own.submit(confirm, &[("code", &code)]).await.html(200);
    for browser in [&own, &earlier] {
        browser.open("/account").await.html(200);
        browser.submit("/sign-out", &[]).await;
    }
    used_up(&app, &email).await;
    app.clock.advance(Duration::from_secs(30));
    let code = secret.code_at(app.clock.now());
    for (browser, status) in [(&earlier, 429), (&own, 200)] {
        browser.open("/sign-in").await.html(200);
        let fields = [("email", &*email), ("password", PASSWORD)];
        browser.submit("/sign-in", &fields).await.html(200);
        let typed = [("code", &*code)];
        let page = browser.submit("/sign-in/second-factor", &typed).await;
        page.html(status);
    }
}

/// Each known device has tries of its own. So the holder of a mailbox who resets again and again
/// would guess more codes of a second factor.
#[tokio::test]
async fn a_reset_makes_no_known_device_of_a_user_with_a_second_factor() {
    let app = strict().await;
    let user = Enrolled::new(&app).await;
    let browser = reset(&app, &user.email).await;
    assert_eq!(browser.cookie("guestlist-device"), None);
}
