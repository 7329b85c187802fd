//! `/event/`.

mod bearer;
mod change;
mod create;
mod delete;
mod list;
mod show;

use axum::http::{Method, Request, header::AUTHORIZATION};
use serde_json::{Value, json};

use crate::test_app::{Answer, TestApp, new_email};

fn launch() -> Value {
    json!({
        "title": "FastAPI Book Launch",
        "image": "https://linktomyimage.com/image.png",
        "description": "We will be discussing the contents of the FastAPI book in this event.",
        "tags": ["python", "fastapi", "book", "launch"],
        "location": "Google Meet",
    })
}

/// Creates an event and returns its id.
async fn made(app: &TestApp, token: &str, event: &Value) -> String {
    let before = ids(&app.get("/event/", None).await);
    let answer = app.post("/event/new", Some(token), event).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let after = ids(&app.get("/event/", None).await);
    let made = after.into_iter().find(|id| !before.contains(id));
    made.expect("is listed")
}

fn ids(list: &Answer) -> Vec<String> {
    let id = |event: &Value| event["_id"].as_str().expect("is a string").to_owned();
    list.json()
        .as_array()
        .expect("is a list")
        .iter()
        .map(id)
        .collect()
}

fn assert_detail(answer: &Answer, status: u16, detail: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.json(), json!({ "detail": detail }));
}

fn nowhere() -> String {
    planner::EventId::new(guestlist::Timestamp::from_millis(0)).to_string()
}
