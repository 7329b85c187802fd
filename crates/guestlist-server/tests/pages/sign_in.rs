use std::{sync::Arc, time::Duration};

use guestlist_server::router::Surroundings;

use crate::test_app::{PASSWORD, TestApp, new_email};

use super::browser::{Browser, escaped};

#[tokio::test]
async fn a_wrong_password_keeps_the_email_field_and_does_not_say_what_is_wrong() {
    let app = TestApp::start().await;
    let email = new_email();
    Browser::signed_up(&app, &email).await;
    let browser = Browser::new(&app);
    browser.open("/sign-in").await;
    for address in [&*email, "nobody@example.com", "nonsense", ""] {
        let fields = [("email", address), ("password", "wrong password")];
        let page = browser.submit("/sign-in", &fields).await;
        page.html(401);
        assert_eq!(page.header("www-authenticate"), None);
        let expected = "Wrong e-mail or password.".to_owned();
        assert_eq!(page.summary(), [("email".to_owned(), expected)]);
        assert_eq!(browser.field("/sign-in", "email"), address);
        assert_eq!(browser.field("/sign-in", "password"), "");
        assert_eq!(browser.cookie("guestlist"), None);
    }
}

#[tokio::test]
async fn a_page_that_needs_a_sign_in_leads_to_the_sign_in_and_back() {
    let app = TestApp::start().await;
    let email = new_email();
    Browser::signed_up(&app, &email).await;
    let browser = Browser::new(&app);
    let asked = browser.ask("/account/sessions?after=x").await;
    assert_eq!(asked.status, 303);
    let way = "/sign-in?next=%2Faccount%2Fsessions%3Fafter%3Dx";
    assert_eq!(asked.header("location"), Some(way));
    browser.open("/account/sessions?after=x").await.html(200);
    let fields = [("email", &*email), ("password", PASSWORD)];
    let sent = browser.sent("/sign-in", &fields).await;
    assert_eq!(sent.header("location"), Some("/account/sessions?after=x"));
    let again = browser.ask("/sign-in?next=/account").await;
    assert_eq!(
        again.header("location"),
        Some("/account"),
        "the user is signed in already"
    );
}

/// Links come from other sites, too: an unreadable parameter is ignored, and the page works.
#[tokio::test]
async fn a_duplicate_or_unreadable_next_parameter_is_ignored() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    for query in [
        "next=/a&next=/b",
        "next=%ff",
        "%",
        "next=%2F%2Fevil.example",
    ] {
        let page = app.page(&format!("/sign-in?{query}")).await.html(200);
        assert!(!page.contains("name=\"next\""), "{query}: {page}");
        browser
            .open(&format!("/account/proof?{query}"))
            .await
            .html(200);
        let after = query.replace("next", "after");
        browser
            .open(&format!("/account/sessions?{after}"))
            .await
            .html(200);
    }
}

/// RD01 to RD03: `next` must be a path of this server.
#[tokio::test]
async fn next_never_redirects_to_another_site() {
    let app = TestApp::start().await;
    let email = new_email();
    let inside = Browser::signed_up(&app, &email).await;
    for next in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/%0d%0aSet-Cookie:x=1",
    ] {
        let browser = Browser::new(&app);
        browser.open("/sign-in").await;
        let fields = [("email", &*email), ("password", PASSWORD), ("next", next)];
        let sent = browser.sent("/sign-in", &fields).await;
        assert_eq!(sent.header("location"), Some("/"), "{next}");
        assert_eq!(sent.headers.get_all("location").iter().count(), 1);
        let by_link = format!("/sign-in?next={}", escaped(next));
        let sent = inside.ask(&by_link).await;
        assert_eq!(sent.header("location"), Some("/"), "{next}");
        inside.open("/account/proof").await;
        let fields = [("password", PASSWORD), ("next", next)];
        let sent = inside.sent("/account/proof", &fields).await;
        assert_eq!(sent.header("location"), Some("/account"), "{next}");
    }
}

#[tokio::test]
async fn a_sign_in_without_a_csrf_token_gets_a_page_that_says_what_to_do() {
    let app = TestApp::start().await;
    let email = new_email();
    Browser::signed_up(&app, &email).await;
    let browser = Browser::new(&app);
    browser.open("/sign-in").await;
    let fields = [
        ("email", &*email),
        ("password", PASSWORD),
        ("csrf_token", ""),
    ];
    let page = browser.submit("/sign-in", &fields).await;
    page.html(403);
    assert_eq!(page.words_in("h1"), "This form is out of date");
    assert_eq!(browser.cookie("guestlist"), None);
}

/// The password is not the reason.
#[tokio::test]
async fn a_site_with_a_plain_http_address_does_not_ask_for_the_password_again() {
    let app = TestApp::start().await;
    let app = app.surrounded("http://events.example.org", Surroundings::default());
    let browser = Browser::new(&app);
    browser.open("/sign-in").await.html(200);
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    let page = browser.submit("/sign-in", &fields).await;
    let html = page.html(403);
    assert!(html.contains("its address is plain http"), "{html}");
    assert!(!html.contains("Type the password again."), "{html}");
}

#[tokio::test]
async fn a_user_who_signs_in_again_has_one_session() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    let first = browser.cookie("guestlist").expect("is there");
    browser.open("/").await;
    browser.submit("/sign-out", &[]).await;
    browser.keep("guestlist", &first);
    let home = browser.open("/").await.html(200);
    assert!(
        home.contains("href=\"/sign-in\""),
        "an ended session is not accepted"
    );
    browser.open("/sign-in").await.html(200);
    let fields = [("email", &*email), ("password", PASSWORD)];
    browser.submit("/sign-in", &fields).await.html(200);
    assert_ne!(browser.cookie("guestlist"), Some(first));
    let page = browser.open("/account/sessions").await.html(200);
    assert_eq!(page.matches("This device").count(), 1);
    assert!(
        !page.contains("/account/sessions/end\""),
        "there is no other session to end"
    );
}

#[tokio::test]
async fn under_load_the_sign_in_page_says_when_to_try_again() {
    let app = TestApp::settled(|builder| {
        builder
            .hashing_threads(1)
            .hashing_wait(Duration::from_millis(1))
            .password_cost(guestlist::PasswordCost::default())
    });
    let app = Arc::new(app.await);
    let tries = (0..12).map(|_| {
        let app = Arc::clone(&app);
        async move {
            let browser = Browser::new(&app);
            browser.open("/sign-in").await;
            let fields = [("email", "ada@example.com"), ("password", "wrong password")];
            browser.submit("/sign-in", &fields).await
        }
    });
    let answers = futures_util::future::join_all(tries).await;
    let busy = answers.iter().find(|answer| answer.status == 503);
    let busy = busy.expect("one of them had to wait too long");
    let html = busy.html(503);
    let seconds = busy.header("retry-after").expect("is there");
    assert!(html.contains(&format!("Try again in {seconds} second")));
}

/// The address that was typed is in the form that another button leads to, and in no URL. Such a
/// button checks no password.
#[tokio::test]
async fn the_typed_address_is_in_the_form_of_another_button() {
    let app = TestApp::start().await;
    let email = new_email();
    Browser::signed_up(&app, &email).await;
    let browser = Browser::new(&app);
    let page = browser.open("/sign-in?next=/account").await.html(200);
    assert!(page.contains("formaction=\"/sign-in\" name=\"instead\" value=\"reset\""));
    let typed = [
        ("email", &*email),
        ("password", PASSWORD),
        ("instead", "reset"),
    ];
    let page = browser.sent("/sign-in", &typed).await;
    let html = page.html(200);
    assert_eq!(page.words_in("h1"), "Forgot your password?");
    assert!(!html.contains(PASSWORD) && browser.cookie("guestlist").is_none());
    browser.show(&page);
    assert_eq!(browser.field("/reset-password", "email"), email);
    // Back again, with what was typed there.
    let mut back = browser.filled_in("/reset-password", &[("email", "bea@example.com")]);
    back.push(("instead".to_owned(), "sign-in".to_owned()));
    let page = browser.submit_again("/sign-in", &back).await;
    assert_eq!(page.words_in("h1"), "Sign in");
    assert_eq!(browser.field("/sign-in", "email"), "bea@example.com");
    // Without its token, the button does nothing.
    let mut foreign = browser.filled_in("/sign-in", &typed);
    foreign.retain(|(name, _)| name != "csrf_token");
    let page = browser.submit_again("/sign-in", &foreign).await;
    page.html(403);
    assert_eq!(browser.field("/sign-in", "email"), email);
}

#[tokio::test]
async fn a_sign_up_with_a_taken_address_leads_to_a_sign_in_with_it() {
    let app = TestApp::start().await;
    let email = new_email();
    Browser::signed_up(&app, &email).await;
    let browser = Browser::new(&app);
    browser.open("/sign-up").await.html(200);
    let fields = [("email", &*email), ("password", "another long one")];
    let html = browser.submit("/sign-up", &fields).await.html(409);
    assert!(html.contains("If that is your address"), "{html}");
    let page = browser.submit("/sign-in", &[("instead", "sign-in")]).await;
    page.html(200);
    assert_eq!(browser.field("/sign-in", "email"), email);
    let sent = browser.sent("/sign-in", &[("password", PASSWORD)]).await;
    assert_eq!(sent.header("location"), Some("/"));
}
