use crate::test_app::{TestApp, new_email};

use super::browser::Browser;

#[tokio::test]
async fn every_page_of_a_signed_in_user_has_a_sign_out_button_that_ends_the_session() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    for path in ["/", "/events", "/events/new", "/account", "/account/tokens"] {
        let page = browser.open(path).await;
        let html = page.html(200);
        assert!(html.contains("action=\"/sign-out\""), "{path}");
        let keeping = if path == "/events/new" {
            "private, no-cache"
        } else {
            "no-store"
        };
        assert_eq!(page.header("cache-control"), Some(keeping), "{path}");
    }
    let cookie = browser.cookie("guestlist").expect("is there");
    let out = browser.submit("/sign-out", &[]).await;
    assert!(out.html(200).contains("You are signed out."));
    assert_eq!(browser.cookie("guestlist"), None);
    browser.keep("guestlist", &cookie);
    let account = browser.ask("/account").await;
    assert_eq!(account.header("location"), Some("/sign-in?next=%2Faccount"));
}

#[tokio::test]
async fn a_link_or_a_foreign_page_cannot_sign_a_user_out() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.ask("/sign-out").await.html(405);
    browser.open("/").await;
    let sent = browser.sent("/sign-out", &[("csrf_token", "forged")]).await;
    sent.html(403);
    assert!(
        browser
            .open("/account")
            .await
            .html(200)
            .contains("Your account")
    );
}
