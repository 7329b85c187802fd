//! FastAPI's clients may omit or add a slash at the end of a path. A redirect names the other
//! spelling, and the client repeats its request there with its method and body.

use axum::http::Method;
use serde_json::json;

use crate::test_app::{TestApp, new_email};

#[tokio::test]
async fn every_address_redirects_to_its_other_spelling() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let methods = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::OPTIONS,
    ];
    for (path, other) in [
        ("/user/signup/", "/user/signup"),
        ("/user/signin/", "/user/signin"),
        ("/event", "/event/"),
        ("/event?a=b&c=%20", "/event/?a=b&c=%20"),
        ("/event/new/", "/event/new"),
        ("/event/new/?a=b", "/event/new?a=b"),
        ("/event/1/", "/event/1"),
        ("/event/%C3%A9/", "/event/%C3%A9"),
    ] {
        for method in &methods {
            for token in [None, Some(token.as_str())] {
                let answer = app.json(method.clone(), path, token, "{").await;
                assert_eq!(answer.status, 307, "{method} {path}");
                assert_eq!(answer.header("location"), Some(other), "{method} {path}");
            }
        }
    }
    for path in ["/openapi.json/", "/redoc/"] {
        let answer = app.get(path, None).await;
        assert_eq!(answer.status, 307, "{path}");
        assert_eq!(answer.header("location"), path.strip_suffix('/'));
    }
}

/// Follows redirects, as many clients do.
#[tokio::test]
async fn a_client_that_follows_redirects_succeeds() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let event = json!({ "title": "a", "image": "", "description": "", "tags": [], "location": "" });
    let follow = async |method: Method, path: &str, body: &str| {
        let redirect = app.json(method.clone(), path, Some(&token), body).await;
        let other = redirect.header("location").expect("is there").to_owned();
        app.json(method, &other, Some(&token), body).await
    };
    let made = follow(Method::POST, "/event/new/", &event.to_string()).await;
    assert_eq!(made.json()["message"], "Event created successfully");
    let list = follow(Method::GET, "/event", "").await.json();
    let id = list[0]["_id"].as_str().expect("is there").to_owned();
    let path = format!("/event/{id}/");
    let changed = follow(Method::PUT, &path, r#"{"title":"b"}"#).await;
    assert_eq!(changed.json()["title"], "b");
    let deleted = follow(Method::DELETE, &path, "").await;
    assert_eq!(deleted.json()["message"], "Event deleted successfully.");
}

#[tokio::test]
async fn no_other_path_is_redirected() {
    let app = TestApp::start().await;
    for path in [
        "/user",
        "/user/",
        "/user/other/",
        "/event//",
        "/event/1//",
        "/event/a%2Fb/",
        "/event/%2F/",
        "//evil.example/",
        "/event/1/2/",
    ] {
        let answer = app.get(path, None).await;
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
        assert_eq!(answer.header("location"), None, "{path}");
    }
}
