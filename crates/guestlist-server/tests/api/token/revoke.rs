//! `POST /api/v1/token/revoke` (RFC 7009).

use guestlist::Strategy;

use super::{FORM, assert_refused};
use crate::test_app::{Answer, TestApp};

const PATH: &str = "/api/v1/token/revoke";
const ME: &str = "/api/v1/me";
const ADA: &str = "ada@example.com";

async fn revoke(app: &TestApp, token: &str, hint: &str) -> Answer {
    app.form(PATH, format!("token={token}&token_type_hint={hint}"))
        .await
}

#[track_caller]
fn assert_revoked(answer: &Answer) {
    assert_eq!(
        (answer.status.as_u16(), answer.body.len()),
        (200, 0),
        "{answer:?}"
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

/// RFC 7009, sections 2 and 2.1: either token ends the whole session, whatever the hint says.
#[tokio::test]
async fn either_token_ends_its_session_whatever_the_hint() {
    for strategy in [Strategy::Database, Strategy::Jwt] {
        for hint in ["", "access_token", "refresh_token", "other"] {
            for by_refresh in [true, false] {
                let app = TestApp::handing_out(strategy).await;
                let other = app.signed_in(ADA).await;
                let held = app.open(ADA).await;
                assert_eq!(app.get(ME, Some(&held.access)).await.status, 200);
                let token = if by_refresh {
                    &held.refresh
                } else {
                    &held.access
                };
                assert_revoked(&revoke(&app, token, hint).await);
                app.get(ME, Some(&held.access))
                    .await
                    .refused(401, "invalid_token");
                assert_refused(&app.refresh(&held.refresh).await, 400, "invalid_grant");
                assert_eq!(app.get(ME, Some(&other)).await.status, 200);
            }
        }
    }
}

#[tokio::test]
async fn a_personal_access_token_and_a_service_token_end_without_the_session() {
    let app = TestApp::start().await;
    let session = app.signed_in(ADA).await;
    let personal = app.personal_token(&session, "write").await;
    assert_revoked(&revoke(&app, &personal, "").await);
    app.get(ME, Some(&personal))
        .await
        .refused(401, "invalid_token");
    assert_eq!(app.get(ME, Some(&session)).await.status, 200);
    let service = app.service_token().await;
    assert_eq!(app.introspect(&service, &session).await.status, 200);
    assert_revoked(&revoke(&app, &service, "").await);
    assert_eq!(app.introspect(&service, &session).await.status, 401);
}

/// RFC 7009, section 2.2: an unknown, forged, expired or malformed token is no error.
#[tokio::test]
async fn an_unknown_token_is_200_and_ends_nothing() {
    let app = TestApp::start().await;
    let live = app.signed_in(ADA).await;
    let ended = app.sign_in(ADA).await;
    app.delete("/api/v1/sessions/current", Some(&ended)).await;
    let mut mistyped = live.clone();
    mistyped.pop();
    for token in ["x", "null", "a.b.c", "gla_AAAA", &ended, &ended, &mistyped] {
        assert_revoked(&revoke(&app, token, "").await);
    }
    assert_eq!(app.get(ME, Some(&live)).await.status, 200);
}

/// RFC 7009, section 2.2.1: errors have the format of RFC 6749, section 5.2.
#[tokio::test]
async fn a_malformed_request_gets_an_oauth_error() {
    let app = TestApp::start().await;
    let token = app.signed_in(ADA).await;
    for form in ["", "token=", "token=a&token=b", "token=%zz"] {
        assert_refused(&app.form(PATH, form).await, 400, "invalid_request");
    }
    let answer = app.form(&format!("{PATH}?token={token}"), "").await;
    assert_refused(&answer, 400, "invalid_request");
    assert_refused(&app.get(PATH, None).await, 405, "invalid_request");
    let json = app
        .post(PATH, None, &serde_json::json!({ "token": token }))
        .await;
    assert_refused(&json, 415, "invalid_request");
    let headers = [
        ("content-type", FORM),
        ("authorization", "Basic dXNlcjpwYXNz"),
    ];
    let body = format!("token={token}");
    let answer = app
        .with_headers(axum::http::Method::POST, PATH, &headers, body)
        .await;
    assert_refused(&answer, 401, "invalid_client");
    assert_eq!(app.get(ME, Some(&token)).await.status, 200);
}
