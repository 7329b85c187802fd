//! `/api/v1/sessions`.

mod end;
mod list;
mod reauthenticate;

use std::net::SocketAddr;

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request},
};
use guestlist::Strategy;
use serde_json::{Value, json};

use crate::test_app::{Answer, PASSWORD, TestApp, new_email};

const PATH: &str = "/api/v1/sessions";
const CURRENT: &str = "/api/v1/sessions/current";
const ADA: &str = "ada@example.com";

fn credentials(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password })
}

mod sign_in {
    use super::*;

    #[tokio::test]
    async fn success() {
        let app = TestApp::start().await;
        let email = new_email();
        app.signed_in(&email).await;
        let answer = app.post(PATH, None, &credentials(&email, PASSWORD)).await;
        assert_eq!(answer.status, 201);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let opened = answer.json();
        assert_eq!(opened.as_object().map(serde_json::Map::len), Some(5));
        assert_eq!(opened["token_type"], "Bearer");
        assert_eq!(opened["expires_in"], 86_400);
        let session = &opened["session"];
        assert_eq!(session["created_at"], "2026-11-21T00:00:00Z");
        assert_eq!(session["expires_at"], "2026-12-21T00:00:00Z");
        assert!(session["id"].is_string());
        assert_eq!(
            (&session["current"], &session["how"]),
            (&json!(true), &json!("password"))
        );
        for name in ["last_seen_at", "proven_at"] {
            assert_eq!(session[name], session["created_at"], "{name}");
        }
        assert_eq!(
            (&session["device"], &session["address"]),
            (&Value::Null, &Value::Null)
        );
        let token = opened["access_token"].as_str().expect("is a string");
        assert_eq!(
            app.get("/api/v1/me", Some(token)).await.json()["email"],
            *email
        );
    }

    #[tokio::test]
    async fn the_tokens_have_the_format_of_the_configured_strategy() {
        for (strategy, prefix, expires_in) in [
            (Strategy::Database, "gla_", 86_400),
            (Strategy::Jwt, "eyJ", 600),
        ] {
            let app = TestApp::handing_out(strategy).await;
            app.signed_in(ADA).await;
            let form = format!("grant_type=password&username={ADA}&password={PASSWORD}");
            for answer in [
                app.post(PATH, None, &credentials(ADA, PASSWORD)).await,
                app.form("/api/v1/token", form).await,
            ] {
                assert_eq!(answer.json()["expires_in"], expires_in, "{answer:?}");
                let tokens = answer.tokens();
                assert!(tokens.access.starts_with(prefix), "{}", tokens.access);
                assert!(tokens.refresh.starts_with("glr_"), "{}", tokens.refresh);
                assert_eq!(
                    app.get("/api/v1/me", Some(&tokens.access)).await.status,
                    200
                );
            }
            let form = format!("username={ADA}&password={PASSWORD}");
            let compat = app.form("/user/signin", form).await.json();
            let token = compat["access_token"].as_str().expect("is a string");
            assert!(token.starts_with("eyJ"), "{token}");
            assert_eq!(compat["refresh_token"], Value::Null);
        }
    }

    #[tokio::test]
    async fn the_session_shows_its_device_and_address() {
        let app = TestApp::start().await;
        let email = new_email();
        app.signed_in(&email).await;
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
        let peer: SocketAddr = "[::ffff:192.0.2.7]:4711".parse().expect("is an address");
        let request = Request::post(PATH)
            .header("content-type", "application/json")
            .header("user-agent", firefox)
            .header("x-forwarded-for", "203.0.113.9")
            .extension(ConnectInfo(peer))
            .body(credentials(&email, PASSWORD).to_string().into())
            .expect("is a request");
        let session = app.send(request).await.json()["session"].clone();
        assert_eq!(session["device"], "Firefox on Linux");
        assert_eq!(session["address"], "192.0.2.7");
    }

    /// RL02: of the forwarded addresses the last one counts that no trusted proxy has.
    #[tokio::test]
    async fn the_address_that_a_trusted_proxy_forwards_is_used() {
        let app = TestApp::start().await.behind("192.0.2.0/24");
        let email = new_email();
        app.signed_in(&email).await;
        for (peer, address) in [
            ("192.0.2.7", "203.0.113.9"),
            ("198.51.100.1", "198.51.100.1"),
        ] {
            let peer: SocketAddr = format!("{peer}:4711").parse().expect("is an address");
            let request = Request::post(PATH)
                .header("content-type", "application/json")
                .header("x-forwarded-for", "6.6.6.6, 203.0.113.9")
                .extension(ConnectInfo(peer))
                .body(credentials(&email, PASSWORD).to_string().into())
                .expect("is a request");
            let session = app.send(request).await.json()["session"].clone();
            assert_eq!(session["address"], address, "{peer}");
        }
    }

    /// SE02: every refused sign-in gets the same response.
    #[tokio::test]
    async fn every_refused_sign_in_gets_the_same_response() {
        let app = TestApp::start().await;
        app.signed_in("ada@example.com").await;
        app.signed_in("disabled@example.com").await;
        let disabled = app.user("disabled@example.com").await.id;
        app.app
            .guestlist
            .disable_user(disabled)
            .await
            .expect("disables");
        let long = "x".repeat(5_000);
        let mut answers = Vec::new();
        for (email, password) in [
            ("ada@example.com", "Exemplary"),
            ("ada@example.com", ""),
            ("ada@example.com", &long),
            ("nobody@example.com", PASSWORD),
            ("disabled@example.com", PASSWORD),
            ("disabled@example.com", "wrong password"),
            ("no address", PASSWORD),
            ("", PASSWORD),
        ] {
            let answer = app.post(PATH, None, &credentials(email, password)).await;
            let body = answer.refused(401, "wrong_credentials");
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            answers.push(without_request_id(&answer, body));
        }
        assert!(
            answers.windows(2).all(|pair| pair[0] == pair[1]),
            "{answers:?}"
        );
    }

    /// Returns the headers and the body without what depends on the request.
    fn without_request_id(answer: &Answer, mut body: Value) -> (HeaderMap, Value) {
        let mut headers = answer.headers.clone();
        headers.remove("x-request-id");
        body["request_id"].take();
        (headers, body)
    }

    #[tokio::test]
    async fn a_missing_member_is_422() {
        let app = TestApp::start().await;
        for (body, name) in [
            (json!({ "password": PASSWORD }), "/email"),
            (json!({ "email": "ada@example.com" }), "/password"),
        ] {
            let invalid = app.post(PATH, None, &body).await.invalid();
            assert_eq!(invalid, [(name.to_owned(), "required".to_owned())]);
        }
    }
}

mod sign_out {
    use super::*;

    #[tokio::test]
    async fn sign_out_ends_this_session_only() {
        let app = TestApp::start().await;
        let email = new_email();
        let (first, second) = (app.signed_in(&email).await, app.sign_in(&email).await);
        let answer = app.delete(CURRENT, Some(&first)).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
        app.get("/api/v1/me", Some(&first))
            .await
            .refused(401, "invalid_token");
        assert_eq!(app.get("/api/v1/me", Some(&second)).await.status, 200);
    }

    /// SE13
    #[tokio::test]
    async fn a_second_sign_out_or_one_without_a_session_is_401() {
        let app = TestApp::start().await;
        let token = app.signed_in(&new_email()).await;
        assert_eq!(app.delete(CURRENT, Some(&token)).await.status, 204);
        app.delete(CURRENT, Some(&token))
            .await
            .refused(401, "invalid_token");
        app.delete(CURRENT, None)
            .await
            .refused(401, "not_authenticated");
    }

    #[tokio::test]
    async fn other_methods_than_delete_are_405() {
        let app = TestApp::start().await;
        let token = app.signed_in(&new_email()).await;
        let answer = app.request(Method::POST, CURRENT, Some(&token), None).await;
        answer.refused(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some("DELETE"));
        assert_eq!(app.get("/api/v1/me", Some(&token)).await.status, 200);
    }
}
