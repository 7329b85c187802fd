use serde_json::json;

use crate::test_app::{TestApp, somebody};

async fn calendar_of(app: &TestApp, event: &serde_json::Value) -> String {
    let token = app.signed_in(&somebody()).await;
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
async fn a_time_of_day_is_an_instant() {
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
