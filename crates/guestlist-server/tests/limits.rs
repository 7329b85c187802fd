//! The limits of wrong passwords and sign-ups, at every address for programs.

use std::net::SocketAddr;

use axum::{
    extract::ConnectInfo,
    http::{Method, Request},
};
use guestlist::{Limits, Rate};
use serde_json::json;

use crate::test_app::{Answer, PASSWORD, TestApp, new_email};

const JSON: &str = "application/json";
const SESSIONS: &str = "/api/v1/sessions";

/// An application that accepts three wrong passwords for an account, and one sign-up.
pub(crate) async fn strict() -> TestApp {
    let limits = Limits {
        account: Rate::new(3, 300_000),
        account_and_network: Rate::new(3, 300_000),
        device: Rate::new(3, 30_000),
        sign_ups_by_network: Rate::new(1, 60_000),
        ..Limits::default()
    };
    TestApp::settled(|builder| builder.limits(limits)).await
}

/// Sends a request from that address, as if it was connected to the server.
async fn from(app: &TestApp, peer: &str, path: &str, mime: &str, body: String) -> Answer {
    from_with(app, peer, path, mime, body, None).await
}

async fn from_with(
    app: &TestApp,
    peer: &str,
    path: &str,
    mime: &str,
    body: String,
    forwarded: Option<&str>,
) -> Answer {
    let peer: SocketAddr = peer.parse().expect("an address");
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("content-type", mime)
        .extension(ConnectInfo(peer));
    if let Some(forwarded) = forwarded {
        request = request.header("x-forwarded-for", forwarded);
    }
    app.send(request.body(body.into()).expect("is a request"))
        .await
}

fn credentials(email: &str, password: &str) -> String {
    json!({ "email": email, "password": password }).to_string()
}

fn form(email: &str, password: &str) -> String {
    format!("grant_type=password&username={email}&password={password}")
}

/// Uses up the wrong passwords of an account.
pub(crate) async fn used_up(app: &TestApp, email: &str) {
    for _ in 0..3 {
        let typed = json!({ "email": email, "password": "wrong" });
        let wrong = app.post(SESSIONS, None, &typed).await;
        wrong.refused(401, "wrong_credentials");
    }
}

#[tokio::test]
async fn every_address_says_when_to_try_again() {
    let app = strict().await;
    let email = new_email();
    app.signed_in(&email).await;
    used_up(&app, &email).await;
    let right = json!({ "email": email, "password": PASSWORD });
    let answer = app.post(SESSIONS, None, &right).await;
    let problem = answer.refused(429, "too_many_tries");
    assert_eq!(problem["detail"], "too many tries; try again in 5 minutes");
    assert_eq!(answer.header("retry-after"), Some("300"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));

    let answer = app.form("/user/signin", form(&email, PASSWORD)).await;
    assert_eq!(answer.status, 429);
    let expected = json!({ "detail": "too many tries; try again in 5 minutes" });
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.header("retry-after"), Some("300"));

    let answer = app.form("/api/v1/token", form(&email, PASSWORD)).await;
    assert_eq!(answer.status, 429);
    let expected = json!({
        "error": "invalid_request",
        "error_description": "too many tries; try again in 5 minutes",
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.header("retry-after"), Some("300"));

    app.clock.advance(std::time::Duration::from_secs(300));
    assert_eq!(app.post(SESSIONS, None, &right).await.status, 201);
}

#[tokio::test]
async fn a_session_that_tries_too_many_passwords_stays() {
    let app = strict().await;
    let token = app.signed_in(&new_email()).await;
    let path = "/api/v1/sessions/current/reauthenticate";
    for _ in 0..3 {
        let typed = json!({ "password": "wrong" });
        let wrong = app.post(path, Some(&token), &typed).await;
        wrong.refused(403, "wrong_password");
    }
    let right = json!({ "password": PASSWORD });
    let answer = app.post(path, Some(&token), &right).await;
    answer.refused(429, "too_many_tries");
    assert_eq!(answer.header("retry-after"), Some("30"));
    let change = json!({ "current_password": PASSWORD, "new_password": "another password" });
    let answer = app.put("/api/v1/me/password", Some(&token), &change).await;
    answer.refused(429, "too_many_tries");
    assert_eq!(app.get("/api/v1/me", Some(&token)).await.status, 200);
}

/// Otherwise a thief of a session would guess without limit: each end of the other sessions makes a
/// new session.
#[tokio::test]
async fn another_session_gives_no_further_tries() {
    let app = strict().await;
    let token = app.signed_in(&new_email()).await;
    let path = "/api/v1/sessions/current/reauthenticate";
    for _ in 0..3 {
        let typed = json!({ "password": "wrong" });
        let wrong = app.post(path, Some(&token), &typed).await;
        wrong.refused(403, "wrong_password");
    }
    let replaced = app.delete(SESSIONS, Some(&token)).await;
    assert_eq!(replaced.status, 200);
    let replaced = replaced.json();
    let token = replaced["access_token"].as_str().expect("is text");
    let right = json!({ "password": PASSWORD });
    let answer = app.post(path, Some(token), &right).await;
    answer.refused(429, "too_many_tries");
}

#[tokio::test]
async fn sign_ups_of_one_network_are_limited_at_every_front() {
    let app = strict().await;
    let peer = "192.0.2.7:1";
    let sign_up = credentials(&new_email(), PASSWORD);
    let made = from(&app, peer, "/api/v1/users", JSON, sign_up).await;
    assert_eq!(made.status, 201);
    let sign_up = || credentials(&new_email(), PASSWORD);
    let answer = from(&app, peer, "/api/v1/users", JSON, sign_up()).await;
    let problem = answer.refused(429, "too_many_tries");
    let words = "too many sign-ups from your network; try again in 60 seconds";
    assert_eq!(problem["detail"], words);
    let answer = from(&app, peer, "/user/signup", JSON, sign_up()).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()),
        (429, json!({ "detail": words }))
    );
    assert_eq!(answer.header("retry-after"), Some("60"));
    let other = from(&app, "192.0.2.8:1", "/user/signup", JSON, sign_up()).await;
    assert_eq!(other.status, 200);
}

/// RL01, RL03: what a client says of its own address changes nothing.
#[tokio::test]
async fn a_forwarded_address_of_a_client_gives_it_no_new_limit() {
    let limits = Limits {
        account_and_network: Rate::new(3, 300_000),
        ..Limits::default()
    };
    let app = TestApp::settled(|builder| builder.limits(limits)).await;
    let email = new_email();
    app.signed_in(&email).await;
    let peer = "192.0.2.7:4711";
    for number in 0..3 {
        let forwarded = format!("203.0.113.{number}");
        let body = credentials(&email, "wrong");
        let wrong = from_with(&app, peer, SESSIONS, JSON, body, Some(&forwarded)).await;
        wrong.refused(401, "wrong_credentials");
    }
    let body = credentials(&email, PASSWORD);
    let answer = from_with(&app, peer, SESSIONS, JSON, body, Some("203.0.113.99")).await;
    answer.refused(429, "too_many_tries");
}

/// Behind an unlisted proxy on this machine, all clients have one address.
#[tokio::test]
async fn behind_an_unlisted_proxy_only_the_account_is_limited() {
    let limits = Limits {
        network: Rate::new(2, 300_000),
        account_and_network: Rate::new(2, 300_000),
        ..Limits::default()
    };
    let app = TestApp::settled(|builder| builder.limits(limits)).await;
    let peer = "127.0.0.1:4711";
    for number in 0..5 {
        let body = credentials(&format!("user{number}@example.com"), "wrong");
        let wrong = from_with(&app, peer, SESSIONS, JSON, body, Some("203.0.113.9")).await;
        wrong.refused(401, "wrong_credentials");
    }
    for expected in [401, 401, 429] {
        let body = credentials("ada@example.com", "wrong");
        let answer = from(&app, peer, SESSIONS, JSON, body).await;
        assert_eq!(answer.status, expected, "without the header it is a client");
    }
}

/// RL06: the front compares addresses as the store does.
#[tokio::test]
async fn another_spelling_of_the_account_is_the_same_account() {
    let app = strict().await;
    for spelling in ["Ada@example.com", "ADA@EXAMPLE.COM", "%20ada@example.com"] {
        let answer = app.form("/api/v1/token", form(spelling, "wrong")).await;
        assert_eq!(answer.status, 400, "{spelling}");
    }
    let answer = app
        .form("/api/v1/token", form("ada@example.com", "wrong"))
        .await;
    assert_eq!(answer.status, 429);
}
