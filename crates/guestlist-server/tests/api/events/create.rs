//! `POST /api/v1/events`.

use super::*;
use crate::test_app::new_email;

#[tokio::test]
async fn success() {
    let app = TestApp::start().await;
    let token = app.signed_in("ada@example.com").await;
    let answer = app.post(PATH, Some(&token), &tea()).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let made = answer.json();
    let location = format!("{PATH}/{}", made["id"].as_str().expect("is a string"));
    assert_eq!(answer.header("location"), Some(location.as_str()));
    assert_eq!(answer.header("etag"), made["etag"].as_str());
    let tag = answer.header("etag").expect("is there");
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");

    for (name, value) in tea().as_object().expect("is an object") {
        if !name.ends_with("_at") {
            assert_eq!(made[name], *value, "{name}");
        }
    }
    assert_eq!(made["starts_at"], "2026-12-01T16:00:00+00:00");
    assert_eq!(made["ends_at"], "2026-12-01T18:00:00+00:00");
    assert_eq!(
        (&made["start_date"], &made["end_date"]),
        (&Value::Null, &Value::Null)
    );
    let ada = app.user("ada@example.com").await.id.to_string();
    assert_eq!(made["creator"], ada);
    assert_eq!(made["created_at"], "2026-11-21T00:00:00Z");
    assert_eq!(made["updated_at"], made["created_at"]);
    assert_eq!(app.get(&location, None).await.json(), made);
}

#[tokio::test]
async fn an_event_needs_only_a_title() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let answer = app
        .post(PATH, Some(&token), &json!({ "title": "Tea" }))
        .await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let made = answer.json();
    assert_eq!(
        (&made["description"], &made["tags"]),
        (&json!(""), &json!([]))
    );
    assert_eq!(made["visibility"], "public");
    for name in [
        "image",
        "location",
        "online_url",
        "starts_at",
        "ends_at",
        "time_zone",
        "start_date",
        "end_date",
        "capacity",
    ] {
        assert!(made.get(name).is_some_and(Value::is_null), "{name}");
    }
}

#[tokio::test]
async fn null_means_a_missing_member() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let mut event = tea();
    for (name, value) in event.as_object_mut().expect("is an object") {
        if name != "title" {
            *value = Value::Null;
        }
    }
    let answer = app.post(PATH, Some(&token), &event).await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

#[tokio::test]
async fn an_event_has_a_time_or_days_or_no_date() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for (when, expected) in [
        (
            json!({}),
            json!({ "starts_at": null, "start_date": null, "time_zone": null }),
        ),
        (
            json!({ "starts_at": "2026-12-01T18:00+01:00" }),
            json!({ "starts_at": "2026-12-01T17:00:00Z", "time_zone": "UTC" }),
        ),
        (
            json!({ "starts_at": "2026-12-01T18:00", "time_zone": "europe/paris" }),
            json!({ "starts_at": "2026-12-01T18:00:00+01:00", "time_zone": "Europe/Paris" }),
        ),
        (
            json!({ "starts_at": "2026-12-01T18:00Z", "time_zone": "Asia/Tokyo" }),
            json!({ "starts_at": "2026-12-02T03:00:00+09:00", "time_zone": "Asia/Tokyo" }),
        ),
        (
            json!({ "start_date": "2026-12-24" }),
            json!({ "start_date": "2026-12-24", "end_date": "2026-12-24", "starts_at": null }),
        ),
        (
            json!({ "start_date": "2026-12-24", "end_date": "2026-12-26" }),
            json!({ "start_date": "2026-12-24", "end_date": "2026-12-26" }),
        ),
    ] {
        let mut event = json!({ "title": "Tea" });
        let members = event.as_object_mut().expect("is an object");
        members.extend(when.as_object().expect("is an object").clone());
        let answer = app.post(PATH, Some(&token), &event).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        for (name, value) in expected.as_object().expect("is an object") {
            assert_eq!(answer.json()[name], *value, "{when}");
        }
    }
}

#[tokio::test]
async fn a_day_that_does_not_exist_is_named() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let is_no_date = "must be a date that exists; 30 February 2026 does not exist";
    let is_left_out = "must be a day of the time zone; Pacific/Apia left out 30 December 2011";
    for (member, when, detail) in [
        (
            "start_date",
            json!({ "start_date": "2026-02-30" }),
            is_no_date,
        ),
        (
            "end_date",
            json!({ "start_date": "2026-02-01", "end_date": "2026-02-30" }),
            is_no_date,
        ),
        (
            "starts_at",
            json!({ "starts_at": "2026-02-30T18:00Z" }),
            is_no_date,
        ),
        (
            "start_date",
            json!({ "start_date": "2011-12-30", "time_zone": "pacific/apia" }),
            is_left_out,
        ),
        (
            "starts_at",
            json!({ "starts_at": "2011-12-30T18:00", "time_zone": "Pacific/Apia" }),
            is_left_out,
        ),
        // A member of the wrong type hides nothing.
        (
            "start_date",
            json!({ "start_date": "2011-12-30", "time_zone": "Pacific/Apia", "capacity": "many" }),
            is_left_out,
        ),
    ] {
        let mut event = json!({ "title": "Tea" });
        let members = event.as_object_mut().expect("is an object");
        members.extend(when.as_object().expect("is an object").clone());
        let answer = app.post(PATH, Some(&token), &event).await;
        answer.refused(422, "invalid");
        let error = &answer.json()["errors"][0];
        assert_eq!(error["pointer"], format!("/{member}"), "{when}");
        assert_eq!(
            (&error["code"], &error["detail"]),
            (&json!("invalid"), &json!(detail))
        );
    }
    let (path, tag) = made(&app, &token, &tea()).await;
    let change = json!({ "starts_at": null, "start_date": "2026-02-30" });
    let answer = patch(&app, &path, Some(&token), Some(&tag), &change).await;
    answer.refused(422, "invalid");
    assert_eq!(answer.json()["errors"][0]["detail"], is_no_date);
}

#[tokio::test]
async fn an_invalid_member_is_422_with_pointer_and_code() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for (name, value, pointer, code) in [
        ("title", Value::Null, "/title", "type"),
        ("title", json!(7), "/title", "type"),
        ("title", json!(" "), "/title", "required"),
        ("title", json!("x".repeat(201)), "/title", "too_long"),
        ("title", json!("a\u{7}"), "/title", "control_character"),
        (
            "description",
            json!("x".repeat(10_001)),
            "/description",
            "too_long",
        ),
        ("image", json!({ "url": 1 }), "/image", "type"),
        (
            "image",
            json!(format!("https://{}", "x".repeat(2_000))),
            "/image",
            "too_long",
        ),
        ("tags", json!("tea"), "/tags", "type"),
        ("tags", json!(["tea", 1]), "/tags/1", "type"),
        ("tags", json!(["tea", ""]), "/tags/1", "required"),
        ("tags", json!(["tea", "tea"]), "/tags/1", "duplicate"),
        (
            "tags",
            json!((0..21).map(|n| n.to_string()).collect::<Vec<_>>()),
            "/tags",
            "too_long",
        ),
        ("location", json!("x".repeat(501)), "/location", "too_long"),
        (
            "online_url",
            json!("javascript:alert(1)"),
            "/online_url",
            "invalid",
        ),
        (
            "online_url",
            json!("//example.com"),
            "/online_url",
            "invalid",
        ),
        ("starts_at", json!("tomorrow"), "/starts_at", "invalid"),
        ("starts_at", json!(1_795_219_200), "/starts_at", "type"),
        (
            "starts_at",
            json!("2026-12-01T16:00:60Z"),
            "/starts_at",
            "invalid",
        ),
        (
            "starts_at",
            json!("2026-02-30T16:00Z"),
            "/starts_at",
            "invalid",
        ),
        (
            "ends_at",
            json!("2026-11-01T16:00Z"),
            "/ends_at",
            "out_of_range",
        ),
        ("time_zone", json!("Mars/Olympus"), "/time_zone", "invalid"),
        ("start_date", json!("2026-12-01"), "/start_date", "conflict"),
        ("end_date", json!("2026-12-01"), "/end_date", "conflict"),
        ("capacity", json!(0), "/capacity", "out_of_range"),
        ("capacity", json!(100_001), "/capacity", "out_of_range"),
        ("capacity", json!(-1), "/capacity", "type"),
        ("capacity", json!(1.5), "/capacity", "type"),
        ("visibility", json!("private"), "/visibility", "type"),
        ("creator", json!("somebody"), "/creator", "unknown"),
    ] {
        let mut event = tea();
        event[name] = value.clone();
        let answer = app.post(PATH, Some(&token), &event).await;
        assert_eq!(answer.status, 422, "{name} {value} {answer:?}");
        let invalid = answer.invalid();
        assert_eq!(
            invalid,
            [(pointer.to_owned(), code.to_owned())],
            "{name} {value}"
        );
    }
    let mine = app.get(&format!("{PATH}?mine=true"), Some(&token)).await;
    assert_eq!(titles(&mine), [""; 0]);
}

#[tokio::test]
async fn all_errors_are_reported_together() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let event =
        json!({ "title": "", "capacity": 0, "tags": ["", "a\n"], "ends_at": "2027-01-01T00:00Z" });
    let answer = app.post(PATH, Some(&token), &event).await;
    let pointers: Vec<_> = answer
        .invalid()
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect();
    assert_eq!(
        pointers,
        ["/title", "/tags/0", "/tags/1", "/ends_at", "/capacity"]
    );
}

#[tokio::test]
async fn without_a_token_it_is_401_and_with_other_bodies_400_and_415() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    app.post(PATH, None, &tea())
        .await
        .refused(401, "not_authenticated");
    app.post(PATH, Some("bad"), &tea())
        .await
        .refused(401, "invalid_token");
    let answer = app.json(Method::POST, PATH, Some(&token), "{").await;
    answer.refused(400, "malformed_json");
    let body = Some(("text/plain", tea().to_string().into_bytes()));
    let answer = app.request(Method::POST, PATH, Some(&token), body).await;
    answer.refused(415, "unsupported_media_type");
}

#[tokio::test]
async fn above_the_quota_an_event_is_refused_until_one_is_deleted() {
    let app = TestApp::start().await.with_events_per_user(2);
    let token = app.signed_in(&new_email()).await;
    let made = app.post(PATH, Some(&token), &tea()).await;
    let first = made.header("location").expect("is there").to_owned();
    assert_eq!(app.post(PATH, Some(&token), &tea()).await.status, 201);
    let refused = app.post(PATH, Some(&token), &tea()).await;
    let body = refused.refused(403, "too_many_events");
    let detail = body["detail"].as_str().expect("is text");
    assert!(
        detail.contains("2 events") && detail.contains("delete one"),
        "{detail}"
    );
    assert_eq!(refused.header("retry-after"), None, "waiting does not help");
    let compat = serde_json::json!({
        "title": "Tea", "image": "", "description": "", "tags": [], "location": "",
    });
    let refused = app.post("/event/new", Some(&token), &compat).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    assert_eq!(refused.json()["detail"], body["detail"]);
    let others = app.signed_in(&new_email()).await;
    assert_eq!(app.post(PATH, Some(&others), &tea()).await.status, 201);
    let precondition = [
        ("authorization", &*format!("Bearer {token}")),
        ("if-match", "*"),
    ];
    let deleted = app
        .with_headers(Method::DELETE, &first, &precondition, "")
        .await;
    assert_eq!(deleted.status, 204, "{deleted:?}");
    assert_eq!(app.post(PATH, Some(&token), &tea()).await.status, 201);
}
