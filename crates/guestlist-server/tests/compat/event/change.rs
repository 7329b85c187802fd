//! `PUT /event/{id}`

use super::*;

#[tokio::test]
async fn any_subset_is_changed_and_null_changes_nothing() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let id = made(&app, &token, &launch()).await;
    let path = format!("/event/{id}");
    let mut expected = app.get(&path, None).await.json();
    for change in [
        json!({ "title": "Updated" }),
        json!({ "description": "new", "location": null }),
        json!({ "tags": ["one"], "image": "", "creator": "x@example.com" }),
        json!({ "title": null, "image": null, "description": null, "tags": null, "location": null }),
        json!({}),
        json!({ "location": "Here", "_id": "mine", "unknown": 1 }),
    ] {
        for name in ["title", "image", "description", "tags", "location"] {
            if change.get(name).is_some_and(|value| !value.is_null()) {
                expected[name] = change[name].clone();
            }
        }
        let answer = app.put(&path, Some(&token), &change).await;
        assert_eq!(answer.status, 200, "{change}");
        assert_eq!(answer.json(), expected, "{change}");
        assert_eq!(app.get(&path, None).await.json(), expected, "{change}");
    }
}

#[tokio::test]
async fn members_that_only_the_api_has_stay() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let event = json!({ "title": "Dinner", "starts_at": "2027-01-01T19:00", "time_zone": "Europe/Paris", "capacity": 8 });
    let made = app
        .post("/api/v1/events", Some(&token), &event)
        .await
        .json();
    let id = made["id"].as_str().expect("is a string");
    let answer = app
        .put(
            &format!("/event/{id}"),
            Some(&token),
            &json!({ "title": "Supper" }),
        )
        .await;
    assert_eq!(answer.status, 200);
    let now = app.get(&format!("/api/v1/events/{id}"), None).await.json();
    assert_eq!(now["title"], "Supper");
    for name in ["starts_at", "time_zone", "capacity"] {
        assert_eq!(now[name], made[name], "{name}");
    }
}

#[tokio::test]
async fn an_event_of_another_user_is_400() {
    let app = TestApp::start().await;
    let (ada, bob) = (
        app.signed_in(&new_email()).await,
        app.signed_in(&new_email()).await,
    );
    let path = format!("/event/{}", made(&app, &ada, &launch()).await);
    let answer = app
        .put(&path, Some(&bob), &json!({ "title": "Mine" }))
        .await;
    assert_detail(&answer, 400, "Operation not allowed");
    assert_eq!(
        app.get(&path, None).await.json()["title"],
        launch()["title"]
    );
}

#[tokio::test]
async fn an_unknown_event_is_404_and_a_malformed_id_422() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let answer = app
        .put(&format!("/event/{}", nowhere()), Some(&token), &json!({}))
        .await;
    assert_detail(&answer, 404, "Event with supplied ID does not exist");
    for id in ["1", "new"] {
        let answer = app
            .put(&format!("/event/{id}"), Some(&token), &json!({}))
            .await;
        assert_eq!(answer.status, 422, "{id}");
    }
}

#[tokio::test]
async fn an_invalid_change_is_422_and_changes_nothing() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let path = format!("/event/{}", made(&app, &token, &launch()).await);
    let before = app.get(&path, None).await.json();
    for change in [
        json!({ "title": 7 }),
        json!({ "tags": "x" }),
        json!({ "title": "x", "tags": [1] }),
        json!([]),
    ] {
        let answer = app.put(&path, Some(&token), &change).await;
        assert_eq!(answer.status, 422, "{change}");
    }
    assert_eq!(app.get(&path, None).await.json(), before);
}
