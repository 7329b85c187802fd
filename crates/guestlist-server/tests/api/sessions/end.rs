//! `DELETE /api/v1/sessions/{id}` and `DELETE /api/v1/sessions`.

use guestlist::Strategy;
use serde_json::Value;

use super::{ADA, PATH};
use crate::test_app::TestApp;

const ME: &str = "/api/v1/me";

async fn ids(app: &TestApp, token: &str) -> Vec<String> {
    let list = app.get(PATH, Some(token)).await.json();
    let items = list["items"].as_array().expect("is a list");
    let id = |session: &Value| session["id"].as_str().expect("is a string").to_owned();
    items.iter().map(id).collect()
}

#[tokio::test]
async fn a_user_ends_one_own_session_and_the_others_continue() {
    for strategy in [Strategy::Database, Strategy::Jwt] {
        let app = TestApp::handing_out(strategy).await;
        app.signed_in(ADA).await;
        let (here, there) = (app.open(ADA).await, app.open(ADA).await);
        assert_eq!(app.get(ME, Some(&there.access)).await.status, 200);
        let id = ids(&app, &here.access).await.pop().expect("is there");
        let answer = app
            .delete(&format!("{PATH}/{id}"), Some(&here.access))
            .await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
        app.get(ME, Some(&there.access))
            .await
            .refused(401, "invalid_token");
        assert_eq!(app.refresh(&there.refresh).await.status, 400);
        assert_eq!(app.get(ME, Some(&here.access)).await.status, 200);
        assert_eq!(ids(&app, &here.access).await.len(), 2);
    }
}

/// SE13: an ended session, an unknown id, a malformed id and another user's session get the same
/// response, and no other user's session ends.
#[tokio::test]
async fn ending_a_session_of_another_user_gets_the_same_response_and_ends_nothing() {
    let app = TestApp::start().await;
    let bob = app.signed_in("bob@example.com").await;
    let ada = app.signed_in(ADA).await;
    let other = app.sign_in(ADA).await;
    let bobs = ids(&app, &bob).await.remove(0);
    let own = ids(&app, &ada).await.remove(1);
    let unknown = guestlist::SessionId::new(guestlist::Timestamp::from_millis(0)).to_string();
    for id in [&own, &own, &bobs, &unknown, "x", "%FF", "CURRENT"] {
        let answer = app.delete(&format!("{PATH}/{id}"), Some(&ada)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body.len()),
            (204, 0),
            "{id}"
        );
    }
    assert_eq!(app.get(ME, Some(&bob)).await.status, 200);
    assert_eq!(app.get(ME, Some(&ada)).await.status, 200);
    app.get(ME, Some(&other))
        .await
        .refused(401, "invalid_token");
}

/// The calling session continues with new tokens, so that copied tokens of it are invalid, too.
#[tokio::test]
async fn all_other_sessions_end_and_the_calling_session_gets_new_tokens() {
    for strategy in [Strategy::Database, Strategy::Jwt] {
        let app = TestApp::handing_out(strategy).await;
        let bob = app.signed_in("bob@example.com").await;
        app.signed_in(ADA).await;
        let (here, there) = (app.open(ADA).await, app.open(ADA).await);
        let answer = app.delete(PATH, Some(&here.access)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.json()["session"]["current"], true);
        let new = answer.tokens();
        for old in [&here, &there] {
            app.get(ME, Some(&old.access))
                .await
                .refused(401, "invalid_token");
            assert_eq!(app.refresh(&old.refresh).await.status, 400);
        }
        assert_eq!(ids(&app, &new.access).await.len(), 1);
        assert_eq!(app.refresh(&new.refresh).await.status, 200);
        assert_eq!(app.get(ME, Some(&bob)).await.status, 200);
    }
}

#[tokio::test]
async fn personal_access_tokens_end_only_with_the_query_parameter() {
    let app = TestApp::start().await;
    let access = app.signed_in(ADA).await;
    let token = app.personal_token(&access, "read").await;
    let opens = async || app.get(ME, Some(&token)).await.status == 200;
    for (query, code) in [
        ("?tokens=revoke", "unknown_parameter"),
        ("?personal_tokens=", "invalid_parameter"),
        ("?personal_tokens=keep", "invalid_parameter"),
        (
            "?personal_tokens=revoke&personal_tokens=revoke",
            "invalid_parameter",
        ),
        ("?personal_tokens=%ff", "invalid_parameter"),
    ] {
        let refused = app.delete(&format!("{PATH}{query}"), Some(&access)).await;
        refused.refused(400, code);
    }
    let new = app.delete(PATH, Some(&access)).await.tokens();
    assert!(opens().await);
    let path = format!("{PATH}?personal_tokens=revoke");
    let refused = app.delete(&path, Some(&token)).await;
    assert_eq!(refused.status, 403, "with a personal access token");
    assert!(opens().await);
    let new = app.delete(&path, Some(&new.access)).await.tokens();
    assert!(!opens().await);
    let listed = app.get("/api/v1/me/tokens", Some(&new.access)).await;
    assert_eq!(listed.json()["items"], Value::Array(vec![]));
}

#[tokio::test]
async fn a_session_of_a_compat_address_is_replaced_without_a_refresh_token() {
    let app = TestApp::start().await;
    app.signed_in(ADA).await;
    let form = format!("username={ADA}&password={}", crate::test_app::PASSWORD);
    let compat = app.form("/user/signin", form).await.json();
    let token = compat["access_token"].as_str();
    let replaced = app.delete(PATH, token).await;
    assert_eq!(replaced.status, 200, "{replaced:?}");
    let replaced = replaced.json();
    assert_eq!(replaced["refresh_token"], Value::Null);
    let token = replaced["access_token"].as_str();
    assert_eq!(app.get(ME, token).await.status, 200);
}
