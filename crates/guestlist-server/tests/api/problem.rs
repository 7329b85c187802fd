//! Headers of every response, and the content of every refusal, from every part of the server.

use axum::http::Method;
use serde_json::{Value, json};

use crate::test_app::{Answer, TestApp, new_email};

/// Returns responses of every kind, from every part of the server.
async fn all_kinds(app: &TestApp) -> Vec<Answer> {
    let token = app.signed_in(&new_email()).await;
    let event = json!({ "title": "Tea" });
    let made = app.post("/api/v1/events", Some(&token), &event).await;
    let path = made.header("location").expect("is there").to_owned();
    let mut answers = vec![
        app.get("/", None).await,
        app.get("/docs", None).await,
        app.get("/openapi.json", None).await,
        app.get("/health/live", None).await,
        app.get("/nowhere", None).await,
        app.get("/api/v1", None).await,
        app.get("/api/v1/me", None).await,
        app.get("/api/v1/me", Some("bad")).await,
        app.get("/api/v1/me", Some(&token)).await,
        app.get("/api/v1/events?limit=0", None).await,
        app.get("/event/", None).await,
        app.get("/event/1", None).await,
        app.get("/user/signup", None).await,
        app.get("/api/v1/token", None).await,
        app.post("/api/v1/users", None, &json!({})).await,
        app.post("/api/v1/users", None, &json!([])).await,
        app.json(Method::POST, "/api/v1/users", None, "{").await,
        app.json(Method::POST, "/api/v1/users", None, vec![b' '; 70_000])
            .await,
        app.form("/api/v1/users", "").await,
        app.delete(&path, Some(&token)).await,
        app.get(&path, None).await,
    ];
    answers.push(made);
    answers
}

#[tokio::test]
async fn every_response_has_a_request_id_and_the_security_headers() {
    let app = TestApp::start().await;
    for answer in all_kinds(&app).await {
        assert!(answer.status.as_u16() < 500, "{answer:?}");
        assert!(answer.header("x-request-id").is_some(), "{answer:?}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
        let resource = answer.header("cross-origin-resource-policy");
        assert_eq!(resource, Some("same-origin"));
        let policy = answer.header("content-security-policy").expect("is there");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        for name in ["x-powered-by", "server"] {
            assert_eq!(answer.header(name), None);
        }
    }
}

/// OWASP ASVS 5.0, 13.4.4.
#[tokio::test]
async fn no_address_echoes_a_request() {
    let app = TestApp::start().await;
    for path in [
        "/",
        "/events",
        "/account",
        "/api/v1/me",
        "/event/",
        "/docs/",
    ] {
        let headers = [("cookie", "guestlist=secret")];
        let answer = app.with_headers(Method::TRACE, path, &headers, "").await;
        assert_eq!(answer.status, 405, "{path}");
        assert!(!answer.text().contains("secret"), "{path}");
    }
}

/// OWASP ASVS 5.0, 3.5.6.
#[tokio::test]
async fn no_response_becomes_jsonp() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for name in ["callback", "jsonp"] {
        let me = app
            .get(&format!("/api/v1/me?{name}=evil"), Some(&token))
            .await;
        assert_eq!(me.header("content-type"), Some("application/json"));
        assert!(me.text().starts_with('{'), "{me:?}");
        let events = app.get(&format!("/api/v1/events?{name}=evil"), None).await;
        events.refused(400, "unknown_parameter");
    }
}

#[tokio::test]
async fn every_refusal_of_the_api_is_a_complete_problem_document() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let refusals = [
        (
            app.get("/nowhere", None).await,
            404,
            "not_found",
            "/nowhere",
        ),
        (
            app.get("/api/v1/nowhere?x=1", None).await,
            404,
            "not_found",
            "/api/v1/nowhere",
        ),
        (
            app.put("/api/v1/me", Some(&token), &json!({})).await,
            405,
            "method_not_allowed",
            "/api/v1/me",
        ),
        (
            app.get("/api/v1/me", None).await,
            401,
            "not_authenticated",
            "/api/v1/me",
        ),
        (
            app.get("/api/v1/me", Some("x")).await,
            401,
            "invalid_token",
            "/api/v1/me",
        ),
        (
            app.get("/api/v1/me", Some("x y")).await,
            400,
            "invalid_request",
            "/api/v1/me",
        ),
        (
            app.get("/api/v1/events?foo=1", None).await,
            400,
            "unknown_parameter",
            "/api/v1/events",
        ),
        (
            app.json(Method::POST, "/api/v1/sessions", None, "{").await,
            400,
            "malformed_json",
            "/api/v1/sessions",
        ),
        (
            app.form("/api/v1/sessions", "a=b").await,
            415,
            "unsupported_media_type",
            "/api/v1/sessions",
        ),
        (
            app.json(Method::POST, "/api/v1/sessions", None, vec![b' '; 70_000])
                .await,
            413,
            "too_large",
            "/api/v1/sessions",
        ),
        (
            app.post("/api/v1/sessions", None, &json!({})).await,
            422,
            "invalid",
            "/api/v1/sessions",
        ),
    ];
    for (answer, status, code, instance) in refusals {
        let body = answer.refused(status, code);
        assert_eq!(body["instance"], instance);
        let names = body.as_object().expect("is an object").keys();
        let known = [
            "type",
            "title",
            "status",
            "detail",
            "instance",
            "code",
            "request_id",
            "errors",
        ];
        assert!(
            names.into_iter().all(|name| known.contains(&name.as_str())),
            "{body}"
        );
        let lists = status == 422 || code == "unknown_parameter";
        assert_eq!(body.get("errors").is_some(), lists, "{body}");
        let length = answer.header("content-length").map(str::to_owned);
        assert!(length.is_none_or(|length| length == answer.body.len().to_string()));
    }
}

mod request_id {
    use super::*;

    async fn echoed(app: &TestApp, sent: &str) -> String {
        let headers = [("x-request-id", sent)];
        let answer = app
            .with_headers(Method::GET, "/nowhere", &headers, "")
            .await;
        let body: Value = answer.refused(404, "not_found");
        body["request_id"].as_str().expect("is a string").to_owned()
    }

    #[tokio::test]
    async fn a_well_formed_id_is_echoed() {
        let app = TestApp::start().await;
        for id in ["a", "0b6e-77_x.Y", &"x".repeat(64)] {
            assert_eq!(echoed(&app, id).await, id);
        }
    }

    #[tokio::test]
    async fn a_malformed_id_is_replaced() {
        let app = TestApp::start().await;
        for id in [
            "",
            " ",
            "a b",
            "a\"b",
            "<script>",
            "\u{e9}",
            "a\tb",
            &"x".repeat(65),
        ] {
            let ours = echoed(&app, id).await;
            assert_ne!(ours, id);
            let is_plain = ours.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            assert!((1..=64).contains(&ours.len()) && is_plain, "{ours}");
        }
    }

    #[tokio::test]
    async fn no_two_requests_get_the_same_id() {
        let app = TestApp::start().await;
        assert_ne!(echoed(&app, "").await, echoed(&app, "").await);
    }
}

#[tokio::test]
async fn head_gets_the_same_status_as_get() {
    let app = TestApp::start().await;
    let answer = app.request(Method::HEAD, "/nowhere", None, None).await;
    assert_eq!(answer.status, 404);
    let answer = app
        .request(Method::HEAD, "/api/v1/events", None, None)
        .await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0));
}
