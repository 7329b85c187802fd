//! The creator of an event as others see it: a name. An e-mail address is shown only where the
//! FastAPI book requires it.

use serde_json::{Value, json};

use crate::test_app::{PASSWORD, TestApp};

const ADDRESS: &str = "ceo@bigcorp.example";

/// Creates a user with this address and name, and a public event. Returns a token and the event's
/// id.
async fn creator(app: &TestApp, email: &str, name: Option<&str>) -> (String, String) {
    let new = json!({ "email": email, "password": PASSWORD, "name": name });
    let signed_up = app.post("/api/v1/users", None, &new).await;
    assert_eq!(signed_up.status, 201, "{signed_up:?}");
    assert_eq!(signed_up.json()["name"], json!(name));
    let token = app.sign_in(email).await;
    let tea = json!({ "title": "Tea", "tags": ["tea"], "start_date": "2026-12-01" });
    let made = app.post("/api/v1/events", Some(&token), &tea).await;
    assert_eq!(made.json()["creator_name"], name.unwrap_or("a member"));
    let id = made.json()["id"].as_str().expect("is a text").to_owned();
    (token, id)
}

/// A user may sign up with an e-mail address of another person.
#[tokio::test]
async fn a_public_server_shows_no_creators_email_address() {
    let app = TestApp::start().await.showing_names();
    let (ceo, event) = creator(&app, ADDRESS, None).await;
    let (_, adas) = creator(&app, "ada@corp.example", Some("Ada Lovelace")).await;
    let bob = app.signed_in("bob@home.example").await;
    for token in [None, Some(bob.as_str())] {
        for (path, name) in [
            (format!("/api/v1/events/{event}"), "a member"),
            (format!("/api/v1/events/{adas}"), "Ada Lovelace"),
            (format!("/event/{event}"), "a member"),
            (format!("/event/{adas}"), "Ada Lovelace"),
            ("/api/v1/events?tag=tea".to_owned(), "Ada Lovelace"),
            ("/event/".to_owned(), "Ada Lovelace"),
            (format!("/events/{event}"), "a member"),
            (format!("/events/{adas}"), "Ada Lovelace"),
            (format!("/events/{event}.ics"), "Tea"),
            ("/events".to_owned(), "Tea"),
        ] {
            // Pages do not accept a bearer token.
            if path.starts_with("/events") && token.is_some() {
                continue;
            }
            let answer = app.get(&path, token).await;
            assert_eq!(answer.status, 200, "{path} {answer:?}");
            let text = answer.text();
            assert!(text.contains(name), "{path} {text}");
            for part in ["bigcorp", "ceo", "ada@", "corp.example"] {
                assert!(!text.contains(part), "{path} {part} {text}");
            }
        }
    }
    let change = json!({ "title": "Coffee" });
    let path = format!("/event/{event}");
    let changed = app.put(&path, Some(&ceo), &change).await;
    assert_eq!(changed.json()["creator"], "a member");
}

/// A default start is private, and follows the FastAPI book exactly.
#[tokio::test]
async fn on_a_private_server_the_compat_addresses_show_the_creators_email_address() {
    let app = TestApp::start().await;
    let (token, event) = creator(&app, ADDRESS, Some("Ada")).await;
    let path = format!("/event/{event}");
    let change = json!({ "title": "Coffee" });
    let changed = app.put(&path, Some(&token), &change).await;
    for shown in [app.get(&path, None).await, changed] {
        assert_eq!(shown.json()["creator"], ADDRESS);
    }
    let list = app.get("/event/", None).await;
    assert_eq!(list.json()[0]["creator"], ADDRESS);
    let api = app.get(&format!("/api/v1/events/{event}"), None).await;
    assert_eq!(api.json()["creator_name"], "Ada");
    assert!(!api.text().contains("bigcorp"), "{api:?}");
}

#[tokio::test]
async fn a_name_must_be_one_visible_line_and_no_email_address() {
    let app = TestApp::start().await;
    for (name, code) in [
        (json!(""), "required"),
        (json!(" \u{3000}"), "required"),
        (json!("\u{200b}"), "required"),
        (json!("\u{3164}"), "required"),
        (json!(ADDRESS), "invalid"),
        (json!("ceo＠bigcorp.example"), "invalid"),
        (json!("Ada\u{202e}ecalevoL"), "invalid"),
        (json!("Ada\nLovelace"), "invalid"),
        (json!("a".repeat(201)), "too_long"),
    ] {
        let new = json!({ "email": "new@example.com", "password": PASSWORD, "name": name });
        let refused = app.post("/api/v1/users", None, &new).await;
        let expected = [("/name".to_owned(), code.to_owned())];
        assert_eq!(refused.invalid(), expected, "{name}");
    }
    for name in [Value::Null, json!("علی\u{200c}رضا 👩\u{200d}🚀")] {
        let email = format!("new{}@example.com", name.is_null());
        let new = json!({ "email": email, "password": PASSWORD, "name": name });
        let made = app.post("/api/v1/users", None, &new).await;
        assert_eq!((made.status.as_u16(), &made.json()["name"]), (201, &name));
        let token = app.sign_in(&email).await;
        let me = app.get("/api/v1/me", Some(&token)).await;
        assert_eq!(me.json()["name"], name);
    }
}
