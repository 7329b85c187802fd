use axum::http::Method;

use crate::test_app::{TestApp, new_email};

use super::browser::{ACCEPT, Browser};

#[tokio::test]
async fn a_browser_gets_an_error_page_and_a_program_a_problem_document() {
    let app = TestApp::start().await;
    for path in ["/nowhere", "/events/nothing", "/events/nothing.ics"] {
        let page = app.page(path).await;
        page.html(404);
        assert_eq!(page.words_in("h1"), "Page not found", "{path}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
        app.get(path, None).await.refused(404, "not_found");
    }
    for path in ["/api/v1/nowhere", "/health/nowhere", "/problems"] {
        let answer = app.page(path).await;
        assert_eq!(answer.status, 404, "{path}");
        let is_page = answer.text().contains("<html");
        assert_eq!(is_page, path == "/problems", "{path}");
    }
    let compat = app.page("/event/nothing").await;
    assert_eq!(compat.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_slash_at_the_end_leads_to_the_page_without_it() {
    let app = TestApp::start().await;
    for (address, page) in [
        ("/events/", "/events"),
        ("/events/?q=a%20b", "/events?q=a%20b"),
        ("/events/?q=%0d%0aa%00", "/events?q=%0d%0aa%00"),
        ("/events/?q=//evil.example/", "/events?q=//evil.example/"),
        ("/events/new/", "/events/new"),
        ("/sign-in/", "/sign-in"),
        ("/sign-up/", "/sign-up"),
        ("/account/", "/account"),
        ("/account/tokens/", "/account/tokens"),
    ] {
        let answer = app.page(address).await;
        assert_eq!(answer.status, 308, "{address}");
        assert_eq!(answer.header("location"), Some(page));
    }
    for address in ["/events//", "/events//evil.example/", "/nowhere/"] {
        app.page(address).await.html(404);
    }
    let posted = app
        .with_headers(Method::POST, "/sign-in/", &[ACCEPT], "")
        .await;
    posted.html(404);
}

#[tokio::test]
async fn a_missing_page_speaks_of_an_event_only_below_the_events() {
    let app = TestApp::start().await;
    let event = app.page("/events/nothing").await.html(404);
    assert!(event.contains("The event may have been deleted"));
    for path in ["/nowhere", "/account/nothing"] {
        let html = app.page(path).await.html(404);
        assert!(!html.contains("The event may"), "{path}: {html}");
        assert!(
            html.contains("Check the address, or start from the first page."),
            "{path}: {html}"
        );
    }
}

#[tokio::test]
async fn a_wrong_method_gets_an_error_page_too() {
    let app = TestApp::start().await;
    let answer = app
        .with_headers(Method::PUT, "/events", &[ACCEPT], "")
        .await;
    answer.html(405);
    assert!(
        answer
            .header("allow")
            .is_some_and(|allow| allow.contains("GET"))
    );
}

#[tokio::test]
async fn an_error_page_keeps_the_navigation_and_the_signed_in_user() {
    let app = TestApp::start().await;
    let visitor = Browser::new(&app);
    for path in ["/nowhere", "/events/nothing", "/account/nothing"] {
        let html = visitor.open(path).await.html(404);
        for link in ["/events", "/sign-in", "/sign-up"] {
            assert!(
                html.contains(&format!("<li><a href=\"{link}\"")),
                "{path}: {html}"
            );
        }
        assert!(!html.contains("action=\"/sign-out\""), "{path}");
    }
    let browser = Browser::signed_up(&app, &new_email()).await;
    for path in ["/nowhere", "/events/nothing", "/account/nothing"] {
        let page = browser.open(path).await;
        let html = page.html(404);
        assert_eq!(page.header("cache-control"), Some("no-store"));
        for link in ["/events", "/account"] {
            assert!(
                html.contains(&format!("<li><a href=\"{link}\"")),
                "{path}: {html}"
            );
        }
        assert!(!html.contains("/sign-in"), "{path}: {html}");
    }
    let out = browser.submit("/sign-out", &[]).await;
    assert!(
        out.html(200).contains("You are signed out."),
        "the form of the error page has a valid token"
    );
    assert!(
        visitor
            .open("/events?after=x&tag=")
            .await
            .html(200)
            .contains("/sign-in")
    );
}
