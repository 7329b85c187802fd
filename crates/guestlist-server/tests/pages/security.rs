//! `/account/security`.

use std::time::Duration;

use axum::http::Method;

use super::browser::{Browser, unescaped};
use crate::test_app::{TestApp, new_email};

const PAGE: &str = "/account/security";

#[tokio::test]
async fn the_page_says_in_words_what_happened() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    let overview = browser.open("/account").await.html(200);
    assert!(overview.contains(&format!("href=\"{PAGE}\"")));
    browser.open("/account/profile").await;
    browser.submit("/account/profile", &[("name", "Ada")]).await;
    let wrong = format!("username={email}&password=wrong&grant_type=password");
    app.form("/api/v1/token", wrong).await;
    app.app.guestlist.finish_events().await;
    app.clock.advance(Duration::from_secs(120));
    let page = browser.open(PAGE).await;
    let html = unescaped(&page.html(200));
    for words in [
        "A wrong password was tried",
        "You changed the name",
        "You signed in",
        "You created the account",
        "2 minutes ago",
        "21 November 2026, 00:00 UTC",
    ] {
        assert!(html.contains(words), "{words}: {html}");
    }
    let at = |words: &str| html.find(words).expect("is there");
    assert!(
        at("A wrong password") < at("You changed the name"),
        "newest first"
    );
    assert!(at("You changed the name") < at("You created the account"));
}

#[tokio::test]
async fn a_name_of_a_token_is_text() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open("/account/tokens").await;
    let fields = [("name", "<b>bold</b>"), ("scope", "read"), ("days", "1")];
    browser.submit("/account/tokens", &fields).await;
    let html = browser.open(PAGE).await.html(200);
    assert!(!html.contains("<b>bold"), "{html}");
    assert!(
        html.contains("&lt;b&gt;bold") || html.contains("&#60;b&#62;bold"),
        "{html}"
    );
}

#[tokio::test]
async fn a_long_list_goes_on() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let email = new_email();
    let other = Browser::signed_up(&app, &email).await;
    let user = app.user(&email).await.id;
    for _ in 0..60 {
        app.clock.advance(Duration::from_secs(60));
        app.app.guestlist.enable_user(user).await.expect("enables");
    }
    let first = other.open(PAGE).await.html(200);
    assert_eq!(first.matches("<h2>").count(), 50);
    let next = first.split("rel=\"next\" href=\"").nth(1).expect("goes on");
    let next = next.split('"').next().expect("ends");
    let second = other.open(next).await.html(200);
    assert_eq!(second.matches("<h2>").count(), 12);
    assert!(!second.contains("rel=\"next\""));
    // The link of one user shows nothing of that user to another.
    let html = browser.open(next).await.html(200);
    assert!(!html.contains("enabled the account"));
}

#[tokio::test]
async fn a_visitor_is_sent_to_the_sign_in_page() {
    let app = TestApp::start().await;
    let answer = app
        .with_headers(Method::GET, PAGE, &[("accept", "text/html")], "")
        .await;
    assert_eq!(answer.status, 303, "{answer:?}");
}
