//! `PATCH`, `DELETE /api/v1/me` and `GET /api/v1/me/export`.

use std::time::Duration;

use axum::http::Method;
use guestlist::NewInvitation;
use serde_json::{Value, json};

use crate::{
    second_factor::Enrolled,
    test_app::{Answer, PASSWORD, TestApp},
};

const PATH: &str = "/api/v1/me";
const EXPORT: &str = "/api/v1/me/export";
const ADA: &str = "ada@example.com";

async fn patch(app: &TestApp, token: &str, body: &Value) -> Answer {
    app.json(Method::PATCH, PATH, Some(token), body.to_string())
        .await
}

/// The kinds of the security events in an export.
fn kinds(export: &Value) -> Vec<&str> {
    let events = export["security_events"].as_array().expect("is a list");
    let kinds = events.iter().map(|event| event["kind"].as_str());
    kinds.map(|kind| kind.expect("is a text")).collect()
}

#[tokio::test]
async fn the_name_is_changed_kept_and_removed() {
    let app = TestApp::start().await;
    let token = app.signed_in(ADA).await;
    for (body, name) in [
        (json!({ "name": " Ada Lovelace " }), json!("Ada Lovelace")),
        (json!({}), json!("Ada Lovelace")),
        (json!({ "name": null }), Value::Null),
    ] {
        let answer = patch(&app, &token, &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.json()["name"], name, "{body}");
        assert_eq!(app.get(PATH, Some(&token)).await.json(), answer.json());
    }
}

#[tokio::test]
async fn an_invalid_name_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    let token = app.signed_in(ADA).await;
    patch(&app, &token, &json!({ "name": "Ada" })).await;
    for name in [
        json!(""),
        json!("ceo@bigcorp.example"),
        json!("a\nb"),
        json!("x".repeat(201)),
        json!("\u{202e}evil"),
        json!(1),
        json!(["Ada"]),
    ] {
        let answer = patch(&app, &token, &json!({ "name": name })).await;
        assert_eq!(answer.status, 422, "{name}: {answer:?}");
        assert_eq!(answer.invalid()[0].0, "/name", "{name}");
    }
    for body in [
        json!({ "email": "b@example.com" }),
        json!({ "role": "admin" }),
    ] {
        assert_eq!(patch(&app, &token, &body).await.status, 422, "{body}");
    }
    assert_eq!(app.get(PATH, Some(&token)).await.json()["name"], "Ada");
}

#[tokio::test]
async fn a_deleted_account_takes_everything_along() {
    let app = TestApp::start().await;
    let token = app.signed_in(ADA).await;
    let id = app.user(ADA).await.id;
    let personal = app.personal_token(&token, "write").await;
    let event = json!({ "title": "Tea" });
    let made = app.post("/api/v1/events", Some(&token), &event).await;
    let event = made.header("location").expect("has one").to_owned();

    let refused = app.delete(PATH, Some(&token)).await;
    let refused = refused.refused(409, "has_events");
    let detail = refused["detail"].as_str().expect("is a text");
    assert!(detail.contains("?events=delete"), "{detail}");
    for (query, code) in [
        ("?events=keep", "invalid_parameter"),
        ("?events=", "invalid_parameter"),
        ("?event=delete", "unknown_parameter"),
        ("?events=delete&events=delete", "invalid_parameter"),
    ] {
        let answer = app.delete(&format!("{PATH}{query}"), Some(&token)).await;
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.json()["code"], code, "{query}");
    }
    assert_eq!(app.get(&event, None).await.status, 200);

    let deleted = app
        .delete(&format!("{PATH}?events=delete"), Some(&token))
        .await;
    assert_eq!(deleted.status, 204, "{deleted:?}");
    for token in [&token, &personal] {
        let gone = app.get(PATH, Some(token)).await;
        gone.refused(401, "invalid_token");
    }
    assert_eq!(app.get(&event, None).await.status, 404);
    let left = app
        .app
        .guestlist
        .list_security_events_of(id, None, 10)
        .await;
    assert!(left.expect("lists").is_empty());
    // The address is free again.
    app.signed_in(ADA).await;
}

#[tokio::test]
async fn an_account_without_events_needs_no_word_about_them() {
    let app = TestApp::start().await;
    let token = app.signed_in(ADA).await;
    let deleted = app.delete(PATH, Some(&token)).await;
    assert_eq!(deleted.status, 204, "{deleted:?}");
    let again = app.delete(PATH, Some(&token)).await;
    again.refused(401, "invalid_token");
}

#[tokio::test]
async fn deleting_needs_a_recent_reauthentication() {
    let app = TestApp::start().await;
    let token = app.signed_in(ADA).await;
    app.clock.advance(Duration::from_secs(600));
    let refused = app.delete(PATH, Some(&token)).await;
    refused.refused(403, "proof_required");
    let password = json!({ "password": PASSWORD });
    let path = "/api/v1/sessions/current/reauthenticate";
    let reauthenticated = app.post(path, Some(&token), &password);
    assert_eq!(reauthenticated.await.status, 204);
    assert_eq!(app.delete(PATH, Some(&token)).await.status, 204);
}

#[tokio::test]
async fn the_export_is_the_one_of_the_page() {
    let app = TestApp::start().await;
    let token = app.signed_in(ADA).await;
    patch(&app, &token, &json!({ "name": "Ada" })).await;
    app.personal_token(&token, "read").await;
    app.post("/api/v1/events", Some(&token), &json!({ "title": "Tea" }))
        .await;
    // Another user's data is in no export.
    let other = app.signed_in("other@example.com").await;
    app.post(
        "/api/v1/events",
        Some(&other),
        &json!({ "title": "Secret" }),
    )
    .await;

    let answer = app.get(EXPORT, Some(&token)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let text = answer.text();
    assert!(!text.contains("other@example.com") && !text.contains("Secret"));
    assert!(!text.contains("$argon2"), "{text}");
    let data = answer.json();
    let members: Vec<_> = data.as_object().expect("is an object").keys().collect();
    let expected = [
        "user",
        "name",
        "second_factor",
        "sessions",
        "personal_tokens",
        "invitations",
        "messages",
        "security_events",
        "events",
    ];
    assert_eq!(members, expected);
    assert_eq!(data["user"]["email"], ADA);
    assert_eq!(data["name"], "Ada");
    let mut kinds = kinds(&data);
    // The export itself may be in it.
    kinds.retain(|kind| *kind != "exported");
    let expected = ["token_made", "name_changed", "sign_in", "signed_up"];
    assert_eq!(kinds, expected);

    let held = app.browsing(ADA).await;
    let headers = [("cookie", &*held.cookie)];
    let page = app
        .with_headers(Method::GET, "/account/data.json", &headers, "")
        .await;
    let of_page = page.json();
    for member in ["user", "name", "personal_tokens", "events"] {
        assert_eq!(of_page[member], data[member], "{member}");
    }
    assert!(self::kinds(&of_page).contains(&"exported"));
}

/// What the account has besides sessions, tokens and events, and no secret of it.
#[tokio::test]
async fn the_export_has_the_second_factor_the_invitations_and_the_mails() {
    let app = TestApp::start().await;
    let user = Enrolled::new(&app).await;
    let guestlist = &app.app.guestlist;
    let id = app.user(&user.email).await.id;
    let mut links = Vec::new();
    for created_by in [Some(id), None] {
        let new = NewInvitation {
            note: None,
            email: None,
            uses: 1,
            valid_for: NewInvitation::VALID,
            send: false,
        };
        let made = guestlist.make_invitation(created_by, new).await;
        links.push(made.expect("makes").link.expose().to_owned());
    }
    let reset = guestlist.make_reset_link(id).await.expect("makes");
    links.push(reset.token.expose().to_owned());
    let export = app.get(EXPORT, Some(&user.access)).await;
    let text = export.text();
    let codes = user.codes.iter().map(|code| code.expose().to_string());
    for secret in links.into_iter().chain(codes) {
        assert!(!text.contains(&secret), "{text}");
    }
    for word in ["secret", "salt", "hash"] {
        assert!(!text.contains(word), "{word}: {text}");
    }
    let data = export.json();
    let factor = &data["second_factor"];
    assert_eq!(factor["kind"], "totp");
    assert_eq!(factor["recovery_codes_left"], 10);
    assert!(
        factor["since"].is_string() && factor["last_used_at"].is_string(),
        "{factor}"
    );
    let invitations = data["invitations"].as_array().expect("is a list");
    assert_eq!(invitations.len(), 1, "{invitations:?}");
    assert_eq!(invitations[0]["created_by"], json!(id.to_string()));
    let messages = data["messages"].as_array().expect("is a list");
    assert!(!messages.is_empty(), "{text}");
    for message in messages {
        assert_eq!(message["to"], json!(user.email));
    }
}

#[tokio::test]
async fn a_long_export_has_every_security_event() {
    let app = TestApp::start().await;
    let token = app.signed_in(ADA).await;
    for number in 0..120 {
        // Beyond a hundred an hour they would be counted.
        app.clock.advance(Duration::from_secs(60));
        let name = json!({ "name": format!("Ada {number}") });
        assert_eq!(patch(&app, &token, &name).await.status, 200);
    }
    let data = app.get(EXPORT, Some(&token)).await.json();
    let mut kinds = kinds(&data);
    kinds.retain(|kind| *kind == "name_changed");
    assert_eq!(kinds.len(), 120);
}

/// Password managers look for this address (W3C, A Well-Known URL for Changing Passwords).
#[tokio::test]
async fn the_well_known_address_leads_to_the_page() {
    let app = TestApp::start().await;
    let answer = app.get("/.well-known/change-password", None).await;
    assert!([302, 303].contains(&answer.status.as_u16()), "{answer:?}");
    assert_eq!(answer.header("location"), Some("/account/password"));
}

/// Otherwise a site could be left without one, and an old setup link would work again.
#[tokio::test]
async fn an_administrator_does_not_delete_the_own_account() {
    let app = TestApp::start().await;
    let token = app.administrator(ADA).await;
    let path = format!("{PATH}?events=delete");
    let refused = app.delete(&path, Some(&token)).await;
    refused.refused(403, "own_account");
    assert_eq!(app.get(PATH, Some(&token)).await.status, 200);
}
