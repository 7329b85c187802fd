//! A session that ended: sign in, and the form is there.

use std::time::Duration;

use super::{NEW, TEA, assert_filled};
use crate::{
    pages::browser::Browser,
    test_app::{PASSWORD, TestApp, somebody},
};

/// A browser whose session ended elsewhere while a form was filled in, and which has sent it.
async fn asked_to_sign_in<'a>(app: &'a TestApp, email: &str) -> Browser<'a> {
    let browser = Browser::signed_up(app, email).await;
    browser.open(NEW).await;
    let typed = browser.filled_in(NEW, &TEA);
    let elsewhere = Browser::signed_in(app, email).await;
    elsewhere.open("/account/sessions").await;
    elsewhere
        .submit("/account/sessions/end-others", &[])
        .await
        .html(200);
    let page = browser.submit_again(NEW, &typed).await;
    let html = page.html(200);
    assert!(html.contains("Nothing you typed is lost"), "{html}");
    assert!(!html.contains("cake"), "{html}");
    assert_eq!(page.header("www-authenticate"), None);
    browser
}

async fn sign_in(browser: &Browser<'_>, email: &str) -> crate::test_app::Answer {
    browser
        .submit("/sign-in", &[("email", email), ("password", PASSWORD)])
        .await
}

#[tokio::test]
async fn a_session_that_ended_asks_for_a_sign_in_and_then_the_form_is_filled() {
    let app = TestApp::start().await;
    let email = somebody();
    let browser = asked_to_sign_in(&app, &email).await;
    let wrong = [("email", &*email), ("password", "a wrong password")];
    browser.submit("/sign-in", &wrong).await.html(401);
    let page = sign_in(&browser, &email).await;
    assert!(page.html(200).contains("It is not saved yet"));
    assert_filled(&browser, NEW, &TEA);
    let page = browser.submit(NEW, &[]).await;
    assert!(page.words_in("h1").starts_with("Tea"));
    let mine = browser.open("/events?mine").await.html(200);
    assert_eq!(mine.matches("Tea &#38;").count(), 1, "{mine}");
}

#[tokio::test]
async fn a_sign_out_in_another_tab_asks_for_a_sign_in_too() {
    let app = TestApp::start().await;
    let email = somebody();
    let browser = Browser::signed_up(&app, &email).await;
    browser.open(NEW).await;
    let typed = browser.filled_in(NEW, &TEA);
    browser.open("/").await;
    browser.submit("/sign-out", &[]).await.html(200);
    browser.submit_again(NEW, &typed).await.html(200);
    sign_in(&browser, &email).await.html(200);
    assert_filled(&browser, NEW, &TEA);
}

#[tokio::test]
async fn the_draft_is_shown_also_if_another_tab_signed_in_first_or_on_a_second_click() {
    let app = TestApp::start().await;
    let email = somebody();
    let browser = asked_to_sign_in(&app, &email).await;
    let waiting = browser.filled_in("/sign-in", &[("email", &email), ("password", PASSWORD)]);
    browser.open("/sign-in").await;
    sign_in(&browser, &email).await.html(200);
    for _ in 0..2 {
        let page = browser.submit_again("/sign-in", &waiting).await;
        assert!(page.html(200).contains("It is not saved yet"));
        assert_filled(&browser, NEW, &TEA);
    }
}

#[tokio::test]
async fn somebody_else_who_signs_in_sees_nothing_of_it() {
    let app = TestApp::start().await;
    let (ada, eve) = (somebody(), somebody());
    Browser::signed_up(&app, &eve).await;
    let browser = asked_to_sign_in(&app, &ada).await;
    let page = sign_in(&browser, &eve).await;
    let html = page.html(200);
    assert!(
        !html.contains("cake") && !html.contains("It is not saved yet"),
        "{html}"
    );
    assert_eq!(browser.field(NEW, "title"), "");
}

#[tokio::test]
async fn a_draft_is_forgotten_after_an_hour_or_when_it_was_changed() {
    let app = TestApp::start().await;
    let email = somebody();
    for is_changed in [false, true] {
        let browser = match is_changed {
            false => asked_to_sign_in(&app, &email).await,
            true => asked_to_sign_in(&app, &somebody()).await,
        };
        let draft = browser.field("/sign-in", "draft");
        let changed = draft.replacen(&draft[40..44], "AAAA", 1);
        if !is_changed {
            app.clock.advance(Duration::from_secs(60 * 60));
        }
        let draft = if is_changed { &changed } else { &draft };
        let fields = [("email", &*email), ("password", PASSWORD), ("draft", draft)];
        let page = browser.submit("/sign-in", &fields).await;
        assert!(!page.html(200).contains("cake"));
        assert_eq!(
            browser.field(NEW, "title"),
            "",
            "it is the form all the same"
        );
    }
}

/// What takes the password once more comes back, too.
#[tokio::test]
async fn a_form_that_takes_a_proof_comes_back_after_it() {
    let app = TestApp::start().await;
    let email = somebody();
    let browser = Browser::signed_up(&app, &email).await;
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    let fields = [
        ("name", "a // b %0d glp_c2VjcmV0"),
        ("scope", "write"),
        ("days", "90"),
    ];
    browser.open("/account/tokens").await.html(200);
    let page = browser.submit("/account/tokens", &fields).await;
    assert_eq!(page.words_in("h1"), "Confirm that it is you");
    let proven = browser
        .submit("/account/proof", &[("password", PASSWORD)])
        .await;
    proven.html(200);
    assert_filled(&browser, "/account/tokens", &fields);
    let made = browser.submit("/account/tokens", &[]).await;
    assert!(made.html(200).contains("Here is the token"));
}

/// Also if the session ends while the proof is asked for.
#[tokio::test]
async fn a_draft_that_is_on_its_way_survives_the_end_of_the_session() {
    let app = TestApp::start().await;
    let email = somebody();
    let browser = Browser::signed_up(&app, &email).await;
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    let fields = [("name", "backup"), ("scope", "write"), ("days", "90")];
    browser.open("/account/tokens").await.html(200);
    browser.submit("/account/tokens", &fields).await.html(200);
    let proof = browser.filled_in("/account/proof", &[("password", PASSWORD)]);
    browser.open("/").await;
    browser.submit("/sign-out", &[]).await.html(200);
    let page = browser.submit_again("/account/proof", &proof).await;
    assert_eq!(page.words_in("h1"), "Sign in");
    // A token of the form that is out of date takes nothing either.
    let out_of_date = [("csrf_token", ""), ("email", &*email)];
    browser.submit("/sign-in", &out_of_date).await.html(403);
    sign_in(&browser, &email).await.html(200);
    assert_filled(&browser, "/account/tokens", &fields);
}
