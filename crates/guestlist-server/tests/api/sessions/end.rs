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
async fn one_of_ones_own_ends_and_the_others_go_on() {
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

/// SE13: twice, unknown, no id at all, or another user's: one answer, and nobody is harmed.
#[tokio::test]
async fn what_is_not_ones_own_gets_the_same_answer_and_goes_on() {
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

/// The one that asks goes on under other tokens: what was stolen of it is dead, too.
#[tokio::test]
async fn all_others_end_and_the_one_that_asks_is_replaced() {
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
async fn personal_tokens_end_with_the_others_only_if_that_is_asked_for() {
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
    assert_eq!(refused.status, 403, "by a personal token");
    assert!(opens().await);
    let new = app.delete(&path, Some(&new.access)).await.tokens();
    assert!(!opens().await);
    let listed = app.get("/api/v1/me/tokens", Some(&new.access)).await;
    assert_eq!(listed.json()["items"], Value::Array(vec![]));
}

#[tokio::test]
async fn the_books_session_is_replaced_by_one_without_a_refresh_token() {
    let app = TestApp::start().await;
    app.signed_in(ADA).await;
    let form = format!("username={ADA}&password={}", crate::test_app::PASSWORD);
    let book = app.form("/user/signin", form).await.json();
    let token = book["access_token"].as_str();
    let replaced = app.delete(PATH, token).await;
    assert_eq!(replaced.status, 200, "{replaced:?}");
    let replaced = replaced.json();
    assert_eq!(replaced["refresh_token"], Value::Null);
    let token = replaced["access_token"].as_str();
    assert_eq!(app.get(ME, token).await.status, 200);
}
