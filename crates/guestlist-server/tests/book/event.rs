//! `/event/`.

use axum::http::{Method, Request, header::AUTHORIZATION};
use serde_json::{Value, json};

use crate::test_app::{Answer, TestApp, somebody};

fn launch() -> Value {
    json!({
        "title": "FastAPI Book Launch",
        "image": "https://linktomyimage.com/image.png",
        "description": "We will be discussing the contents of the FastAPI book in this event.",
        "tags": ["python", "fastapi", "book", "launch"],
        "location": "Google Meet",
    })
}

/// Makes an event; its id.
async fn made(app: &TestApp, token: &str, event: &Value) -> String {
    let before = ids(&app.get("/event/", None).await);
    let answer = app.post("/event/new", Some(token), event).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let after = ids(&app.get("/event/", None).await);
    let made = after.into_iter().find(|id| !before.contains(id));
    made.expect("is listed")
}

fn ids(list: &Answer) -> Vec<String> {
    let id = |event: &Value| event["_id"].as_str().expect("is a string").to_owned();
    list.json()
        .as_array()
        .expect("is a list")
        .iter()
        .map(id)
        .collect()
}

fn assert_detail(answer: &Answer, status: u16, detail: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.json(), json!({ "detail": detail }));
}

fn nowhere() -> String {
    planner::EventId::new(guestlist::Timestamp::from_millis(0)).to_string()
}

mod list {
    use super::*;

    #[tokio::test]
    async fn everybody_sees_all_events_in_insertion_order() {
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
    async fn a_list_of_several_batches_is_one_array_without_gap_or_repeat() {
        let app = TestApp::start().await;
        let token = app.signed_in(&somebody()).await;
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
    async fn an_unlisted_event_is_not_in_it() {
        let app = TestApp::start().await;
        let token = app.signed_in(&somebody()).await;
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
    async fn a_deleted_users_events_are_gone() {
        let app = TestApp::start().await;
        let token = app.signed_in("leaving@example.com").await;
        made(&app, &token, &launch()).await;
        let email = guestlist::testing::email("leaving@example.com");
        let user = app
            .stores
            .door
            .find_user_by_email(&email)
            .await
            .expect("answers");
        app.app
            .guestlist
            .delete_user(user.expect("is there").id)
            .await
            .expect("deletes");
        assert_eq!(app.get("/event/", None).await.json(), json!([]));
        assert_eq!(app.app.sweep().await.expect("sweeps"), 1);
        let answer = app.post("/event/new", Some(&token), &launch()).await;
        assert_detail(&answer, 401, "Invalid token");
    }
}

mod show {
    use super::*;

    #[tokio::test]
    async fn everybody_sees_the_seven_members_in_the_books_order() {
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
    async fn a_missing_one_is_404() {
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
}

mod create {
    use super::*;

    #[tokio::test]
    async fn success() {
        let app = TestApp::start().await;
        let token = app.signed_in(&somebody()).await;
        let answer = app.post("/event/new", Some(&token), &launch()).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.json(),
            json!({ "message": "Event created successfully" })
        );
    }

    #[tokio::test]
    async fn a_creator_sent_along_is_ignored() {
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
        let token = app.signed_in(&somebody()).await;
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
        let token = app.signed_in(&somebody()).await;
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
        let token = app.signed_in(&somebody()).await;
        let answer = app
            .json(Method::POST, "/event/new", Some(&token), "{")
            .await;
        assert_eq!(answer.status, 422);
    }
}

mod change {
    use super::*;

    #[tokio::test]
    async fn any_subset_is_changed_and_null_stays() {
        let app = TestApp::start().await;
        let token = app.signed_in(&somebody()).await;
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
    async fn what_the_api_says_of_it_stays() {
        let app = TestApp::start().await;
        let token = app.signed_in(&somebody()).await;
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
    async fn somebody_elses_is_400() {
        let app = TestApp::start().await;
        let (ada, bob) = (
            app.signed_in(&somebody()).await,
            app.signed_in(&somebody()).await,
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
    async fn a_missing_one_is_404_and_a_malformed_id_422() {
        let app = TestApp::start().await;
        let token = app.signed_in(&somebody()).await;
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
    async fn what_will_not_do_is_422_and_changes_nothing() {
        let app = TestApp::start().await;
        let token = app.signed_in(&somebody()).await;
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
}

mod delete {
    use super::*;

    #[tokio::test]
    async fn its_creator_deletes_it() {
        let app = TestApp::start().await;
        let token = app.signed_in(&somebody()).await;
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
    async fn somebody_elses_is_400() {
        let app = TestApp::start().await;
        let (ada, bob) = (
            app.signed_in(&somebody()).await,
            app.signed_in(&somebody()).await,
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
        let token = app.signed_in(&somebody()).await;
        for id in ["1", "new"] {
            let answer = app.delete(&format!("/event/{id}"), Some(&token)).await;
            assert_eq!(answer.status, 422, "{id}");
        }
    }
}

/// The bearer errors are the same at every protected address.
mod bearer {
    use super::*;

    async fn everywhere(app: &TestApp, authorization: Option<&str>) -> Vec<Answer> {
        let some = format!("/event/{}", nowhere());
        let mut answers = Vec::new();
        for (method, path) in [
            (Method::POST, "/event/new"),
            (Method::PUT, some.as_str()),
            (Method::DELETE, some.as_str()),
        ] {
            let mut request = Request::builder().method(method).uri(path);
            request = request.header("content-type", "application/json");
            if let Some(value) = authorization {
                request = request.header(AUTHORIZATION, value);
            }
            let request = request
                .body(launch().to_string().into())
                .expect("is a request");
            answers.push(app.send(request).await);
        }
        answers
    }

    #[tokio::test]
    async fn without_a_token_it_is_401_with_a_bare_challenge() {
        let app = TestApp::start().await;
        for authorization in [None, Some("Basic dXNlcjpwYXNz")] {
            for answer in everywhere(&app, authorization).await {
                assert_detail(&answer, 401, "Not authenticated");
                assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            }
        }
    }

    #[tokio::test]
    async fn a_bad_token_is_401_invalid_token() {
        let app = TestApp::start().await;
        for answer in everywhere(&app, Some("Bearer bad")).await {
            assert_detail(&answer, 401, "Invalid token");
            assert_eq!(
                answer.header("www-authenticate"),
                Some("Bearer error=\"invalid_token\"")
            );
        }
    }

    #[tokio::test]
    async fn an_expired_and_an_ended_token_are_the_same_as_a_bad_one() {
        let app = TestApp::start().await;
        let (ended, expired) = (
            app.signed_in(&somebody()).await,
            app.signed_in(&somebody()).await,
        );
        assert_eq!(
            app.delete("/api/v1/sessions/current", Some(&ended))
                .await
                .status,
            204
        );
        let bad = everywhere(&app, Some("Bearer bad")).await;
        let now_ended = everywhere(&app, Some(&format!("Bearer {ended}"))).await;
        app.clock.advance(std::time::Duration::from_secs(86_400));
        let now_expired = everywhere(&app, Some(&format!("Bearer {expired}"))).await;
        for answers in [now_ended, now_expired] {
            for (answer, bad) in answers.iter().zip(&bad) {
                assert_eq!((answer.status, &answer.body), (bad.status, &bad.body));
                assert_eq!(
                    answer.header("www-authenticate"),
                    bad.header("www-authenticate")
                );
            }
        }
    }

    #[tokio::test]
    async fn the_schemes_case_does_not_matter() {
        let app = TestApp::start().await;
        let token = app.signed_in(&somebody()).await;
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let answers = everywhere(&app, Some(&format!("{scheme} {token}"))).await;
            let statuses: Vec<_> = answers
                .iter()
                .map(|answer| answer.status.as_u16())
                .collect();
            assert_eq!(statuses, [200, 404, 404], "{scheme}");
        }
    }
}
