//! `GET /event/`

use super::*;

#[tokio::test]
async fn all_events_are_listed_in_insertion_order() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/event/", None).await.json(), json!([]));
    let (ada, bob) = (
        app.signed_in("ada@example.com").await,
        app.signed_in("bob@example.com").await,
    );
    let mut expected = Vec::new();
    for (title, token) in [("z", &ada), ("a", &bob), ("m", &ada)] {
        let mut event = launch();
        event["title"] = json!(title);
        expected.push(made(&app, token, &event).await);
    }
    let list = app.get("/event/", None).await;
    assert_eq!(list.status, 200);
    assert_eq!(ids(&list), expected);
    let titles: Vec<_> = list
        .json()
        .as_array()
        .expect("is a list")
        .iter()
        .map(|event| event["title"].clone())
        .collect();
    assert_eq!(titles, ["z", "a", "m"]);
}

#[tokio::test]
async fn a_list_of_several_batches_is_one_array_without_gaps_or_duplicates() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for number in 0..250 {
        let mut event = launch();
        event["title"] = json!(number.to_string());
        let answer = app.post("/event/new", Some(&token), &event).await;
        assert_eq!(answer.status, 200);
    }
    let list = app.get("/event/", None).await.json();
    let titles = list.as_array().expect("is a list").iter();
    let titles: Vec<_> = titles.map(|event| event["title"].clone()).collect();
    let expected: Vec<_> = (0..250).map(|number| json!(number.to_string())).collect();
    assert_eq!(titles, expected);
}

#[tokio::test]
async fn an_unlisted_event_is_not_listed() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let event = json!({ "title": "Secret", "visibility": "unlisted" });
    assert_eq!(
        app.post("/api/v1/events", Some(&token), &event)
            .await
            .status,
        201
    );
    assert_eq!(app.get("/event/", None).await.json(), json!([]));
}

#[tokio::test]
async fn the_events_of_a_deleted_user_are_not_listed() {
    let app = TestApp::start().await;
    let token = app.signed_in("leaving@example.com").await;
    made(&app, &token, &launch()).await;
    let email = guestlist::testing::email("leaving@example.com");
    let user = app
        .stores
        .accounts
        .find_user_by_email(&email)
        .await
        .expect("answers");
    app.app
        .guestlist
        .delete_user(user.expect("is there").id)
        .await
        .expect("deletes");
    assert_eq!(app.get("/event/", None).await.json(), json!([]));
    assert_eq!(app.app.purge().await.expect("purges"), 1);
    let answer = app.post("/event/new", Some(&token), &launch()).await;
    assert_detail(&answer, 401, "Invalid token");
}
