//! `/api/v1/users`.

use serde_json::json;

use crate::test_app::{PASSWORD, TestApp, new_email};

const PATH: &str = "/api/v1/users";

mod sign_up {
    use super::*;

    #[tokio::test]
    async fn success() {
        let app = TestApp::start().await;
        let body = json!({ "email": "Reader@packt.com", "password": PASSWORD });
        let answer = app.post(PATH, None, &body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let user = answer.json();
        assert_eq!(user.as_object().map(serde_json::Map::len), Some(4));
        assert_eq!(user["email"], "Reader@packt.com");
        assert_eq!(user["created_at"], "2026-11-21T00:00:00Z");
    }

    #[tokio::test]
    async fn the_location_is_the_address_of_the_new_user() {
        let app = TestApp::start().await;
        let body = json!({ "email": "reader@packt.com", "password": PASSWORD });
        let signed_up = app.post(PATH, None, &body).await;
        let location = signed_up.header("location").expect("is there").to_owned();
        let id = signed_up.json()["id"].clone();
        assert_eq!(
            location,
            format!("{PATH}/{}", id.as_str().expect("is a string"))
        );
        let token = app.sign_in("reader@packt.com").await;
        let found = app.get(&location, Some(&token)).await;
        assert_eq!(found.status, 200);
        assert_eq!(found.json(), signed_up.json());
    }

    #[tokio::test]
    async fn a_taken_email_address_is_409_in_any_letter_case() {
        let app = TestApp::start().await;
        app.signed_in("ada@example.com").await;
        for email in ["ada@example.com", "ADA@Example.COM", " ada@example.com\t"] {
            let body = json!({ "email": email, "password": PASSWORD });
            app.post(PATH, None, &body)
                .await
                .refused(409, "email_taken");
        }
    }

    #[tokio::test]
    async fn an_invalid_member_is_422_with_pointer_and_code() {
        let app = TestApp::start().await;
        for (body, pointer, code) in [
            (json!({ "email": "a@example.com" }), "/password", "required"),
            (json!({ "password": PASSWORD }), "/email", "required"),
            (
                json!({ "email": "", "password": PASSWORD }),
                "/email",
                "required",
            ),
            (
                json!({ "email": "no address", "password": PASSWORD }),
                "/email",
                "invalid",
            ),
            (
                json!({ "email": format!("{}@example.com", "a".repeat(65)), "password": PASSWORD }),
                "/email",
                "too_long",
            ),
            (
                json!({ "email": 42, "password": PASSWORD }),
                "/email",
                "type",
            ),
            (
                json!({ "email": "a@example.com", "password": null }),
                "/password",
                "type",
            ),
            (
                json!({ "email": "a@example.com", "password": "short" }),
                "/password",
                "too_short",
            ),
            (
                json!({ "email": "a@example.com", "password": "x".repeat(2_000) }),
                "/password",
                "too_long",
            ),
            (
                json!({ "email": "a@example.com", "password": "Password123" }),
                "/password",
                "too_common",
            ),
            (
                json!({ "email": "a@example.com", "password": "zzzzzzzzzz" }),
                "/password",
                "one_character",
            ),
            (
                json!({ "email": "a@example.com", "password": "A@example.com" }),
                "/password",
                "same_as_email",
            ),
            (
                json!({ "email": "a@example.com", "password": PASSWORD, "admin": true }),
                "/admin",
                "unknown",
            ),
        ] {
            let answer = app.post(PATH, None, &body).await;
            assert_eq!(
                answer.invalid(),
                [(pointer.to_owned(), code.to_owned())],
                "{body}"
            );
        }
        let body = json!({ "email": "a@example.com", "password": PASSWORD });
        assert_eq!(app.post(PATH, None, &body).await.status, 201);
    }
}

mod show {
    use super::*;

    #[tokio::test]
    async fn a_user_sees_their_own_record() {
        let app = TestApp::start().await;
        let token = app.signed_in("ada@example.com").await;
        let id = app.user("ada@example.com").await.id;
        let answer = app.get(&format!("{PATH}/{id}"), Some(&token)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["email"], "ada@example.com");
        assert_eq!(answer.json()["id"], id.to_string());
    }

    /// SE07
    #[tokio::test]
    async fn another_users_id_an_unknown_id_and_a_malformed_id_get_the_same_404() {
        let app = TestApp::start().await;
        let token = app.signed_in(&new_email()).await;
        app.signed_in("bob@example.com").await;
        let bob = app.user("bob@example.com").await.id;
        let unknown = guestlist::UserId::new(guestlist::Timestamp::from_millis(0));
        let mut answers = Vec::new();
        for id in [bob.to_string(), unknown.to_string(), "1".to_owned()] {
            let answer = app.get(&format!("{PATH}/{id}"), Some(&token)).await;
            let mut body = answer.refused(404, "not_found");
            for name in ["instance", "request_id"] {
                body[name].take();
            }
            answers.push(body);
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[tokio::test]
    async fn without_a_token_it_is_401() {
        let app = TestApp::start().await;
        app.signed_in("bob@example.com").await;
        let id = app.user("bob@example.com").await.id;
        let answer = app.get(&format!("{PATH}/{id}"), None).await;
        answer.refused(401, "not_authenticated");
    }
}
