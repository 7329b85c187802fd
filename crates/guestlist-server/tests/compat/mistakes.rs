//! Validation errors as FastAPI and pydantic report them: all together, in the order of the model.

use axum::http::Method;
use serde_json::{Value, json};

use crate::test_app::{Answer, TestApp, new_email};

/// Asserts that `detail` lists exactly these locations and types, each with a message.
#[track_caller]
fn assert_errors(answer: &Answer, expected: &Value) {
    assert_eq!(answer.status, 422, "{answer:?}");
    let detail = answer.json()["detail"].clone();
    let mistakes = detail.as_array().expect("is a list").iter();
    let found: Value = mistakes
        .map(|mistake| {
            let words = match mistake["type"].as_str().expect("is a string") {
                "missing" => Some("Field required"),
                "string_type" => Some("Input should be a valid string"),
                "list_type" => Some("Input should be a valid list"),
                "string_too_short" => Some("String should have at least 1 character"),
                _ => None,
            };
            assert!(
                words.is_none_or(|words| mistake["msg"] == words),
                "{mistake}"
            );
            assert!(
                mistake["msg"].is_string() && mistake["loc"].is_array(),
                "{mistake}"
            );
            assert!(
                mistake.get("input").is_none(),
                "the input is repeated: {mistake}"
            );
            json!([
                mistake["loc"].as_array().expect("is a list")[1..],
                mistake["type"]
            ])
        })
        .collect();
    assert_eq!(found, *expected, "{answer:?}");
}

#[tokio::test]
async fn errors_of_a_new_event_are_all_reported() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let missing = |name: &str| json!([[name], "missing"]);
    let wrong = |name: &str| json!([[name], "string_type"]);
    for (event, expected) in [
        (
            json!({ "title": "x" }),
            json!([
                missing("image"),
                missing("description"),
                missing("tags"),
                missing("location")
            ]),
        ),
        (
            json!({}),
            json!([
                missing("title"),
                missing("image"),
                missing("description"),
                missing("tags"),
                missing("location")
            ]),
        ),
        (
            json!({ "location": {}, "tags": ["a", 7, null], "image": null, "title": 7 }),
            json!([
                wrong("title"),
                wrong("image"),
                missing("description"),
                [["tags", 1], "string_type"],
                [["tags", 2], "string_type"],
                wrong("location"),
            ]),
        ),
        (
            json!({ "location": true, "tags": "x", "title": 7 }),
            json!([
                wrong("title"),
                missing("image"),
                missing("description"),
                [["tags"], "list_type"],
                wrong("location"),
            ]),
        ),
        (
            json!({ "title": "x".repeat(300), "image": "", "tags": {}, "location": "" }),
            json!([
                [["title"], "too_long"],
                missing("description"),
                [["tags"], "list_type"]
            ]),
        ),
        (
            json!({
                "title": "", "image": "x".repeat(2_001), "description": "x".repeat(10_001),
                "tags": ["a", "", ""], "location": "x".repeat(501)
            }),
            json!([
                [["title"], "string_too_short"],
                [["image"], "too_long"],
                [["description"], "too_long"],
                [["tags", 1], "string_too_short"],
                [["tags", 2], "string_too_short"],
                [["location"], "too_long"],
            ]),
        ),
        (
            json!({ "title": "", "image": "", "description": "", "tags": ["", 7], "location": "" }),
            json!([
                [["title"], "string_too_short"],
                [["tags", 0], "string_too_short"],
                [["tags", 1], "string_type"],
            ]),
        ),
        (json!([]), json!([[[], "model_attributes_type"]])),
    ] {
        let answer = app.post("/event/new", Some(&token), &event).await;
        assert_errors(&answer, &expected);
    }
    let no_json = app
        .json(Method::POST, "/event/new", Some(&token), "{")
        .await;
    assert_errors(&no_json, &json!([[[], "json_invalid"]]));
}

#[tokio::test]
async fn errors_of_a_change_are_all_reported() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let made = app
        .post("/api/v1/events", Some(&token), &json!({ "title": "Tea" }))
        .await;
    let path = format!("/event/{}", made.json()["id"].as_str().expect("is there"));
    for (change, expected) in [
        (
            json!({ "tags": ["a", 4], "location": null, "title": 7 }),
            json!([[["title"], "string_type"], [["tags", 1], "string_type"]]),
        ),
        (
            json!({ "title": "" }),
            json!([[["title"], "string_too_short"]]),
        ),
        (
            json!({ "title": "", "tags": 7 }),
            json!([[["title"], "string_too_short"], [["tags"], "list_type"]]),
        ),
        (
            json!({ "description": "x".repeat(10_001), "image": "x".repeat(2_001), "tags": [""] }),
            json!([
                [["image"], "too_long"],
                [["description"], "too_long"],
                [["tags", 0], "string_too_short"],
            ]),
        ),
        (
            json!({ "tags": 7, "title": "x".repeat(300), "image": false }),
            json!([
                [["title"], "too_long"],
                [["image"], "string_type"],
                [["tags"], "list_type"]
            ]),
        ),
    ] {
        let answer = app.put(&path, Some(&token), &change).await;
        assert_errors(&answer, &expected);
    }
}

#[tokio::test]
async fn errors_of_a_path_and_its_body_are_all_reported() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let body = json!({ "title": 7, "tags": "x" });
    let answer = app.put("/event/1", Some(&token), &body).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    let detail = answer.json()["detail"].clone();
    let mistakes = detail.as_array().expect("is a list").iter();
    let places: Vec<_> = mistakes.map(|mistake| mistake["loc"].clone()).collect();
    let expected = [
        json!(["path", "id"]),
        json!(["body", "title"]),
        json!(["body", "tags"]),
    ];
    assert_eq!(places, expected);
    let answer = app.put("/event/1", Some(&token), &json!({})).await;
    assert_eq!(answer.json()["detail"][0]["loc"], json!(["path", "id"]));
}

#[tokio::test]
async fn errors_of_a_sign_up_are_all_reported() {
    let app = TestApp::start().await;
    for (body, expected) in [
        (
            json!({}),
            json!([[["email"], "missing"], [["password"], "missing"]]),
        ),
        (
            json!({ "password": null, "email": 7 }),
            json!([[["email"], "string_type"], [["password"], "string_type"]]),
        ),
        (
            json!({ "email": "" }),
            json!([[["email"], "value_error"], [["password"], "missing"]]),
        ),
        (
            json!({ "email": "nope" }),
            json!([[["email"], "value_error"], [["password"], "missing"]]),
        ),
        (
            json!({ "email": "nope", "password": "short" }),
            json!([[["email"], "value_error"], [["password"], "too_short"]]),
        ),
    ] {
        let answer = app.post("/user/signup", None, &body).await;
        assert_errors(&answer, &expected);
    }
}

#[tokio::test]
async fn errors_of_a_missing_body_are_all_reported() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let authorization = format!("Bearer {token}");
    let made = app
        .post("/api/v1/events", Some(&token), &json!({ "title": "Tea" }))
        .await;
    let event = format!("/event/{}", made.json()["id"].as_str().expect("is there"));
    for mime in [None, Some("application/json"), Some("text/plain")] {
        let mut headers = vec![("authorization", authorization.as_str())];
        headers.extend(mime.map(|mime| ("content-type", mime)));
        for (method, path) in [
            (Method::POST, "/user/signup"),
            (Method::POST, "/event/new"),
            (Method::PUT, event.as_str()),
        ] {
            let answer = app.with_headers(method, path, &headers, "").await;
            assert_errors(&answer, &json!([[[], "missing"]]));
        }
    }
}

#[tokio::test]
async fn errors_of_a_sign_in_are_all_reported() {
    let app = TestApp::start().await;
    let both = json!([[["username"], "missing"], [["password"], "missing"]]);
    let password = json!([[["password"], "missing"]]);
    let all = json!([
        [["grant_type"], "string_pattern_mismatch"],
        [["username"], "missing"],
        [["password"], "missing"],
    ]);
    let form = "application/x-www-form-urlencoded";
    for (mime, body, expected) in [
        (None, "", &both),
        (None, "username=a&password=b", &both),
        (Some("text/plain"), "username=a&password=b", &both),
        (
            Some("application/json"),
            r#"{"username":"a","password":"b"}"#,
            &both,
        ),
        (Some("multipart/form-data"), "x", &both),
        (Some(form), "", &both),
        (Some(form), "username=a", &password),
        (Some(form), "username=a&password=", &password),
        (Some(form), "grant_type=x&username=&password=", &all),
    ] {
        let headers: Vec<_> = mime.iter().map(|mime| ("content-type", *mime)).collect();
        let answer = app
            .with_headers(Method::POST, "/user/signin", &headers, body)
            .await;
        assert_errors(&answer, expected);
    }
}
