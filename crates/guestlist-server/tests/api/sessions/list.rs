//! `GET /api/v1/sessions`.

use std::time::Duration;

use axum::http::{Method, Request};
use serde_json::{Value, json};

use super::{ADA, PATH, credentials};
use crate::test_app::{PASSWORD, TestApp};

const MINUTE: Duration = Duration::from_secs(60);

async fn listed(app: &TestApp, token: &str) -> Vec<Value> {
    let answer = app.get(PATH, Some(token)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    items(&answer.json())
}

fn items(page: &Value) -> Vec<Value> {
    page["items"].as_array().expect("is a list").clone()
}

#[tokio::test]
async fn each_session_shows_its_device_its_times_and_if_it_is_the_current_one() {
    let app = TestApp::start().await;
    app.signed_in("bob@example.com").await;
    let first = app.signed_in(ADA).await;
    app.clock.advance(MINUTE);
    let request = Request::post(PATH)
        .header("content-type", "application/json")
        .header("user-agent", "curl/8.5.0")
        .body(credentials(ADA, PASSWORD).to_string().into());
    let second = app.send(request.expect("is a request")).await;
    app.clock.advance(MINUTE);
    assert_eq!(app.get("/api/v1/me", Some(&first)).await.status, 200);
    let sessions = listed(&app, &first).await;
    assert_eq!(sessions.len(), 2);
    assert_eq!(
        sessions[0],
        json!({
            "id": sessions[0]["id"], "current": true, "device": null, "address": null,
            "how": "password",
            "proven_at": "2026-11-21T00:00:00Z", "created_at": "2026-11-21T00:00:00Z",
            "last_seen_at": "2026-11-21T00:02:00Z", "expires_at": "2026-12-21T00:00:00Z",
        })
    );
    assert_eq!(sessions[1]["id"], second.json()["session"]["id"]);
    assert_eq!(
        (&sessions[1]["current"], &sessions[1]["device"]),
        (&json!(false), &json!("curl"))
    );
    assert_eq!(sessions[1]["last_seen_at"], "2026-11-21T00:01:00Z");
    let of_the_other = listed(&app, &second.tokens().access).await;
    assert_eq!(of_the_other[0]["current"], false);
    assert_eq!(of_the_other[1]["current"], true);
}

#[tokio::test]
async fn an_ended_session_is_not_listed() {
    let app = TestApp::start().await;
    let first = app.signed_in(ADA).await;
    let second = app.sign_in(ADA).await;
    app.delete(&format!("{PATH}/current"), Some(&second)).await;
    assert_eq!(listed(&app, &first).await.len(), 1);
}

#[tokio::test]
async fn a_long_list_has_pages() {
    let app = TestApp::start().await;
    let token = app.signed_in(ADA).await;
    for _ in 0..4 {
        app.sign_in(ADA).await;
    }
    let all = listed(&app, &token).await;
    let mut path = format!("{PATH}?limit=2");
    let mut paged = Vec::new();
    let mut sizes = Vec::new();
    loop {
        let answer = app.get(&path, Some(&token)).await;
        let page = answer.json();
        sizes.push(items(&page).len());
        paged.extend(items(&page));
        let Some(next) = page["next"].as_str() else {
            assert_eq!(answer.header("link"), None);
            break;
        };
        path = format!("{PATH}?limit=2&cursor={next}");
        let link = format!("<{path}>; rel=\"next\"");
        assert_eq!(answer.header("link"), Some(link.as_str()));
    }
    assert_eq!(sizes, [2, 2, 1]);
    assert_eq!(paged, all);
}

#[tokio::test]
async fn an_invalid_query_is_400() {
    let app = TestApp::start().await;
    let token = app.signed_in(ADA).await;
    for (query, code) in [
        ("limit=0", "invalid_parameter"),
        ("limit=101", "invalid_parameter"),
        ("limit=+1", "invalid_parameter"),
        ("limit=1&limit=1", "invalid_parameter"),
        ("cursor=x", "invalid_parameter"),
        ("cursor=%zz", "invalid_parameter"),
        ("user=1", "unknown_parameter"),
    ] {
        let answer = app.get(&format!("{PATH}?{query}"), Some(&token)).await;
        answer.refused(400, code);
    }
    // HEAD works too, without a body.
    let head = app.request(Method::HEAD, PATH, Some(&token), None).await;
    assert_eq!(head.status, 200);
}
