//! `DELETE /event/{id}`

use super::*;

#[tokio::test]
async fn the_creator_can_delete_an_event() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let path = format!("/event/{}", made(&app, &token, &launch()).await);
    let answer = app.delete(&path, Some(&token)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({ "message": "Event deleted successfully." })
    );
    assert_eq!(app.get(&path, None).await.status, 404);
    assert_detail(
        &app.delete(&path, Some(&token)).await,
        404,
        "Event not found",
    );
}

#[tokio::test]
async fn an_event_of_another_user_is_400() {
    let app = TestApp::start().await;
    let (ada, bob) = (
        app.signed_in(&new_email()).await,
        app.signed_in(&new_email()).await,
    );
    let path = format!("/event/{}", made(&app, &ada, &launch()).await);
    assert_detail(
        &app.delete(&path, Some(&bob)).await,
        400,
        "Operation not allowed",
    );
    assert_eq!(app.get(&path, None).await.status, 200);
}

#[tokio::test]
async fn a_malformed_id_is_422() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for id in ["1", "new"] {
        let answer = app.delete(&format!("/event/{id}"), Some(&token)).await;
        assert_eq!(answer.status, 422, "{id}");
    }
}
