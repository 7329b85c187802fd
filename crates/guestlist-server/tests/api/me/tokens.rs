//! `/api/v1/me/tokens`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::test_app::{PASSWORD, TestApp};

const PATH: &str = "/api/v1/me/tokens";
const ME: &str = "/api/v1/me";
const ADA: &str = "ada@example.com";

fn new(name: &str, scope: &str, expires_in: u64) -> Value {
    json!({ "name": name, "scope": scope, "expires_in": expires_in })
}

async fn listed(app: &TestApp, token: &str) -> Vec<Value> {
    let list = app.get(PATH, Some(token)).await.json();
    list["items"].as_array().expect("is a list").clone()
}

#[tokio::test]
async fn a_token_is_shown_once_and_listed_without_its_secret() {
    let app = TestApp::start().await;
    let session = app.signed_in(ADA).await;
    let made = app
        .post(PATH, Some(&session), &new(" backup ", "read", 3_600))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let made = made.json();
    let token = made["token"].as_str().expect("is a string");
    assert!(token.starts_with("glp_"), "{token}");
    let shown = json!({
        "id": made["personal_token"]["id"], "name": "backup", "scope": "read",
        "created_at": "2026-11-21T00:00:00Z", "expires_at": "2026-11-21T01:00:00Z",
        "last_used_at": null,
    });
    assert_eq!(made["personal_token"], shown);
    assert_eq!(listed(&app, &session).await, [shown]);
    let list = app.get(PATH, Some(&session)).await.text();
    assert!(!list.contains(token));
    app.clock.advance(Duration::from_secs(120));
    assert_eq!(app.get(ME, Some(token)).await.json()["email"], ADA);
    app.app.purge().await.expect("purges");
    let used = listed(&app, &session).await;
    assert_eq!(used[0]["last_used_at"], "2026-11-21T00:02:00Z");
    app.clock.advance(Duration::from_secs(3_480));
    app.get(ME, Some(token)).await.refused(401, "invalid_token");
    assert!(listed(&app, &session).await.is_empty());
}

#[tokio::test]
async fn a_token_needs_a_recent_reauthentication_and_the_error_says_how() {
    let app = TestApp::start().await;
    let session = app.signed_in(ADA).await;
    app.clock.advance(Duration::from_secs(599));
    let make = async || {
        let wanted = new("backup", "write", 60);
        app.post(PATH, Some(&session), &wanted).await
    };
    assert_eq!(make().await.status, 201);
    app.clock.advance(Duration::from_secs(1));
    let refused = make().await.refused(403, "proof_required");
    let detail = refused["detail"].as_str().expect("is a string");
    assert!(
        detail.contains("sessions/current/reauthenticate"),
        "{detail}"
    );
    let password_form = json!({ "password": PASSWORD });
    let reauthenticated = app.post(
        "/api/v1/sessions/current/reauthenticate",
        Some(&session),
        &password_form,
    );
    assert_eq!(reauthenticated.await.status, 204);
    assert_eq!(make().await.status, 201);
    // Reauthentication counts for one session only.
    app.clock.advance(Duration::from_secs(600));
    let other = app.sign_in(ADA).await;
    make().await.refused(403, "proof_required");
    let wanted = new("backup", "write", 60);
    assert_eq!(app.post(PATH, Some(&other), &wanted).await.status, 201);
}

#[tokio::test]
async fn an_invalid_member_is_422_with_pointer_and_code() {
    let app = TestApp::start().await;
    let session = app.signed_in(ADA).await;
    for (body, pointer, code) in [
        (
            json!({ "name": "a", "scope": "read" }),
            "/expires_in",
            "required",
        ),
        (
            json!({ "name": "a", "expires_in": 60 }),
            "/scope",
            "required",
        ),
        (new("", "read", 60), "/name", "required"),
        (new("a\nb", "read", 60), "/name", "invalid"),
        (new(&"x".repeat(201), "read", 60), "/name", "too_long"),
        (new("a", "account", 60), "/scope", "type"),
        (new("a", "introspect", 60), "/scope", "type"),
        (new("a", "read write", 60), "/scope", "type"),
        (new("a", "read", 0), "/expires_in", "out_of_range"),
        (new("a", "read", 31_622_401), "/expires_in", "out_of_range"),
        (new("a", "read", u64::MAX), "/expires_in", "type"),
        (
            json!({ "name": "a", "scope": "read", "expires_in": -1 }),
            "/expires_in",
            "type",
        ),
        (
            json!({ "name": "a", "scope": "read", "expires_in": null }),
            "/expires_in",
            "type",
        ),
        (
            json!({ "name": "a", "scope": "read", "expires_in": 60, "user": "bob" }),
            "/user",
            "unknown",
        ),
    ] {
        let answer = app.post(PATH, Some(&session), &body).await;
        assert_eq!(
            answer.invalid(),
            [(pointer.to_owned(), code.to_owned())],
            "{body}"
        );
    }
    assert!(listed(&app, &session).await.is_empty());
    let longest = new("a", "read", 31_622_400);
    assert_eq!(app.post(PATH, Some(&session), &longest).await.status, 201);
}

#[tokio::test]
async fn a_user_revokes_own_tokens_at_once_and_no_tokens_of_others() {
    let app = TestApp::start().await;
    let bob = app.signed_in("bob@example.com").await;
    let bobs = app.personal_token(&bob, "write").await;
    let ada = app.signed_in(ADA).await;
    let own = app.personal_token(&ada, "write").await;
    assert_eq!(app.get(ME, Some(&own)).await.status, 200);
    let id = |token: &Value| token["id"].as_str().expect("is a string").to_owned();
    let own_id = id(&listed(&app, &ada).await[0]);
    let bobs_id = id(&listed(&app, &bob).await[0]);
    for id in [&own_id, &own_id, &bobs_id, "x", "%FF"] {
        let answer = app.delete(&format!("{PATH}/{id}"), Some(&ada)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body.len()),
            (204, 0),
            "{id}"
        );
    }
    app.get(ME, Some(&own)).await.refused(401, "invalid_token");
    assert_eq!(app.get(ME, Some(&bobs)).await.status, 200);
}

#[tokio::test]
async fn a_long_list_has_pages() {
    let app = TestApp::start().await;
    let session = app.signed_in(ADA).await;
    for _ in 0..3 {
        app.personal_token(&session, "read").await;
    }
    let first = app.get(&format!("{PATH}?limit=2"), Some(&session)).await;
    let next = first.json()["next"]
        .as_str()
        .expect("has a next page")
        .to_owned();
    let path = format!("{PATH}?limit=2&cursor={next}");
    let link = format!("<{path}>; rel=\"next\"");
    assert_eq!(first.header("link"), Some(link.as_str()));
    let last = app.get(&path, Some(&session)).await.json();
    assert_eq!(last["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(last["next"], Value::Null);
}

/// RFC 6750, section 3.1: the 403 names the required scope.
#[tokio::test]
async fn a_token_with_a_too_small_scope_gets_a_403_that_names_the_scope() {
    let app = TestApp::start().await;
    let session = app.signed_in(ADA).await;
    let reads = app.personal_token(&session, "read").await;
    let writes = app.personal_token(&session, "write").await;
    let event = json!({ "title": "Tea" });
    let refused = app.post("/api/v1/events", Some(&reads), &event).await;
    refused.refused(403, "insufficient_scope");
    assert_eq!(
        refused.header("www-authenticate"),
        Some("Bearer error=\"insufficient_scope\", scope=\"write\"")
    );
    assert_eq!(
        app.post("/api/v1/events", Some(&writes), &event)
            .await
            .status,
        201
    );
    let mine = app.get("/api/v1/events?mine=true", Some(&reads)).await;
    assert_eq!(mine.json()["items"].as_array().map(Vec::len), Some(1));
    for token in [&reads, &writes] {
        for answer in [
            app.get(PATH, Some(token)).await,
            app.post(PATH, Some(token), &new("more", "write", 60)).await,
            app.get("/api/v1/sessions", Some(token)).await,
        ] {
            answer.refused(403, "insufficient_scope");
            assert_eq!(
                answer.header("www-authenticate"),
                Some("Bearer error=\"insufficient_scope\", scope=\"account\"")
            );
        }
    }
    // The same at the address of the FastAPI book, with its errors.
    let launch =
        json!({ "title": "a", "image": "b", "description": "c", "tags": [], "location": "d" });
    let refused = app.post("/event/new", Some(&reads), &launch).await;
    assert_eq!(refused.status, 403);
    assert!(refused.json()["detail"].is_string(), "{refused:?}");
    assert_eq!(
        app.post("/event/new", Some(&writes), &launch).await.status,
        200
    );
}

#[tokio::test]
async fn above_the_quota_a_token_is_refused_until_one_is_revoked() {
    let app = TestApp::settled(|builder| builder.tokens_per_user(2)).await;
    let session = app.signed_in(ADA).await;
    let make = async || {
        app.post(PATH, Some(&session), &new("backup", "read", 3_600))
            .await
    };
    let first = make().await.json();
    assert_eq!(make().await.status, 201);
    let refused = make().await;
    let detail = refused.refused(403, "too_many_tokens")["detail"].to_string();
    assert!(
        detail.contains("2 personal access tokens") && detail.contains("revoke"),
        "{detail}"
    );
    let id = first["personal_token"]["id"].as_str().expect("is text");
    let gone = app.delete(&format!("{PATH}/{id}"), Some(&session)).await;
    assert_eq!(gone.status, 204, "{gone:?}");
    assert_eq!(make().await.status, 201);
}
