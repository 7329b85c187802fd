//! What scripts of other origins may read. The labels (CO01) come from the list of bad inputs.

use axum::http::Method;
use guestlist_axum::WebOrigin;
use guestlist_server::router::Surroundings;
use serde_json::json;

use crate::test_app::{Answer, BASE_URL, TestApp};

const LISTED: &str = "https://friend.example.com";
const ME: &str = "/api/v1/me";

async fn app() -> TestApp {
    let listed: WebOrigin = LISTED.parse().expect("is an origin");
    let surroundings = Surroundings {
        cors_origins: vec![listed],
        ..Surroundings::default()
    };
    TestApp::start().await.surrounded(BASE_URL, surroundings)
}

async fn get(app: &TestApp, path: &str, origin: &str) -> Answer {
    app.with_headers(Method::GET, path, &[("origin", origin)], "")
        .await
}

async fn preflight(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("access-control-request-method", "POST")];
    all.extend(headers);
    app.with_headers(Method::OPTIONS, path, &all, "").await
}

fn allowed(answer: &Answer) -> Option<&str> {
    answer.header("access-control-allow-origin")
}

#[tokio::test]
async fn no_origin_is_allowed_by_default() {
    let app = TestApp::start().await;
    for origin in [LISTED, BASE_URL, "null"] {
        let answer = get(&app, ME, origin).await;
        assert_eq!(allowed(&answer), None, "{answer:?}");
        let answer = preflight(&app, ME, &[("origin", origin)]).await;
        assert_eq!((answer.status.as_u16(), allowed(&answer)), (405, None));
    }
}

#[tokio::test]
async fn a_listed_origin_may_read_the_api_and_its_errors_but_no_page() {
    let app = app().await;
    for path in [
        ME,
        "/api/v1/events",
        "/event/",
        "/api/v1/nowhere",
        "/.well-known/jwks.json",
    ] {
        let answer = get(&app, path, LISTED).await;
        assert_eq!(allowed(&answer), Some(LISTED), "{path}");
        let credentials = answer.header("access-control-allow-credentials");
        assert_eq!(credentials, Some("true"), "{path}");
    }
    for path in ["/", "/docs/", "/redoc", "/sign-in"] {
        assert_eq!(allowed(&get(&app, path, LISTED).await), None, "{path}");
    }
}

/// CO01, CO02, CO03
#[tokio::test]
async fn an_origin_must_match_the_listed_spelling_exactly() {
    let app = app().await;
    for origin in [
        "null",
        "",
        "https://evil-friend.example.com",
        "https://friend.example.com.evil.org",
        "https://friendXexample.com",
        "https://sub.friend.example.com",
        "http://friend.example.com",
        "https://friend.example.com:444",
        "https://friend.example.com@evil.org",
        "https://friend.example.com.",
        "https://friend.example.com/",
        "HTTPS://FRIEND.EXAMPLE.COM",
        "https://friend.example.com, https://evil.org",
    ] {
        assert_eq!(allowed(&get(&app, ME, origin).await), None, "{origin}");
        let answer = preflight(&app, ME, &[("origin", origin)]).await;
        assert_eq!(allowed(&answer), None, "{origin}");
    }
}

/// CO05, CO08, CO09
#[tokio::test]
async fn a_preflight_allows_only_what_the_api_uses_for_ten_minutes() {
    let app = app().await;
    let answer = preflight(&app, ME, &[("origin", LISTED)]).await;
    assert_eq!(
        (answer.status.as_u16(), allowed(&answer)),
        (200, Some(LISTED))
    );
    let listed = |name: &str| answer.header(name).unwrap_or_default().to_lowercase();
    assert_eq!(listed("access-control-max-age"), "600");
    assert_eq!(
        listed("access-control-allow-methods"),
        "get,post,put,patch,delete"
    );
    let headers = listed("access-control-allow-headers");
    for name in ["authorization", "content-type", "if-match", "x-csrf-token"] {
        assert!(headers.split(',').any(|listed| listed == name), "{headers}");
    }
    let odd = [
        ("origin", LISTED),
        ("access-control-request-headers", "x-evil"),
        ("access-control-request-private-network", "true"),
    ];
    let answer = preflight(&app, ME, &odd).await;
    let headers = answer
        .header("access-control-allow-headers")
        .unwrap_or_default();
    assert!(
        !headers.contains("x-evil") && !headers.contains('*'),
        "{headers}"
    );
    assert_eq!(answer.header("access-control-allow-private-network"), None);
}

/// CO07: a cache must not give a response for one origin to another.
#[tokio::test]
async fn every_response_has_vary_origin_also_without_an_origin() {
    let app = app().await;
    for path in [ME, "/api/v1/events", "/"] {
        let vary = |answer: &Answer| {
            let values = answer.headers.get_all("vary").iter();
            let text: Vec<_> = values.filter_map(|value| value.to_str().ok()).collect();
            text.join(",").to_lowercase()
        };
        assert!(
            vary(&app.get(path, None).await).contains("origin"),
            "{path}"
        );
        assert!(
            vary(&get(&app, path, LISTED).await).contains("origin"),
            "{path}"
        );
    }
}

/// A listed origin is treated like our own pages, and needs the CSRF token like them.
#[tokio::test]
async fn a_listed_origin_can_write_with_the_cookie_and_the_csrf_token() {
    let app = app().await;
    app.signed_in("ada@example.com").await;
    let held = app.browsing("ada@example.com").await;
    let event = json!({ "title": "Cake" }).to_string();
    let post = async |origin, token| {
        let headers = [
            ("cookie", &*held.cookie),
            ("content-type", "application/json"),
            ("sec-fetch-site", "same-site"),
            ("origin", origin),
            ("x-csrf-token", token),
        ];
        app.with_headers(Method::POST, "/api/v1/events", &headers, event.clone())
            .await
    };
    assert_eq!(post(LISTED, &held.csrf_token).await.status, 201);
    let refused = post(LISTED, "").await;
    refused.refused(403, "csrf_token");
    assert_eq!(allowed(&refused), Some(LISTED), "it may read the reason");
    post("https://evil.org", &held.csrf_token)
        .await
        .refused(403, "foreign_page");
}
