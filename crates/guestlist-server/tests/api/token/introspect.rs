//! `POST /api/v1/token/introspect` (RFC 7662).

use std::time::Duration;

use axum::http::Method;
use base64::{Engine, prelude::BASE64_STANDARD};
use guestlist::Strategy;
use serde_json::json;

use super::{FORM, assert_not_cached, assert_refused};
use crate::test_app::TestApp;

const PATH: &str = "/api/v1/token/introspect";
const ADA: &str = "ada@example.com";

/// RFC 7662, section 2.2
#[tokio::test]
async fn an_active_token_shows_its_user_its_scope_and_its_expiry() {
    for (strategy, lifetime) in [(Strategy::Database, 86_400), (Strategy::Jwt, 600)] {
        let app = TestApp::handing_out(strategy).await;
        let service = app.service_token().await;
        let session = app.signed_in(ADA).await;
        let personal = app.personal_token(&session, "read").await;
        let sub = app.user(ADA).await.id.to_string();
        let now = 1_795_219_200;
        for (token, scope, exp) in [
            (&session, "account", now + lifetime),
            (&personal, "read", now + 3_600),
        ] {
            let answer = app.introspect(&service, token).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_not_cached(&answer);
            let expected = json!({
                "active": true, "scope": scope, "token_type": "Bearer", "exp": exp, "sub": sub,
                "username": ADA,
            });
            assert_eq!(answer.json(), expected);
        }
    }
}

/// RFC 7662, section 2.2: an unknown, expired or ended token, or one of another kind, gets the same
/// bytes.
#[tokio::test]
async fn every_other_token_gets_the_same_inactive_response() {
    let app = TestApp::start().await;
    let service = app.service_token().await;
    app.signed_in(ADA).await;
    let held = app.open(ADA).await;
    let ended = app.sign_in(ADA).await;
    app.delete("/api/v1/sessions/current", Some(&ended)).await;
    let personal = app.personal_token(&held.access, "read").await;
    for token in ["x", "a.b.c", "gla_AAAA", &held.refresh, &ended, &service] {
        let answer = app.introspect(&service, token).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text().as_str()),
            (200, r#"{"active":false}"#)
        );
    }
    app.clock.advance(Duration::from_secs(86_400));
    for token in [&held.access, &personal] {
        let answer = app.introspect(&service, token).await;
        assert_eq!(answer.text(), r#"{"active":false}"#);
    }
}

/// RFC 7662, section 2.1: the caller must authenticate as a service, in exactly one way.
#[tokio::test]
async fn only_a_service_can_introspect() {
    let app = TestApp::start().await;
    let service = app.service_token().await;
    app.signed_in(ADA).await;
    let held = app.open(ADA).await;
    let personal = app.personal_token(&held.access, "write").await;
    let form = format!("token={}", held.access);
    let stranger = app.form(PATH, form.clone()).await;
    assert_refused(&stranger, 401, "invalid_client");
    assert_eq!(stranger.header("www-authenticate"), Some("Bearer"));
    for caller in ["bad", &held.access, &held.refresh, &personal] {
        let answer = app.introspect(caller, &held.access).await;
        assert_refused(&answer, 401, "invalid_token");
        assert_eq!(
            answer.header("www-authenticate"),
            Some("Bearer error=\"invalid_token\"")
        );
    }
    let service = format!("Bearer {service}");
    for headers in [
        [
            ("authorization", service.as_str()),
            ("authorization", "Basic Og=="),
        ],
        [("authorization", "Bearer a b"), ("x-nothing", "x")],
    ] {
        let headers = [headers[0], headers[1], ("content-type", FORM)];
        let answer = app
            .with_headers(Method::POST, PATH, &headers, form.clone())
            .await;
        assert_refused(&answer, 400, "invalid_request");
    }
    // RFC 6750, section 2: a second way to send the caller's token.
    let headers = [("authorization", service.as_str()), ("content-type", FORM)];
    let twice = format!("{form}&access_token={}", held.access);
    for (path, body) in [
        (PATH, twice.as_str()),
        (&format!("{PATH}?access_token=x"), &form),
    ] {
        let answer = app
            .with_headers(Method::POST, path, &headers, body.to_owned())
            .await;
        assert_refused(&answer, 400, "invalid_request");
    }
    for body in ["", "token=", "token=a&token=b"] {
        let answer = app.with_headers(Method::POST, PATH, &headers, body).await;
        assert_refused(&answer, 400, "invalid_request");
    }
    assert_refused(&app.get(PATH, None).await, 405, "invalid_request");
}

/// RFC 7662, section 2.1, does not fix how a service authenticates.
#[tokio::test]
async fn a_service_may_send_its_token_as_the_password_of_basic() {
    let app = TestApp::start().await;
    let service = app.service_token().await;
    app.signed_in(ADA).await;
    let held = app.open(ADA).await;
    let ask = async |user_and_password: &str| {
        let basic = format!("Basic {}", BASE64_STANDARD.encode(user_and_password));
        let headers = [("authorization", basic.as_str()), ("content-type", FORM)];
        let form = format!("token={}", held.access);
        app.with_headers(Method::POST, PATH, &headers, form).await
    };
    for user in ["gateway", "", "a%20name"] {
        let answer = ask(&format!("{user}:{service}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json()["active"], true);
        assert_not_cached(&answer);
    }
    for wrong in [
        format!("{service}:"),
        "gateway:bad".to_owned(),
        format!("gateway:{}", held.access),
        format!("{ADA}:exemplary"),
    ] {
        let answer = ask(&wrong).await;
        assert_refused(&answer, 401, "invalid_client");
        assert_eq!(
            answer.header("www-authenticate"),
            Some("Basic realm=\"guestlist\""),
        );
    }
    // What is told suits what was sent.
    for malformed in [
        format!("Basic {}", BASE64_STANDARD.encode(&service)),
        format!("Basic gateway:{service}"),
        "Basic".to_owned(),
    ] {
        let headers = [
            ("authorization", malformed.as_str()),
            ("content-type", FORM),
        ];
        let form = format!("token={}", held.access);
        let answer = app.with_headers(Method::POST, PATH, &headers, form).await;
        assert_refused(&answer, 400, "invalid_request");
        let told = answer.text();
        assert!(
            told.contains("Basic BASE64") && !told.contains("Bearer"),
            "{told}"
        );
        assert_eq!(
            answer.header("www-authenticate"),
            Some("Basic realm=\"guestlist\""),
        );
    }
}
