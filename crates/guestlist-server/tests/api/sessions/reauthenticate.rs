//! `POST /api/v1/sessions/current/reauthenticate`, and its earlier address `…/proof`.

use std::time::Duration;

use guestlist::Strategy;
use serde_json::{Value, json};

use super::{ADA, CURRENT};
use crate::test_app::{PASSWORD, TestApp};

const MINUTE: Duration = Duration::from_secs(60);

fn path() -> String {
    format!("{CURRENT}/reauthenticate")
}

async fn reauthenticated_at(app: &TestApp, token: &str) -> Value {
    let list = app.get("/api/v1/sessions", Some(token)).await.json();
    let sessions = list["items"].as_array().expect("is a list").iter();
    let mut current = sessions.filter(|session| session["current"] == true);
    current.next().expect("is there")["proven_at"].clone()
}

#[tokio::test]
async fn the_right_password_is_recorded_and_the_tokens_stay_valid() {
    for strategy in [Strategy::Database, Strategy::Jwt] {
        let app = TestApp::handing_out(strategy).await;
        app.signed_in(ADA).await;
        let held = app.open(ADA).await;
        app.clock.advance(MINUTE);
        let password_form = json!({ "password": PASSWORD });
        let answer = app.post(&path(), Some(&held.access), &password_form).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
        assert_eq!(
            reauthenticated_at(&app, &held.access).await,
            "2026-11-21T00:01:00Z"
        );
        assert_eq!(app.refresh(&held.refresh).await.status, 200);
    }
}

#[tokio::test]
async fn a_wrong_password_is_403_and_nothing_is_recorded() {
    let app = TestApp::start().await;
    let token = app.signed_in(ADA).await;
    app.clock.advance(MINUTE);
    for password in ["wrong password", "", &"x".repeat(5_000)] {
        let password_form = json!({ "password": password });
        let answer = app.post(&path(), Some(&token), &password_form).await;
        answer.refused(403, "wrong_password");
        assert_eq!(answer.header("www-authenticate"), None);
    }
    assert_eq!(
        reauthenticated_at(&app, &token).await,
        "2026-11-21T00:00:00Z"
    );
    let missing = app.post(&path(), Some(&token), &json!({})).await.invalid();
    assert_eq!(missing, [("/password".to_owned(), "required".to_owned())]);
    app.post(&path(), None, &json!({ "password": PASSWORD }))
        .await
        .refused(401, "not_authenticated");
}

/// Clients of earlier versions use this address.
#[tokio::test]
async fn the_earlier_address_does_the_same() {
    let app = TestApp::start().await;
    let token = app.signed_in(ADA).await;
    app.clock.advance(MINUTE);
    let earlier = format!("{CURRENT}/proof");
    let wrong = json!({ "password": "another password" });
    let answer = app.post(&earlier, Some(&token), &wrong).await;
    answer.refused(403, "wrong_password");
    let right = json!({ "password": PASSWORD });
    let answer = app.post(&earlier, Some(&token), &right).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    assert_eq!(
        reauthenticated_at(&app, &token).await,
        "2026-11-21T00:01:00Z"
    );
}
