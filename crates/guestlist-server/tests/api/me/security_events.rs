//! `/api/v1/me/security-events`.

use std::{net::SocketAddr, time::Duration};

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request},
};
use serde_json::{Value, json};

use crate::test_app::{Answer, PASSWORD, TestApp};

const PATH: &str = "/api/v1/me/security-events";
const ADA: &str = "ada@example.com";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0";

async fn events(app: &TestApp, token: &str) -> Vec<Value> {
    app.app.guestlist.finish_events().await;
    let answer = app.get(PATH, Some(token)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()["items"]
        .as_array()
        .expect("is a list")
        .clone()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    let kinds = events.iter().map(|event| event["kind"].as_str());
    kinds.map(|kind| kind.expect("is a text")).collect()
}

async fn sign_in_with(app: &TestApp, password: &str, headers: &[(&str, &str)]) -> Answer {
    let body = json!({ "email": ADA, "password": password }).to_string();
    let json = ("content-type", "application/json");
    let headers = [headers, &[json]].concat();
    app.with_headers(Method::POST, "/api/v1/sessions", &headers, body)
        .await
}

#[tokio::test]
async fn a_sign_in_and_a_wrong_password_are_listed_with_their_device() {
    let app = TestApp::start().await;
    let token = app.signed_in(ADA).await;
    for (password, status) in [("wrong password", 401), (PASSWORD, 201)] {
        let answer = sign_in_with(&app, password, &[("user-agent", FIREFOX)]).await;
        assert_eq!(answer.status, status);
        app.app.guestlist.finish_events().await;
    }
    let events = events(&app, &token).await;
    let expected = ["sign_in", "sign_in_refused", "sign_in", "signed_up"];
    assert_eq!(kinds(&events), expected);
    let refused = &events[1];
    assert_eq!(refused["actor"], "user");
    assert_eq!(refused["device"], FIREFOX);
    assert_eq!(refused["details"], json!({ "reason": "wrong_password" }));
    assert_eq!(refused["times"], 1);
    assert_eq!(refused["at"], "2026-11-21T00:00:00Z");
    assert_eq!(refused["last_at"], refused["at"]);
    assert_eq!(refused["address_is_proxy"], false);
    assert_eq!(events[0]["details"]["how"], "password");
}

/// An entry of another account would tell what its user does.
#[tokio::test]
async fn only_the_own_events_are_listed() {
    let app = TestApp::start().await;
    let token = app.signed_in(ADA).await;
    let other = app.signed_in("other@example.com").await;
    let theirs = events(&app, &other).await;
    let cursor = theirs[0]["id"].as_str().expect("is a text");
    let page = app
        .get(&format!("{PATH}?cursor={cursor}"), Some(&token))
        .await;
    let page = page.json();
    assert_eq!(page["items"], json!(events(&app, &token).await));
}

#[tokio::test]
async fn the_list_goes_on_page_by_page() {
    let app = TestApp::start().await;
    let token = app.signed_in(ADA).await;
    for name in ["a", "b", "c"] {
        let body = json!({ "name": name }).to_string();
        app.json(Method::PATCH, "/api/v1/me", Some(&token), body)
            .await;
    }
    let all = events(&app, &token).await;
    assert_eq!(all.len(), 5);
    let (mut found, mut path) = (Vec::new(), format!("{PATH}?limit=2"));
    loop {
        let answer = app.get(&path, Some(&token)).await;
        let page = answer.json();
        found.extend(page["items"].as_array().expect("is a list").clone());
        let Some(next) = page["next"].as_str() else {
            break;
        };
        assert_eq!(found.len() % 2, 0);
        path = format!("{PATH}?limit=2&cursor={next}");
        let link = format!("<{path}>; rel=\"next\"");
        assert_eq!(answer.header("link"), Some(&*link));
    }
    assert_eq!(found, all);
    for (query, code) in [
        ("limit=0", "invalid_parameter"),
        ("limit=101", "invalid_parameter"),
        ("cursor=x", "invalid_parameter"),
        ("before=x", "unknown_parameter"),
        ("limit=1&limit=1", "invalid_parameter"),
    ] {
        let answer = app.get(&format!("{PATH}?{query}"), Some(&token)).await;
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.json()["code"], code, "{query}");
    }
}

/// A stranger who knows the address may try passwords.
#[tokio::test]
async fn many_wrong_passwords_are_counted_in_one_entry() {
    let app = TestApp::start().await;
    let token = app.signed_in(ADA).await;
    for _ in 0..15 {
        app.clock.advance(Duration::from_secs(1));
        sign_in_with(&app, "wrong password", &[]).await;
        app.app.guestlist.finish_events().await;
    }
    let events = events(&app, &token).await;
    let refused: Vec<_> = events
        .iter()
        .filter(|event| event["kind"] == "sign_in_refused")
        .collect();
    assert_eq!(refused.len(), 10);
    assert_eq!(refused[0]["times"], 6);
    assert_eq!(refused[0]["last_at"], "2026-11-21T00:00:15Z");
    assert_eq!(refused[1]["times"], 1);
}

/// Behind a proxy that is not trusted, every visitor has the proxy's address (SpiderOak/netkes#65).
#[tokio::test]
async fn an_entry_says_that_its_address_is_that_of_a_proxy() {
    let peer = SocketAddr::from(([127, 0, 0, 1], 4_711));
    for (trusted, address, is_proxy) in [
        ("", "127.0.0.1", true),
        ("127.0.0.1/32", "203.0.113.9", false),
    ] {
        let app = TestApp::start().await;
        let app = match trusted {
            "" => app,
            trusted => app.behind(trusted),
        };
        let token = app.signed_in(ADA).await;
        let body = json!({ "email": ADA, "password": PASSWORD }).to_string();
        let request = Request::post("/api/v1/sessions")
            .header("content-type", "application/json")
            .header("x-forwarded-for", "203.0.113.9")
            .extension(ConnectInfo(peer))
            .body(Body::from(body));
        let answer = app.send(request.expect("is a request")).await;
        assert_eq!(answer.status, 201);
        let events = events(&app, &token).await;
        assert_eq!(events[0]["address"], address);
        assert_eq!(events[0]["address_is_proxy"], is_proxy);
        assert!(events[0]["details"]["address_of"].is_null());
        assert_eq!(events[1]["address_is_proxy"], false, "without the header");
    }
}

/// The user learns that an administrator acted, and not which one.
#[tokio::test]
async fn an_administrators_id_is_not_shown() {
    let app = TestApp::start().await;
    let token = app.signed_in(ADA).await;
    let user = app.user(ADA).await.id;
    let admin = app.user(ADA).await.id;
    let acting = app.app.guestlist.acting_as(guestlist::Actor::Admin(admin));
    acting.enable_user(user).await.expect("enables");
    let events = events(&app, &token).await;
    assert_eq!(events[0]["kind"], "enabled");
    assert_eq!(events[0]["actor"], "admin");
    assert!(!events[0].to_string().contains(&admin.to_string()));
}
