use axum::http::Method;
use serde_json::json;

use crate::test_app::{TestApp, new_email};

async fn calendar_of(app: &TestApp, event: &serde_json::Value) -> String {
    let token = app.signed_in(&new_email()).await;
    let made = app.post("/api/v1/events", Some(&token), event).await;
    assert_eq!(made.status, 201, "{made:?}");
    let id = made.json()["id"].as_str().expect("is there").to_owned();
    let file = app.get(&format!("/events/{id}.ics"), None).await;
    assert_eq!(file.status, 200);
    assert_eq!(
        file.header("content-type"),
        Some("text/calendar; charset=utf-8")
    );
    let text = file.text();
    assert!(text.contains(&format!("UID:{id}\r\n")), "{text}");
    text
}

#[tokio::test]
async fn a_time_becomes_an_instant_in_utc() {
    let app = TestApp::start().await;
    let event = json!({
        "title": "Tea, and more; much more", "description": "One\r\nEND:VEVENT\nTwo",
        "starts_at": "2026-12-01T18:00", "ends_at": "2026-12-01T20:00", "time_zone": "Europe/Paris",
        "location": "London",
    });
    let text = calendar_of(&app, &event).await;
    for line in [
        "BEGIN:VCALENDAR",
        "DTSTART:20261201T170000Z",
        "DTEND:20261201T190000Z",
        "SUMMARY:Tea\\, and more\\; much more",
        "LOCATION:London",
        "DESCRIPTION:One\\nEND:VEVENT\\nTwo",
    ] {
        assert!(text.contains(&format!("{line}\r\n")), "{line}: {text}");
    }
    assert_eq!(text.matches("\r\nEND:VEVENT\r\n").count(), 1, "{text}");
    assert_eq!(text.matches("DTSTAMP:").count(), 1, "{text}");
    assert!(text.lines().all(|line| line.len() <= 75), "{text}");
}

#[tokio::test]
async fn whole_days_are_dates_and_the_end_is_the_day_after() {
    let app = TestApp::start().await;
    let event = json!({ "title": "Boats", "start_date": "2026-12-30", "end_date": "2026-12-31" });
    let text = calendar_of(&app, &event).await;
    assert!(text.contains("DTSTART;VALUE=DATE:20261230\r\n"), "{text}");
    assert!(text.contains("DTEND;VALUE=DATE:20270101\r\n"), "{text}");
}

#[tokio::test]
async fn an_event_without_a_date_has_no_file_and_no_button() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let made = app
        .post("/api/v1/events", Some(&token), &json!({ "title": "x" }))
        .await;
    let id = made.json()["id"].as_str().expect("is there").to_owned();
    let path = format!("/events/{id}.ics");
    app.get(&path, None).await.refused(404, "not_found");
    let head = app.with_headers(Method::HEAD, &path, &[], "").await;
    assert_eq!(head.status, 404);
    let html = app.page(&format!("/events/{id}")).await.html(200);
    assert!(
        !html.contains(".ics") && !html.contains("Add to a calendar"),
        "{html}"
    );

    let etag = [
        ("authorization", &*format!("Bearer {token}")),
        ("if-match", "*"),
        ("content-type", "application/json"),
    ];
    let dated = json!({ "start_date": "2026-12-01" }).to_string();
    let api = format!("/api/v1/events/{id}");
    assert_eq!(
        app.with_headers(Method::PATCH, &api, &etag, dated)
            .await
            .status,
        200
    );
    assert_eq!(app.get(&path, None).await.status, 200);
    let html = app.page(&format!("/events/{id}")).await.html(200);
    assert_eq!(html.matches(&path).count(), 2, "{html}");
}

#[tokio::test]
async fn an_event_without_duration_has_no_end() {
    let app = TestApp::start().await;
    for end in ["2026-12-01T18:00:00Z", "2026-12-01T18:00:00.900Z"] {
        let event = json!({ "title": "Bang", "starts_at": "2026-12-01T18:00:00Z", "ends_at": end });
        let text = calendar_of(&app, &event).await;
        assert!(text.contains("DTSTART:20261201T180000Z\r\n"), "{text}");
        assert!(
            !text.contains("DTEND") && !text.contains("DURATION"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn the_location_and_the_online_address_are_both_in_the_file() {
    let app = TestApp::start().await;
    let mut event = json!({
        "title": "Talk", "start_date": "2026-12-01", "location": "Hall 3, Leeds", "online_url": "https://example.com/room;1,2",
    });
    let conference = "CONFERENCE;VALUE=URI:https://example.com/room;1,2\r\n";
    let text = calendar_of(&app, &event).await;
    assert!(text.contains("LOCATION:Hall 3\\, Leeds\r\n"), "{text}");
    assert!(text.contains(conference), "{text}");
    event["location"] = json!(null);
    let text = calendar_of(&app, &event).await;
    assert!(
        text.contains("LOCATION:https://example.com/room\\;1\\,2\r\n"),
        "{text}"
    );
    assert!(text.contains(conference), "{text}");
}

#[tokio::test]
async fn a_file_is_named_after_its_event() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let event = json!({ "title": "Été: \"tea\" & 100% ../cake", "start_date": "2026-12-01" });
    let made = app.post("/api/v1/events", Some(&token), &event).await;
    let id = made.json()["id"].as_str().expect("is there").to_owned();
    let file = app.get(&format!("/events/{id}.ics"), None).await;
    assert_eq!(
        file.header("content-disposition"),
        Some(
            "attachment; filename=\"_t_ tea & 100_ .. cake.ics\"; filename*=UTF-8''%C3%89t%C3%A9%20tea%20&%20100%25%20..%20cake.ics"
        )
    );
}
