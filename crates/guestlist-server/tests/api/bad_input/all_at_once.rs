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
        "/api/v1/sessions/current/reauthenticate",
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
    for (wrong, told) in wrong_times() {
        let mut event = wrong.clone();
        event["title"] = json!("Tea");
        let answer = app.post(EVENTS, Some(&token), &event).await;
        assert_errors(&answer, told);
    }
    for (tags, told) in [
        (
            json!([1, ""]),
            &[("/tags/0", "type"), ("/tags/1", "required")][..],
        ),
        (
            json!(["", ""]),
            &[("/tags/0", "required"), ("/tags/1", "required")],
        ),
        (
            json!(["a", 1, "a"]),
            &[("/tags/1", "type"), ("/tags/2", "duplicate")],
        ),
    ] {
        let event = json!({ "title": "Tea", "tags": tags });
        assert_errors(&app.post(EVENTS, Some(&token), &event).await, told);
    }
    let mut tags: Vec<_> = (0..22).map(|number| json!(number.to_string())).collect();
    (tags[2], tags[21]) = (json!(7), json!("a\nb"));
    let event = json!({ "title": "Tea", "tags": tags });
    let told = [
        ("/tags", "too_long"),
        ("/tags/2", "type"),
        ("/tags/21", "control_character"),
    ];
    assert_errors(&app.post(EVENTS, Some(&token), &event).await, &told);
}

/// The members that say when an event is, with mistakes that hide none of each other.
fn wrong_times() -> [(Value, &'static [(&'static str, &'static str)]); 5] {
    [
        (
            json!({ "starts_at": 7, "ends_at": "later", "time_zone": "Moon/Sea" }),
            &[
                ("/starts_at", "type"),
                ("/ends_at", "invalid"),
                ("/time_zone", "invalid"),
            ],
        ),
        (
            json!({ "start_date": "2027-02-29", "end_date": [] }),
            &[("/start_date", "invalid"), ("/end_date", "type")],
        ),
        (
            json!({ "time_zone": {}, "starts_at": "2027-06-01T18:00", "ends_at": "2027-06-01" }),
            &[("/ends_at", "invalid"), ("/time_zone", "type")],
        ),
        (
            json!({ "starts_at": "1969-12-31T23:00Z", "start_date": true, "end_date": "soon" }),
            &[
                ("/starts_at", "out_of_range"),
                ("/start_date", "type"),
                ("/end_date", "invalid"),
            ],
        ),
        (
            json!({ "ends_at": "2027-06-01T18:00Z", "start_date": "x" }),
            &[("/ends_at", "conflict"), ("/start_date", "invalid")],
        ),
    ]
}

/// Each message names the range that is allowed, and a value at its end is taken.
#[tokio::test]
async fn each_range_is_the_one_of_the_code() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for number in [1, 100_000] {
        let event = json!({ "title": "Tea", "capacity": number });
        let answer = app.post(EVENTS, Some(&token), &event).await;
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    let wrong = json!([0, 100_001, -1, 1.5, "many", 5_000_000_000_u64]);
    for number in wrong.as_array().expect("is a list") {
        let event = json!({ "title": "Tea", "capacity": number });
        let answer = app.post(EVENTS, Some(&token), &event).await;
        let detail = answer.json()["errors"][0]["detail"].clone();
        let detail = detail.as_str().expect("is text");
        assert!(detail.ends_with("from 1 to 100,000"), "{number}: {detail}");
    }
    let tokens = "/api/v1/me/tokens";
    for (seconds, is_taken) in [
        (json!(1), true),
        (json!(31_622_400), true),
        (json!(31_622_401), false),
        (json!(0), false),
        (json!(-1), false),
        (json!("long"), false),
    ] {
        let wanted = json!({ "name": "backup", "scope": "read", "expires_in": seconds });
        let answer = app.post(tokens, Some(&token), &wanted).await;
        assert_eq!(answer.status == 201, is_taken, "{answer:?}");
        if !is_taken {
            let detail = answer.json()["errors"][0]["detail"].clone();
            let detail = detail.as_str().expect("is text");
            let names =
                detail.contains("from 1 to 31,622,400") || detail.contains("1 second to 366 days");
            assert!(names, "{detail}");
        }
    }
    for (path, name, most) in [
        (EVENTS, "limit", 100),
        (tokens, "limit", 100),
        ("/api/v1/sessions", "limit", 100),
    ] {
        let answer = app
            .get(&format!("{path}?{name}={most}"), Some(&token))
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        for wrong in [0, most + 1] {
            let answer = app
                .get(&format!("{path}?{name}={wrong}"), Some(&token))
                .await;
            assert_eq!(answer.status, 400, "{answer:?}");
            let words = format!("{name} is a whole number from 1 to {most}");
            assert_eq!(answer.json()["detail"], words);
        }
    }
    let long = |count| format!("{EVENTS}?q={}", "x".repeat(count));
    assert_eq!(app.get(&long(100), None).await.status, 200);
    let refused = app.get(&long(101), None).await;
    assert_eq!(refused.json()["detail"], "q has at most 100 characters");
    let tags = |count: usize, chars: usize| {
        let tags = (0..count).map(|tag| format!("&tag={tag:0>chars$}"));
        format!("{EVENTS}?limit=9{}", tags.collect::<String>())
    };
    assert_eq!(app.get(&tags(20, 50), None).await.status, 200);
    for (refused, detail) in [
        (tags(1, 51), "tag has at most 50 characters"),
        (tags(21, 2), "tag is there at most 20 times"),
    ] {
        let refused = app.get(&refused, None).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        assert_eq!(refused.json()["detail"], detail);
    }
}

#[tokio::test]
async fn of_the_parameters_of_an_address() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let query = "limit=x&sort=title&mine=1&starts_from=soon&cursor=1&color=red&q=a&q=b";
    let answer = app.get(&format!("{EVENTS}?{query}"), None).await;
    answer.refused(400, "invalid_parameter");
    let told = answer.json()["errors"].clone();
    let told = told.as_array().expect("is a list").iter();
    let mut told: Vec<_> = told
        .map(|error| format!("{} {}", error["pointer"], error["code"]).replace('"', ""))
        .collect();
    told.sort();
    let expected = [
        "/color unknown",
        "/limit invalid",
        "/mine invalid",
        "/q duplicate",
        "/sort invalid",
        "/starts_from invalid",
    ];
    assert_eq!(
        told, expected,
        "without a valid `sort`, a cursor cannot be checked"
    );
    let answer = app
        .get("/api/v1/me/tokens?limit=0&cursor=x&a=1&b=2", Some(&token))
        .await;
    answer.refused(400, "invalid_parameter");
    assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(4));
    let answer = app.get("/api/v1/sessions?a=1&b=2", Some(&token)).await;
    answer.refused(400, "unknown_parameter");
}

/// A client may send a name as long as a body, which is not sent back.
#[tokio::test]
async fn long_names_of_what_is_unknown_are_cut() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let name = "ü".repeat(30_000);
    let event = json!({ "title": "Tea", &name: 1 });
    for answer in [
        app.post(EVENTS, Some(&token), &event).await,
        app.post(USERS, None, &event).await,
        app.get(&format!("{EVENTS}?{}=1", "x".repeat(6_000)), None)
            .await,
        app.get(
            &format!("/api/v1/sessions?{0}=1&{0}=2", "x".repeat(3_000)),
            Some(&token),
        )
        .await,
        app.form(
            "/api/v1/token",
            format!("grant_type=password&{name}=1&{name}=2"),
        )
        .await,
        app.form("/user/signin", format!("{name}=1")).await,
    ] {
        assert!(answer.status.is_client_error(), "{answer:?}");
        assert!(answer.body.len() < 2_000, "{}", answer.text());
    }
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
    for (wrong, told) in wrong_times() {
        assert_errors(&change(&wrong).await, told);
    }
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
    assert_eq!(answer.json()["error_description"], "grant_type is required");
    let answer = app.form("/api/v1/token", "grant_type=password").await;
    assert_eq!(
        answer.json()["error_description"],
        "username is required, password is required"
    );
}
