//! `/api/v1/me`.

mod account;
mod password;
mod security_events;
mod tokens;

use crate::test_app::TestApp;

const PATH: &str = "/api/v1/me";

mod show {
    use super::*;

    #[tokio::test]
    async fn success() {
        let app = TestApp::start().await;
        let token = app.signed_in("Ada@example.com").await;
        let answer = app.get(PATH, Some(&token)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let me = answer.json();
        let mut names: Vec<_> = me.as_object().expect("is an object").keys().collect();
        names.sort();
        assert_eq!(names, ["created_at", "email", "id", "name"]);
        assert_eq!(me["email"], "Ada@example.com");
        let id = app.user("ada@example.com").await.id.to_string();
        assert_eq!(me["id"], id);
    }

    #[tokio::test]
    async fn without_a_token_it_is_401_with_a_bare_challenge() {
        let app = TestApp::start().await;
        let answer = app.get(PATH, None).await;
        answer.refused(401, "not_authenticated");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }

    #[tokio::test]
    async fn a_disabled_user_is_refused_at_once() {
        let app = TestApp::start().await;
        let token = app.signed_in("ada@example.com").await;
        assert_eq!(app.get(PATH, Some(&token)).await.status, 200);
        let id = app.user("ada@example.com").await.id;
        app.app.guestlist.disable_user(id).await.expect("disables");
        let answer = app.get(PATH, Some(&token)).await;
        answer.refused(401, "invalid_token");
    }
}
