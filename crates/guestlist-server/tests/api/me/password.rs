//! `PUT /api/v1/me/password`.

use guestlist::Strategy;
use serde_json::{Value, json};

use crate::test_app::{PASSWORD, TestApp};

const PATH: &str = "/api/v1/me/password";
const ME: &str = "/api/v1/me";
const ADA: &str = "ada@example.com";
const NEW: &str = "quite another one";

fn change(current: &str, new: &str) -> Value {
    json!({ "current_password": current, "new_password": new })
}

#[tokio::test]
async fn a_new_password_ends_all_sessions_and_tokens() {
    for strategy in [Strategy::Database, Strategy::Jwt] {
        let app = TestApp::handing_out(strategy).await;
        app.signed_in(ADA).await;
        let (here, there) = (app.open(ADA).await, app.open(ADA).await);
        let personal = app.personal_token(&here.access, "write").await;
        let answer = app
            .put(PATH, Some(&here.access), &change(PASSWORD, NEW))
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.json()["session"]["current"], true);
        let new = answer.tokens();
        for old in [&here.access, &there.access, &personal] {
            app.get(ME, Some(old)).await.refused(401, "invalid_token");
        }
        for old in [&here, &there] {
            assert_eq!(app.refresh(&old.refresh).await.status, 400);
        }
        assert_eq!(app.get(ME, Some(&new.access)).await.status, 200);
        assert_eq!(app.refresh(&new.refresh).await.status, 200);
        for (password, status) in [(PASSWORD, 401), (NEW, 201)] {
            let credentials = json!({ "email": ADA, "password": password });
            let answer = app.post("/api/v1/sessions", None, &credentials).await;
            assert_eq!(answer.status, status, "{password}");
        }
    }
}

#[tokio::test]
async fn a_refused_change_changes_nothing() {
    let app = TestApp::start().await;
    let token = app.signed_in(ADA).await;
    for current in ["wrong password", "", NEW] {
        let answer = app.put(PATH, Some(&token), &change(current, NEW)).await;
        answer.refused(403, "wrong_password");
    }
    for (new, code) in [("short", "too_short"), (ADA, "same_as_email")] {
        let answer = app.put(PATH, Some(&token), &change(PASSWORD, new)).await;
        let expected = [("/new_password".to_owned(), code.to_owned())];
        assert_eq!(answer.invalid(), expected, "{new}");
    }
    let answer = app.put(PATH, Some(&token), &json!({})).await;
    assert_eq!(
        answer.invalid(),
        ["/current_password", "/new_password"]
            .map(|pointer| (pointer.to_owned(), "required".to_owned()))
    );
    app.put(PATH, None, &change(PASSWORD, NEW))
        .await
        .refused(401, "not_authenticated");
    assert_eq!(app.get(ME, Some(&token)).await.status, 200);
    app.sign_in(ADA).await;
}
