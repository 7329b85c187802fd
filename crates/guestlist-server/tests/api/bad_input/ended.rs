//! Access tokens of ended sessions.

use guestlist::Strategy;
use serde_json::json;

use super::{
    ME,
    jwt::{ADA, assert_all_refused},
};
use crate::test_app::{PASSWORD, TestApp, new_email};

/// JW26, for opaque tokens and JWTs. A changed e-mail address ends no session, and there are no
/// roles.
#[tokio::test]
async fn the_next_request_after_the_end_of_a_session_is_refused() {
    for strategy in [Strategy::Database, Strategy::Jwt] {
        let app = TestApp::handing_out(strategy).await;
        let mut ended = Vec::new();
        let known = async |email: &str| {
            let token = app.signed_in(email).await;
            assert_eq!(app.get(ME, Some(&token)).await.status, 200);
            token
        };

        let signed_out = known(&new_email()).await;
        app.delete("/api/v1/sessions/current", Some(&signed_out))
            .await;
        ended.push(("sign-out", signed_out));

        let changed = known(&new_email()).await;
        let new = json!({ "current_password": PASSWORD, "new_password": "quite another one" });
        let answer = app.put("/api/v1/me/password", Some(&changed), &new).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        ended.push(("password", changed));

        let email = new_email();
        let (one, other) = (known(&email).await, app.sign_in(&email).await);
        let answer = app.delete("/api/v1/sessions", Some(&other)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        ended.extend([("all others", one), ("all others", other)]);

        let revoked = known(&new_email()).await;
        let answer = app
            .form("/api/v1/token/revoke", format!("token={revoked}"))
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        ended.push(("revocation", revoked));

        let disabled = known("disabled@example.com").await;
        let id = app.user("disabled@example.com").await.id;
        app.app.guestlist.disable_user(id).await.expect("disables");
        ended.push(("disable", disabled));

        let deleted = known("deleted@example.com").await;
        let id = app.user("deleted@example.com").await.id;
        app.app.guestlist.delete_user(id).await.expect("deletes");
        ended.push(("delete", deleted));

        assert_all_refused(&app, &ended).await;
        let expired = known(&new_email()).await;
        app.clock.advance(std::time::Duration::from_secs(86_400));
        assert_all_refused(&app, &[("expiry", expired)]).await;
    }
}

/// JW27
#[tokio::test]
async fn a_token_of_a_deleted_user_is_refused_for_a_new_user_of_the_same_address() {
    let app = TestApp::handing_out(Strategy::Jwt).await;
    let token = app.signed_in(ADA).await;
    let first = app.user(ADA).await.id;
    app.app.guestlist.delete_user(first).await.expect("deletes");
    let again = app.signed_in(ADA).await;
    assert_ne!(app.user(ADA).await.id, first);
    assert_all_refused(&app, &[("JW27", token)]).await;
    assert_eq!(app.get(ME, Some(&again)).await.json()["email"], ADA);
}
