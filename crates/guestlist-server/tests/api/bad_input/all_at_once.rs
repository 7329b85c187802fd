//! An error response lists all errors of a body, in the order of the members.

use axum::http::Method;
use serde_json::{Value, json};

use super::{EVENTS, SESSIONS, USERS};
use crate::test_app::{Answer, TestApp, new_email};

#[track_caller]
fn assert_errors(answer: &Answer, expected: &[(&str, &str)]) {
    let found = answer.invalid();
    let found: Vec<_> = found
        .iter()
        .map(|(pointer, code)| (pointer.as_str(), code.as_str()))
        .collect();
    assert_eq!(found, expected, "{answer:?}");
}

#[tokio::test]
async fn errors_of_a_sign_up_and_a_sign_in_are_all_listed() {
    let app = TestApp::start().await;
    for (path, body, expected) in [
        (
            USERS,
            json!({}),
            &[("/email", "required"), ("/password", "required")][..],
        ),
        (
            SESSIONS,
            json!({}),
            &[("/email", "required"), ("/password", "required")],
        ),
        (
            SESSIONS,
            json!({ "password": 7, "admin": true }),
            &[
                ("/email", "required"),
                ("/password", "type"),
                ("/admin", "unknown"),
            ],
        ),
        (
            USERS,
            json!({ "x": 1, "name": "a@b", "password": "short", "email": "nobody" }),
            &[
                ("/email", "invalid"),
                ("/password", "too_short"),
                ("/name", "invalid"),
                ("/x", "unknown"),
            ],
        ),
        (
            USERS,
            json!({ "password": "short" }),
            &[("/email", "required"), ("/password", "too_short")],
        ),
        (
            USERS,
            json!({ "email": "nobody" }),
            &[("/email", "invalid"), ("/password", "required")],
        ),
        (
            USERS,
            json!({ "email": "", "password": "ada@example.com", "name": 7 }),
            &[("/email", "required"), ("/name", "type")],
        ),
        (
            USERS,
            json!({ "email": "ada@example.com", "password": "ada@example.com", "name": 7 }),
            &[("/password", "same_as_email"), ("/name", "type")],
        ),
        (
            USERS,
            json!({ "email": null, "password": [] }),
            &[("/email", "type"), ("/password", "type")],
        ),
    ] {
        assert_errors(&app.post(path, None, &body).await, expected);
    }
    let repeated = r#"{"email":"a@example.com","email":"b@example.com","password":{},"x":1}"#;
    let answer = app.json(Method::POST, SESSIONS, None, repeated).await;
    assert_errors(
        &answer,
        &[
            ("/email", "duplicate"),
            ("/password", "type"),
            ("/x", "unknown"),
        ],
    );
}

#[tokio::test]
async fn errors_of_changes_to_the_own_account_are_all_listed() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let send = async |method, path: &str, body: Value| {
        app.json(method, path, Some(&token), body.to_string()).await
    };
    let password = "/api/v1/me/password";
    let answer = send(Method::PUT, password, json!({})).await;
    assert_errors(
        &answer,
        &[
            ("/current_password", "required"),
            ("/new_password", "required"),
        ],
    );
    let answer = send(
        Method::PUT,
        password,
        json!({ "new_password": "short", "x": 1 }),
    )
    .await;
    assert_errors(
        &answer,
        &[
            ("/current_password", "required"),
            ("/new_password", "too_short"),
            ("/x", "unknown"),
        ],
    );
    let tokens = "/api/v1/me/tokens";
    let answer = send(Method::POST, tokens, json!({})).await;
    assert_errors(
        &answer,
        &[
            ("/name", "required"),
            ("/scope", "required"),
            ("/expires_in", "required"),
        ],
    );
    let answer = send(Method::POST, tokens, json!({ "scope": "account" })).await;
    assert_errors(
        &answer,
        &[
            ("/name", "required"),
            ("/scope", "type"),
            ("/expires_in", "required"),
        ],
    );
    let wrong = json!({ "name": "", "scope": 7, "expires_in": 0 });
    let answer = send(Method::POST, tokens, wrong).await;
    assert_errors(
        &answer,
        &[
            ("/name", "required"),
            ("/scope", "type"),
            ("/expires_in", "out_of_range"),
        ],
    );
    let wrong = json!({ "name": "a\nb", "scope": "read", "expires_in": -1 });
    let answer = send(Method::POST, tokens, wrong).await;
    assert_errors(&answer, &[("/name", "invalid"), ("/expires_in", "type")]);
    let answer = send(
        Method::POST,
        "/api/v1/sessions/current/proof",
        json!({ "x": 1 }),
    )
    .await;
    assert_errors(&answer, &[("/password", "required"), ("/x", "unknown")]);
}

/// Returns an event with an error in almost every member, and the expected errors.
fn wrong_event() -> (Value, Vec<(&'static str, &'static str)>) {
    (
        json!({
            "color": "red", "visibility": "secret", "capacity": "many", "time_zone": "Moon/Sea", "starts_at": "soon",
            "online_url": "nowhere", "location": ["a"], "tags": ["a", 7, "b\n"], "image": "picture", "description": false,
        }),
        vec![
            ("/description", "type"),
            ("/image", "invalid"),
            ("/tags/1", "type"),
            ("/tags/2", "control_character"),
            ("/location", "type"),
            ("/online_url", "invalid"),
            ("/starts_at", "invalid"),
            ("/time_zone", "invalid"),
            ("/capacity", "type"),
            ("/visibility", "type"),
            ("/color", "unknown"),
        ],
    )
}

#[tokio::test]
async fn errors_of_a_new_event_are_all_listed() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let (event, mistakes) = wrong_event();
    let answer = app.post(EVENTS, Some(&token), &event).await;
    let expected = [&[("/title", "required")], mistakes.as_slice()].concat();
    assert_errors(&answer, &expected);

    let blank =
        json!({ "title": "", "capacity": 0, "image": "picture", "ends_at": "2027-06-01T20:00Z" });
    let answer = app.post(EVENTS, Some(&token), &blank).await;
    let expected = [
        ("/title", "required"),
        ("/image", "invalid"),
        ("/ends_at", "conflict"),
        ("/capacity", "out_of_range"),
    ];
    assert_errors(&answer, &expected);
    // A wrong start causes no second error about the end.
    let wrong = json!({ "title": "Tea", "starts_at": 7, "ends_at": "2027-06-01T20:00Z" });
    let answer = app.post(EVENTS, Some(&token), &wrong).await;
    assert_errors(&answer, &[("/starts_at", "type")]);
}

#[tokio::test]
async fn errors_of_a_change_are_all_listed() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let made = app
        .post(EVENTS, Some(&token), &json!({ "title": "Tea" }))
        .await;
    let path = made.header("location").expect("is there").to_owned();
    let authorization = format!("Bearer {token}");
    let change = async |body: &Value| {
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/merge-patch+json"),
            ("if-match", "*"),
        ];
        app.with_headers(Method::PATCH, &path, &headers, body.to_string())
            .await
    };
    let (mut event, mistakes) = wrong_event();
    assert_errors(&change(&event).await, &mistakes);
    event["title"] = json!("");
    let expected = [&[("/title", "required")], mistakes.as_slice()].concat();
    assert_errors(&change(&event).await, &expected);
    let answer = change(&json!({ "title": null, "image": "picture", "capacity": 0 })).await;
    assert_errors(
        &answer,
        &[
            ("/title", "type"),
            ("/image", "invalid"),
            ("/capacity", "out_of_range"),
        ],
    );
    let answer =
        change(&json!({ "starts_at": 7, "ends_at": "2027-06-01T20:00Z", "title": "x" })).await;
    assert_errors(&answer, &[("/starts_at", "type")]);
}

#[tokio::test]
async fn a_missing_body_and_another_media_type_get_different_errors() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let authorization = format!("Bearer {token}");
    for (path, headers) in [
        (USERS, &[][..]),
        (EVENTS, &[("authorization", authorization.as_str())]),
        (SESSIONS, &[("content-type", "application/json")]),
    ] {
        let answer = app.with_headers(Method::POST, path, headers, "").await;
        answer.refused(400, "missing_body");
    }
    let answer = app
        .with_headers(Method::POST, "/api/v1/token", &[], "")
        .await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error_description"], "grant_type is needed");
    let answer = app.form("/api/v1/token", "grant_type=password").await;
    assert_eq!(
        answer.json()["error_description"],
        "username is needed, password is needed"
    );
}
