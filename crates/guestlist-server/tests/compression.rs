//! Which responses are compressed.

use axum::{body::Body, http::Request};
use serde_json::json;

use crate::test_app::{TestApp, new_email};

async fn encoding(app: &TestApp, path: &str, token: Option<&str>) -> Option<String> {
    let mut request = Request::get(path).header("accept-encoding", "gzip, br");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let answer = app
        .send(request.body(Body::empty()).expect("is a request"))
        .await;
    assert_eq!(answer.status, 200, "{path}");
    answer.header("content-encoding").map(str::to_owned)
}

#[tokio::test]
async fn pages_and_json_over_1_kib_are_compressed_unless_they_are_private_or_have_a_strong_etag() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    assert_eq!(
        encoding(&app, "/api/v1/events", None).await,
        None,
        "it is short"
    );
    let event = json!({ "title": "Long", "description": "words ".repeat(500) });
    let made = app.post("/api/v1/events", Some(&token), &event).await;
    let one = made.header("location").expect("is there").to_owned();
    let gzip = Some("gzip".to_owned());
    for path in ["/api/v1/events", "/event/", "/", "/redoc", "/openapi.json"] {
        assert_eq!(encoding(&app, path, None).await, gzip, "{path}");
    }
    assert_eq!(
        encoding(&app, &one, None).await,
        None,
        "it has a strong entity tag"
    );
    assert_eq!(
        encoding(&app, "/api/v1/events?mine=true", Some(&token)).await,
        None,
        "it is private"
    );
}
