//! Errors that no handler returns on purpose.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{
        StatusCode,
        header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HOST, RETRY_AFTER},
    },
    routing::get,
};
use guestlist_axum::BrowserLayer;
use serde_json::Value;
use tower::ServiceExt;

use super::*;
use crate::config::LimitSettings;

const A_BROWSER: &str = "text/html,application/xhtml+xml";

/// Requests a path. At `/panics` the handler panics; `/refuses` answers 429.
async fn answer(path: &str, accept: &str) -> (Response, String) {
    let panics = async || -> StatusCode { panic!("no word of this is told") };
    let refuses = async || (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "20")]);
    let routes = Router::new()
        .route("/panics", get(panics))
        .route("/refuses", get(refuses));
    let hosts = AllowedHosts::of("http://localhost").expect("is an origin");
    let guestlist = guestlist::testing::guestlist();
    let browsers = BrowserLayer::builder(guestlist.clone(), "http://localhost").build();
    let routes = InContext::new(
        routes,
        Vec::new(),
        Site {
            name: "Harbour".into(),
            browsers: browsers.expect("is an origin"),
            guestlist,
        },
        hosts,
        Transport::Plain,
        AnswerLog::new(&LimitSettings::default()),
    );
    let request = Request::get(path)
        .header(ACCEPT, accept)
        .header(HOST, "localhost")
        .header(REQUEST_ID, "7f3a")
        .body(Body::empty());
    let answer = routes.oneshot(request.expect("is a request")).await;
    let (parts, body) = answer.expect("answers").into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("has a body");
    let text = String::from_utf8(body.into()).expect("is text");
    (Response::from_parts(parts, Body::empty()), text)
}

fn header(response: &Response, name: HeaderName) -> &str {
    let value = response.headers().get(name).expect("is there");
    value.to_str().expect("is text")
}

#[tokio::test]
async fn a_panic_becomes_a_page_that_shows_only_the_request_id() {
    let (response, html) = answer("/panics", A_BROWSER).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(header(&response, CONTENT_TYPE), "text/html; charset=utf-8");
    assert_eq!(header(&response, CACHE_CONTROL), "no-store");
    assert_eq!(header(&response, REQUEST_ID), "7f3a");
    assert!(html.contains("<h1>Something went wrong</h1>"), "{html}");
    assert!(html.contains("data-copy>7f3a</span>"), "{html}");
    assert!(!html.contains("no word"), "{html}");
}

#[tokio::test]
async fn a_panic_becomes_a_problem_with_the_request_id_for_a_program() {
    let (response, json) = answer("/panics", "*/*").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let problem: Value = serde_json::from_str(&json).expect("is JSON");
    assert_eq!(problem["code"], "internal");
    assert_eq!(problem["request_id"], "7f3a");
    assert!(!json.contains("no word"), "{json}");
}

#[tokio::test]
async fn the_page_of_a_429_says_when_to_try_again() {
    let (response, html) = answer("/refuses", A_BROWSER).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(header(&response, RETRY_AFTER), "20");
    assert!(html.contains("<h1>Too many attempts</h1>"), "{html}");
    assert!(html.contains("Try again in 20 seconds."), "{html}");
    assert!(
        !html.contains("7f3a"),
        "a 429 page needs no request id: {html}"
    );
    let (response, json) = answer("/refuses", "*/*").await;
    assert_eq!(header(&response, RETRY_AFTER), "20");
    let problem: Value = serde_json::from_str(&json).expect("is JSON");
    assert_eq!(problem["code"], "too_many_requests");
}
