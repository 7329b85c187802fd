//! The bearer errors are the same at every protected address.

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
    for bad in ["Bearer bad", "Bearer", "Bearer ", "Bearer a b", "Bearer ,"] {
        for answer in everywhere(&app, Some(bad)).await {
            assert_detail(&answer, 401, "Invalid token");
            assert_eq!(
                answer.header("www-authenticate"),
                Some("Bearer error=\"invalid_token\""),
                "{bad}"
            );
        }
    }
}

#[tokio::test]
async fn an_expired_and_an_ended_token_are_the_same_as_a_bad_one() {
    let app = TestApp::start().await;
    let (ended, expired) = (
        app.signed_in(&new_email()).await,
        app.signed_in(&new_email()).await,
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
async fn the_letter_case_of_the_scheme_does_not_matter() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let answers = everywhere(&app, Some(&format!("{scheme} {token}"))).await;
        let statuses: Vec<_> = answers
            .iter()
            .map(|answer| answer.status.as_u16())
            .collect();
        assert_eq!(statuses, [200, 404, 404], "{scheme}");
    }
}
