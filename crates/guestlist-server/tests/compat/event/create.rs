//! `POST /event/new`

use super::*;

#[tokio::test]
async fn success() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let answer = app.post("/event/new", Some(&token), &launch()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({ "message": "Event created successfully" })
    );
}

#[tokio::test]
async fn a_creator_in_the_body_is_ignored() {
    let app = TestApp::start().await;
    let token = app.signed_in("me@example.com").await;
    let mut event = launch();
    event["creator"] = json!("somebody.else@example.com");
    event["_id"] = json!("mine");
    let id = made(&app, &token, &event).await;
    let event = app.get(&format!("/event/{id}"), None).await.json();
    assert_eq!(event["creator"], "me@example.com");
}

#[tokio::test]
async fn the_image_is_any_string() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for image in ["", "no url", "javascript:alert(1)", "\u{1f600}"] {
        let mut event = launch();
        event["image"] = json!(image);
        let id = made(&app, &token, &event).await;
        assert_eq!(
            app.get(&format!("/event/{id}"), None).await.json()["image"],
            image
        );
    }
}

#[tokio::test]
async fn all_five_members_are_required() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for name in ["title", "image", "description", "tags", "location"] {
        let mut event = launch();
        event.as_object_mut().expect("is an object").remove(name);
        let answer = app.post("/event/new", Some(&token), &event).await;
        assert_eq!(answer.status, 422, "{name}");
        assert_eq!(answer.json()["detail"][0]["loc"], json!(["body", name]));
        let mut event = launch();
        event[name] = json!(7);
        assert_eq!(
            app.post("/event/new", Some(&token), &event).await.status,
            422,
            "{name}"
        );
    }
    let mut event = launch();
    event["tags"] = json!(["a", 7]);
    let answer = app.post("/event/new", Some(&token), &event).await;
    assert_eq!(
        answer.json()["detail"][0]["loc"],
        json!(["body", "tags", 1])
    );
}

#[tokio::test]
async fn bad_json_is_422() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let answer = app
        .json(Method::POST, "/event/new", Some(&token), "{")
        .await;
    assert_eq!(answer.status, 422);
}
