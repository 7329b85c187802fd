//! `DELETE /api/v1/events/{id}`.

use super::*;
use crate::test_app::new_email;

#[tokio::test]
async fn success() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let (path, tag) = made(&app, &token, &tea()).await;
    let answer = delete(&app, &path, Some(&token), Some(&tag)).await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
    app.get(&path, None).await.refused(404, "not_found");
    let again = delete(&app, &path, Some(&token), Some(&tag)).await;
    again.refused(404, "not_found");
}

#[tokio::test]
async fn if_match_must_name_the_current_version() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let (path, tag) = made(&app, &token, &tea()).await;
    let without = delete(&app, &path, Some(&token), None).await;
    without.refused(428, "precondition_required");
    for stale in ["\"v7\"", "W/\"v7\"", ""] {
        let answer = delete(&app, &path, Some(&token), Some(stale)).await;
        answer.refused(412, "stale");
    }
    for malformed in ["v1", "'v1'", "\"v1"] {
        let answer = delete(&app, &path, Some(&token), Some(malformed)).await;
        answer.refused(400, "invalid_request");
    }
    let change = json!({ "title": "Coffee" });
    let weak = format!("W/{tag}");
    patch(&app, &path, Some(&token), Some(&weak), &change).await;
    let answer = delete(&app, &path, Some(&token), Some(&tag)).await;
    answer.refused(412, "stale");
    let answer = delete(&app, &path, Some(&token), Some("*")).await;
    assert_eq!(answer.status, 204);
}

#[tokio::test]
async fn only_the_creator_may_delete_an_event() {
    let app = TestApp::start().await;
    let (ada, bob) = (
        app.signed_in(&new_email()).await,
        app.signed_in(&new_email()).await,
    );
    let (path, tag) = made(&app, &ada, &tea()).await;
    let answer = delete(&app, &path, Some(&bob), Some(&tag)).await;
    answer.refused(403, "not_creator");
    let answer = delete(&app, &path, None, Some(&tag)).await;
    answer.refused(401, "not_authenticated");
    let answer = delete(&app, &nowhere(), Some(&ada), Some("*")).await;
    answer.refused(404, "not_found");
    assert_eq!(app.get(&path, None).await.status, 200);
}
