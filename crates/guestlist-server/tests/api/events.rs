//! `/api/v1/events`.

mod change;
mod create;
mod delete;
mod filter;
mod list;
mod show;

use axum::http::Method;
use serde_json::{Value, json};

use crate::test_app::{Answer, TestApp};

const PATH: &str = "/api/v1/events";

fn tea() -> Value {
    json!({
        "title": "Tea at Ada's",
        "description": "Milk first.\nThen tea.",
        "image": "https://example.com/tea.png",
        "tags": ["tea", "milk"],
        "location": "12 St James's Square",
        "online_url": "https://example.com/tea",
        "starts_at": "2026-12-01T16:00:00+00:00",
        "ends_at": "2026-12-01T18:00:00+00:00",
        "time_zone": "Europe/London",
        "capacity": 6,
        "visibility": "unlisted",
    })
}

/// Creates an event and returns its path and entity tag.
async fn made(app: &TestApp, token: &str, event: &Value) -> (String, String) {
    let answer = app.post(PATH, Some(token), event).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let header = |name: &str| answer.header(name).expect("is there").to_owned();
    (header("location"), header("etag"))
}

async fn patch(
    app: &TestApp,
    path: &str,
    token: Option<&str>,
    if_match: Option<&str>,
    body: &Value,
) -> Answer {
    let mime = ("content-type", "application/merge-patch+json");
    with_if_match(
        app,
        Method::PATCH,
        path,
        token,
        if_match,
        &[mime],
        body.to_string(),
    )
    .await
}

async fn delete(app: &TestApp, path: &str, token: Option<&str>, if_match: Option<&str>) -> Answer {
    with_if_match(
        app,
        Method::DELETE,
        path,
        token,
        if_match,
        &[],
        String::new(),
    )
    .await
}

async fn with_if_match(
    app: &TestApp,
    method: Method,
    path: &str,
    token: Option<&str>,
    if_match: Option<&str>,
    more: &[(&str, &str)],
    body: String,
) -> Answer {
    let authorization = token.map(|token| format!("Bearer {token}"));
    let mut headers = more.to_vec();
    headers.extend(
        authorization
            .as_deref()
            .map(|value| ("authorization", value)),
    );
    headers.extend(if_match.map(|tag| ("if-match", tag)));
    app.with_headers(method, path, &headers, body).await
}

fn titles(page: &Answer) -> Vec<String> {
    assert_eq!(page.status, 200, "{page:?}");
    let items = page.json()["items"].clone();
    let title = |event: &Value| event["title"].as_str().expect("is a string").to_owned();
    items
        .as_array()
        .expect("is a list")
        .iter()
        .map(title)
        .collect()
}

fn nowhere() -> String {
    let id = planner::EventId::new(guestlist::Timestamp::from_millis(0));
    format!("{PATH}/{id}")
}
