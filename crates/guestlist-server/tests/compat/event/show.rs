//! `GET /event/{id}`

use super::*;

#[tokio::test]
async fn an_event_has_seven_members_in_the_order_of_the_original() {
    let app = TestApp::start().await;
    let token = app.signed_in("Reader@packt.com").await;
    let id = made(&app, &token, &launch()).await;
    let answer = app.get(&format!("/event/{id}"), None).await;
    assert_eq!(answer.status, 200);
    let event = launch();
    let expected = format!(
        "{{\"_id\":\"{id}\",\"creator\":\"Reader@packt.com\",\"title\":{},\"image\":{},\"description\":{},\"tags\":{},\"location\":{}}}",
        event["title"], event["image"], event["description"], event["tags"], event["location"]
    );
    assert_eq!(answer.text(), expected);
}

#[tokio::test]
async fn an_unknown_event_is_404() {
    let app = TestApp::start().await;
    let answer = app.get(&format!("/event/{}", nowhere()), None).await;
    assert_detail(&answer, 404, "Event with supplied ID does not exist");
}

#[tokio::test]
async fn a_malformed_id_is_422() {
    let app = TestApp::start().await;
    for id in [
        "1",
        "new",
        "x",
        "%00",
        "..%2F",
        &"x".repeat(2_000),
        &nowhere().to_uppercase(),
    ] {
        let answer = app.get(&format!("/event/{id}"), None).await;
        assert_eq!(answer.status, 422, "{id}");
        assert_eq!(answer.json()["detail"][0]["loc"], json!(["path", "id"]));
    }
}
