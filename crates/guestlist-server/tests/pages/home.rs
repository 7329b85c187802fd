use serde_json::json;

use crate::test_app::{TestApp, new_email};

#[tokio::test]
async fn a_new_installation_shows_a_page_that_leads_to_the_first_account() {
    let app = TestApp::start().await;
    let page = app.page("/").await;
    let html = page.html(200);
    assert_eq!(page.words_in("h1"), "There is no account yet.");
    assert!(html.contains("class=\"button primary\" href=\"/sign-up\""));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    assert!(html.contains("This site runs with guestlist."), "{html}");
}

#[tokio::test]
async fn a_visitor_sees_what_the_site_is_and_the_next_public_events() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for (title, visibility, starts_at) in [
        ("Tea", "public", "2026-12-01T18:00Z"),
        ("Surprise", "unlisted", "2026-12-01T18:00Z"),
        ("Over", "public", "2026-01-01T18:00Z"),
    ] {
        let event = json!({ "title": title, "visibility": visibility, "starts_at": starts_at });
        let made = app.post("/api/v1/events", Some(&token), &event).await;
        assert_eq!(made.status, 201);
    }
    let page = app.page("/").await;
    let html = page.html(200);
    assert_eq!(page.words_in("h1"), "A list decides who comes in.");
    assert!(html.contains("Who may see what"));
    assert!(html.contains("><bdi>Tea</bdi></a>"));
    assert!(!html.contains("Surprise") && !html.contains("Over"));
    assert!(
        !html.contains("csrf"),
        "the page has no CSRF token, so it may be compressed"
    );
}
