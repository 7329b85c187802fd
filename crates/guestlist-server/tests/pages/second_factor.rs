use std::time::Duration;

use guestlist::Clock;

use super::browser::{Browser, words};
use crate::{
    second_factor::Enrolled,
    test_app::{PASSWORD, TestApp, new_email},
};

const PAGE: &str = "/account/second-factor";
const SET_UP: &str = "/account/second-factor/set-up";
const START: &str = "/account/second-factor/start";
const CONFIRM: &str = "/account/second-factor/confirm";
const SECOND_STEP: &str = "/sign-in/second-factor";

/// Does the first step. The browser then shows the form of the second step.
async fn first_step<'a>(app: &'a TestApp, email: &str, from: &str) -> Browser<'a> {
    let browser = Browser::new(app);
    browser.open(from).await.html(200);
    let fields = [("email", email), ("password", PASSWORD)];
    let page = browser.submit("/sign-in", &fields).await.html(200);
    assert!(page.contains("autocomplete=\"one-time-code\" inputmode=\"text\""));
    browser
}

#[tokio::test]
async fn it_is_set_up_with_a_qr_code_and_removed_again() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    let page = browser.open("/account").await.html(200);
    assert!(words(&page).contains("Second factor: off"));
    browser.open(PAGE).await.html(200);
    let page = browser.submit(START, &[]).await.html(200);
    assert!(page.contains("<svg ") && page.contains("fill=\"#fff\""));
    let user = app.user(&email).await.id;
    let sessions = app.stores.accounts.list_sessions(user, None, 9).await;
    let session = sessions.expect("lists")[0].id;
    let pending = app.app.guestlist.pending_totp(session).await;
    let secret = pending.expect("answers").expect("is there").secret;
    let groups: Vec<_> = secret
        .to_base32()
        .as_bytes()
        .chunks(4)
        .map(<[u8]>::to_vec)
        .collect();
    let groups: Vec<_> = groups
        .into_iter()
        .map(|group| String::from_utf8(group).expect("is text"))
        .collect();
    assert!(
        words(&page).contains(&groups.join(" ")),
        "the secret as text"
    );

    let page = browser.submit(CONFIRM, &[("code", "abc")]).await;
    page.html(422);
    let expected = "The code has six digits.".to_owned();
    assert_eq!(page.summary(), [("code".to_owned(), expected)]);
    let code = secret.code_at(app.clock.now());
    let confirm = browser.filled_in(CONFIRM, &[("code", &code)]);
    let page = browser.submit_again(CONFIRM, &confirm).await;
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let page = page.html(200);
    assert_eq!(page.matches("<li><span class=\"id\">").count(), 10);
    let page = browser.open("/account").await.html(200);
    let line = "Second factor: on, 10 of 10 recovery codes left";
    assert!(words(&page).contains(line), "{page}");
    let page = browser.open(SET_UP).await.html(200);
    assert!(!page.contains("<svg "), "the secret is not shown again");
    let twice = browser.submit_again(CONFIRM, &confirm).await.html(200);
    assert!(twice.contains("If you did not see your recovery codes, make new ones below."));

    // No second prompt in the session that set it up.
    browser.open(PAGE).await.html(200);
    let codes = "/account/second-factor/recovery-codes";
    let page = browser.submit(codes, &[]).await.html(200);
    assert_eq!(page.matches("<li><span class=\"id\">").count(), 10);
    // The page is printed, so it names the account and the site.
    let whose = format!("belong to the account {email} at ");
    assert!(words(&page).contains(&whose), "{page}");
    assert!(words(&page).contains(&app.app.base_url), "{page}");
    browser.open(PAGE).await.html(200);
    let remove = "/account/second-factor/remove";
    let form = browser.filled_in(remove, &[]);
    for _ in 0..2 {
        let page = browser.submit_again(remove, &form).await.html(200);
        assert!(words(&page).contains("The second factor is removed."));
    }
    Browser::signed_in(&app, &email).await;
}

#[tokio::test]
async fn a_sign_in_has_a_second_step_and_goes_on_where_it_began() {
    let app = TestApp::start().await;
    let user = Enrolled::new(&app).await;
    let browser = first_step(&app, &user.email, "/sign-in?next=/account/tokens").await;
    assert_eq!(browser.ask("/account").await.status, 303, "not signed in");
    let page = browser.submit(SECOND_STEP, &[("code", "000 000")]).await;
    page.html(401);
    assert_eq!(page.summary()[0].0, "code");
    let spaced = user.next_code(&app);
    let spaced = format!("{} {}", &spaced[..3], &spaced[3..]);
    let answer = browser.sent(SECOND_STEP, &[("code", &spaced)]).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    assert_eq!(answer.header("location"), Some("/account/tokens"));
    browser.open("/account").await.html(200);
}

#[tokio::test]
async fn a_recovery_code_is_accepted_in_the_same_field() {
    let app = TestApp::start().await;
    let user = Enrolled::new(&app).await;
    let browser = first_step(&app, &user.email, "/sign-in").await;
    let code = user.codes[0].expose();
    browser
        .submit(SECOND_STEP, &[("code", &code)])
        .await
        .html(200);
    let page = browser.open("/account").await.html(200);
    assert!(words(&page).contains("on, 9 of 10 recovery codes left"));
}

/// RL08: the wrong passwords of others do not lock this browser out.
#[tokio::test]
async fn the_browser_is_a_known_device_after_the_second_step() {
    let app = TestApp::start().await;
    let user = Enrolled::new(&app).await;
    let browser = first_step(&app, &user.email, "/sign-in").await;
    let code = user.codes[0].expose();
    let answer = browser.sent(SECOND_STEP, &[("code", &code)]).await;
    let set = answer.headers.get_all("set-cookie").iter();
    let mut set = set.filter_map(|value| value.to_str().ok());
    assert!(set.any(|value| value.starts_with("guestlist-device=")));
}

#[tokio::test]
async fn the_cookie_of_the_second_step_is_for_that_address_only() {
    let app = TestApp::start().await;
    let user = Enrolled::new(&app).await;
    let browser = Browser::new(&app);
    browser.open("/sign-in").await.html(200);
    let fields = [("email", user.email.as_str()), ("password", PASSWORD)];
    let answer = browser.sent("/sign-in", &fields).await;
    let set: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    let set: Vec<_> = set.into_iter().filter_map(|it| it.to_str().ok()).collect();
    assert_eq!(set.len(), 1, "no session cookie: {set:?}");
    assert!(set[0].starts_with("guestlist-second-step="), "{set:?}");
    for part in [
        "; Path=/sign-in/second-factor;",
        "; HttpOnly",
        "; SameSite=Lax",
        "; Max-Age=600",
    ] {
        assert!(set[0].contains(part), "{part} {set:?}");
    }
}

#[tokio::test]
async fn without_the_first_step_and_after_ten_minutes_it_begins_again() {
    let app = TestApp::start().await;
    let stranger = Browser::new(&app);
    let answer = stranger.ask(SECOND_STEP).await;
    assert_eq!(answer.header("location"), Some("/sign-in"));
    let user = Enrolled::new(&app).await;
    let browser = first_step(&app, &user.email, "/sign-in?next=/account").await;
    app.clock.advance(Duration::from_secs(600));
    let code = user.next_code(&app);
    let page = browser.submit(SECOND_STEP, &[("code", &code)]).await;
    let html = page.html(401);
    assert!(html.contains("action=\"/sign-in\""), "{html}");
    assert_eq!(browser.field("/sign-in", "next"), "/account");
}

/// The second click comes with the new session, or with the cookies of before.
#[tokio::test]
async fn a_double_click_at_the_second_step_leads_where_the_first_did() {
    let app = TestApp::start().await;
    for is_recovery in [false, true] {
        let user = Enrolled::new(&app).await;
        let browser = first_step(&app, &user.email, "/sign-in?next=/account/tokens").await;
        let code = match is_recovery {
            true => user.codes[0].expose().to_string(),
            false => user.next_code(&app),
        };
        let typed = browser.filled_in(SECOND_STEP, &[("code", &code)]);
        let earlier = Browser::new(&app);
        for name in ["guestlist-form", "guestlist-second-step"] {
            earlier.keep(name, &browser.cookie(name).expect("is set"));
        }
        for _ in 0..2 {
            let page = browser.submit_again(SECOND_STEP, &typed).await;
            page.html(200);
            assert_eq!(page.words_in("h1"), "Access tokens");
        }
        let page = earlier.submit_again(SECOND_STEP, &typed).await;
        let html = page.html(401);
        assert!(html.contains("the first time may have counted"), "{html}");
        assert!(html.contains("href=\"/account/tokens\">go on</a>"));
    }
}

/// A draft and the page to go on at are kept when the first step is done again.
#[tokio::test]
async fn the_sign_in_begins_again_with_what_it_carries() {
    let app = TestApp::start().await;
    let user = Enrolled::new(&app).await;
    let next = "/sign-in?next=/account/tokens";
    let browser = first_step(&app, &user.email, next).await;
    let carried = [("draft", "a sealed draft"), ("code", "")];
    let typed = browser.filled_in(SECOND_STEP, &carried);
    let form = browser.cookie("guestlist-form").expect("is set");
    let is_kept = |browser: &Browser<'_>| {
        assert_eq!(browser.field("/sign-in", "next"), "/account/tokens");
        assert_eq!(browser.field("/sign-in", "draft"), "a sealed draft");
        assert_eq!(browser.field("/sign-in", "email"), user.email);
    };
    let mut again = typed.clone();
    again.push(("start_again".to_owned(), "yes".to_owned()));
    browser.submit_again(SECOND_STEP, &again).await.html(200);
    is_kept(&browser);
    // The cookie of the first step has expired.
    let late = Browser::new(&app);
    late.keep("guestlist-form", &form);
    late.submit_again(SECOND_STEP, &typed).await.html(401);
    is_kept(&late);
    // The form token is of another browser, too.
    let other = Browser::new(&app);
    other.submit_again(SECOND_STEP, &typed).await.html(403);
    is_kept(&other);
    // Another tab has finished the sign-in.
    let done = first_step(&app, &user.email, "/sign-in").await;
    let code = user.codes[0].expose();
    done.submit(SECOND_STEP, &[("code", &code)]).await.html(200);
    let without_draft: Vec<_> = typed
        .into_iter()
        .filter(|(name, _)| name != "draft")
        .collect();
    let page = done.submit_again(SECOND_STEP, &without_draft).await;
    assert_eq!(page.words_in("h1"), "Access tokens");
}

#[tokio::test]
async fn entering_the_password_again_asks_for_the_code_too() {
    let app = TestApp::start().await;
    let user = Enrolled::new(&app).await;
    let browser = first_step(&app, &user.email, "/sign-in").await;
    let code = user.codes[0].expose();
    browser
        .submit(SECOND_STEP, &[("code", &code)])
        .await
        .html(200);
    app.clock.advance(Duration::from_secs(600));
    let again = "/account/proof";
    browser.open(again).await.html(200);
    let without = [("password", PASSWORD), ("code", "")];
    let page = browser.submit(again, &without).await;
    page.html(403);
    assert_eq!(page.summary()[0].0, "code");
    let code = user.next_code(&app);
    let with = [("password", PASSWORD), ("code", &code)];
    browser.submit(again, &with).await.html(200);
    for page in ["/account/email", "/account/delete"] {
        let html = browser.open(page).await.html(200);
        assert!(html.contains("name=\"code\""), "{page}");
    }
}
