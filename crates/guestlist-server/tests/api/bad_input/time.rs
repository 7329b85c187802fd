//! Times at the limits of calendars and numbers, and a changed clock.

use std::time::Duration;

use guestlist::Strategy;
use serde_json::json;

use super::{EVENTS, ME};
use crate::test_app::{TestApp, new_email};

/// The average length of a year in seconds.
const YEAR: u64 = 31_556_952;

/// TI03
#[tokio::test]
async fn an_event_must_be_in_the_supported_years() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for (name, text, status) in [
        ("starts_at", "2038-01-19T03:14:07Z", 201),
        ("starts_at", "2038-01-19T03:14:08Z", 201),
        ("starts_at", "2106-02-07T06:28:16Z", 201),
        ("starts_at", "1970-01-01T00:00:00Z", 201),
        ("starts_at", "9999-12-30T22:00:00Z", 201),
        ("starts_at", "9999-12-30T22:00:00.999Z", 422),
        ("starts_at", "2028-02-29T12:00:00Z", 201),
        ("starts_at", "2027-02-29T12:00:00Z", 422),
        ("starts_at", "2100-02-29T12:00:00Z", 422),
        ("starts_at", "2016-12-31T23:59:60Z", 422),
        ("starts_at", "2026-12-31T24:00:00Z", 422),
        ("starts_at", "1969-12-31T23:59:59Z", 422),
        ("starts_at", "0000-01-01T00:00:00Z", 422),
        ("starts_at", "-0001-01-01T00:00:00Z", 422),
        ("starts_at", "9999-12-31T23:59:59-23:59", 422),
        ("starts_at", "10000-01-01T00:00:00Z", 422),
        ("starts_at", "+010000-01-01T00:00:00Z", 422),
        ("starts_at", "2026-12-01T12:00:00+24:00", 422),
        ("starts_at", "2026-12-01T12:00:00+00:60", 422),
        ("starts_at", "9223372036854775807", 422),
        ("start_date", "9999-12-31", 201),
        ("start_date", "1970-01-01", 201),
        ("start_date", "1969-12-31", 422),
        ("start_date", "10000-01-01", 422),
        ("start_date", "2026-00-00", 422),
        ("start_date", "2026-11-31", 422),
    ] {
        let mut event = json!({ "title": text });
        event[name] = json!(text);
        let answer = app.post(EVENTS, Some(&token), &event).await;
        assert_eq!(answer.status, status, "{text} {answer:?}");
    }
    let list = app.get(&format!("{EVENTS}?limit=100"), None).await;
    assert_eq!(list.status, 200);
    for moment in [
        "2038-01-19T03:14:07Z",
        "9999-12-30T22:00:00Z",
        "-009999-01-02T00:00:00Z",
        "9999-12-31",
        "0000-01-01",
    ] {
        for name in ["starts_after", "starts_from", "starts_before"] {
            let answer = app.get(&format!("{EVENTS}?{name}={moment}"), None).await;
            let status = answer.status.as_u16();
            assert!(status == 200 || status == 400, "{moment} {answer:?}");
        }
    }
}

#[tokio::test]
async fn in_the_far_future_a_token_is_valid_for_ten_minutes() {
    let app = TestApp::handing_out(Strategy::Jwt).await;
    app.signed_in("ada@example.com").await;
    // 2037, 2107, 2487, 9990
    for years in [11, 70, 380, 7_503] {
        app.clock.advance(Duration::from_secs(years * YEAR));
        let token = app.sign_in("ada@example.com").await;
        assert_eq!(app.get(ME, Some(&token)).await.status, 200, "{years}");
        let made = app
            .post(EVENTS, Some(&token), &json!({ "title": "Tea" }))
            .await;
        assert_eq!(made.status, 201, "{made:?}");
        app.clock.advance(Duration::from_secs(600));
        app.get(ME, Some(&token))
            .await
            .refused(401, "invalid_token");
    }
    assert_eq!(app.get(EVENTS, None).await.status, 200);
}

#[tokio::test]
async fn after_the_last_supported_date_no_token_is_valid_and_nothing_panics() {
    let app = TestApp::handing_out(Strategy::Jwt).await;
    app.signed_in("ada@example.com").await;
    app.clock.advance(Duration::from_secs(8_000 * YEAR));
    let token = app.sign_in("ada@example.com").await;
    app.get(ME, Some(&token))
        .await
        .refused(401, "invalid_token");
}

/// TI01: the wall clock decides when a token expires. Turning the clock back makes no ended session
/// active.
#[tokio::test]
async fn turning_the_clock_back_makes_no_ended_session_active() {
    const NOW: u64 = 1_795_219_200;
    for strategy in [Strategy::Database, Strategy::Jwt] {
        for back in [3_600, 86_400, NOW] {
            let app = TestApp::handing_out(strategy).await;
            let live = app.signed_in("ada@example.com").await;
            let ended = app.sign_in("ada@example.com").await;
            assert_eq!(app.get(ME, Some(&ended)).await.status, 200);
            app.delete("/api/v1/sessions/current", Some(&ended)).await;
            app.clock.turn_back(Duration::from_secs(back));
            app.get(ME, Some(&ended))
                .await
                .refused(401, "invalid_token");
            // The JWT's issue time is now in the future, so it is refused, and the user signs in
            // again.
            let opens = app.get(ME, Some(&live)).await.status == 200;
            assert_eq!(opens, strategy == Strategy::Database);
            let later = app.sign_in("ada@example.com").await;
            assert_eq!(app.get(ME, Some(&later)).await.status, 200);
            app.get("/api/v1/sessions", Some(&later)).await;
            app.app.purge().await.expect("sweeps");
            // By the wall clock each token expires at its original time.
            app.clock.advance(Duration::from_secs(back + 86_400));
            for token in [&live, &later, &ended] {
                app.get(ME, Some(token)).await.refused(401, "invalid_token");
            }
        }
    }
}

/// TI02: no user is locked out for ever. Records that a purge deleted under the
/// wrong clock stay deleted.
#[tokio::test]
async fn after_a_clock_a_year_ahead_users_can_sign_in() {
    for strategy in [Strategy::Database, Strategy::Jwt] {
        let app = TestApp::handing_out(strategy).await;
        app.signed_in("ada@example.com").await;
        let before = app.open("ada@example.com").await;
        app.clock.advance(Duration::from_secs(YEAR));
        app.get(ME, Some(&before.access))
            .await
            .refused(401, "invalid_token");
        assert_eq!(app.refresh(&before.refresh).await.status, 400);
        let ahead = app.sign_in("ada@example.com").await;
        app.app.purge().await.expect("purges");
        app.clock.turn_back(Duration::from_secs(YEAR));
        app.get(ME, Some(&before.access))
            .await
            .refused(401, "invalid_token");
        assert_eq!(app.refresh(&before.refresh).await.status, 400);
        // A JWT issued in the future is refused until then.
        let opens = app.get(ME, Some(&ahead)).await.status == 200;
        assert_eq!(opens, strategy == Strategy::Database);
        let now = app.sign_in("ada@example.com").await;
        assert_eq!(app.get(ME, Some(&now)).await.status, 200);
    }
}
