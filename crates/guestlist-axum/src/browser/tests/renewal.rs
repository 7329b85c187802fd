//! A new cookie that replaces another is set by the answer's header and never appears in a body.

use super::*;

/// Sends this request with Ada's cookie and token, and returns the new cookie.
async fn renewed(
    fixture: &Fixture,
    ada: &Browsing,
    (method, path, body): (Method, &str, &str),
) -> String {
    let headers = [
        JSON,
        ("cookie", &*ada.cookie),
        ("x-csrf-token", &*ada.token),
    ];
    assert!(fixture.opens(&ada.cookie).await);
    let answer = fixture.send(method, path, &headers, body).await;
    assert_eq!((answer.status, &*answer.body), (204, ""), "{answer:?}");
    assert_eq!(answer.all("cache-control"), ["no-store"]);
    let new = answer.cookie(COOKIE_NAME).expect("is set").to_owned();
    assert_ne!(new, ada.cookie);
    assert!(!fixture.opens(&ada.cookie).await, "{path}");
    assert!(fixture.opens(&new).await, "{path}");
    new
}

#[tokio::test]
async fn reauthenticating_sets_a_new_cookie_for_the_same_session() {
    let fixture = Fixture::new().await;
    let ada = fixture.browsing(ADA).await;
    let body = r#"{"password":"exemplary"}"#;
    let new = renewed(
        &fixture,
        &ada,
        (Method::POST, "/sessions/current/reauthenticate", body),
    )
    .await;
    // Open forms stay valid, because the session is the same.
    let headers = [("cookie", &*new), ("x-csrf-token", &*ada.token)];
    assert_eq!(fixture.post("/hello", &headers, "").await.body, ADA);
}

#[tokio::test]
async fn a_password_change_and_ending_the_other_sessions_set_the_cookie_of_a_new_session() {
    let change = r#"{"current_password":"exemplary","new_password":"more exemplary"}"#;
    for request in [
        (Method::PUT, "/me/password", change),
        (Method::DELETE, "/sessions", ""),
    ] {
        let fixture = Fixture::new().await;
        let ada = fixture.browsing(ADA).await;
        let new = renewed(&fixture, &ada, request).await;
        let headers = [("cookie", &*new), ("x-csrf-token", &*ada.token)];
        let answer = fixture.post("/hello", &headers, "").await;
        answer.refused(403, "csrf_token");
    }
}

const DEVICE_COOKIE: &str = "__Host-guestlist-device";

/// Otherwise the next sign-in would be news, and others could keep the user out of this browser.
#[tokio::test]
async fn a_browser_that_was_known_stays_known_in_the_new_session() {
    let change = r#"{"current_password":"exemplary","new_password":"more exemplary"}"#;
    for (method, path, body) in [
        (Method::PUT, "/me/password", change),
        (Method::DELETE, "/sessions", ""),
    ] {
        for was_known in [true, false] {
            let fixture = Fixture::new().await;
            let ada = fixture.browsing(ADA).await;
            let user = fixture.guestlist.find_user_by_email(&email(ADA)).await;
            let user = user.expect("answers").expect("is there");
            let known = fixture.guestlist.remember_device(&user, None);
            let device = if was_known { known.expose() } else { "AAAA" };
            let cookies = format!("{}; {DEVICE_COOKIE}={device}", ada.cookie);
            let headers = [JSON, ("cookie", &*cookies), ("x-csrf-token", &*ada.token)];
            let answer = fixture.send(method.clone(), path, &headers, body).await;
            assert_eq!(answer.status, 204, "{answer:?}");
            let new = answer.cookie(DEVICE_COOKIE);
            assert_eq!(new.is_some(), was_known, "{path}");
            if let Some((_, new)) = new.and_then(|new| new.split_once('=')) {
                let user = fixture.guestlist.find_user(user.id).await;
                let user = user.expect("answers").expect("is there");
                let kept = fixture.guestlist.keep_device(&user, user.epoch, Some(new));
                assert!(kept.is_some(), "{path}");
            }
        }
    }
}

/// A client that uses a bearer token gets a bearer token.
#[tokio::test]
async fn a_client_with_a_bearer_token_gets_no_cookie() {
    let fixture = Fixture::new().await;
    let held = fixture.open(ADA, Wanted::DATABASE).await;
    let bearer = format!("Bearer {}", held.access_token.expose());
    let headers = [JSON, ("authorization", &*bearer)];
    let body = r#"{"password":"exemplary"}"#;
    let answer = fixture
        .post("/sessions/current/reauthenticate", &headers, body)
        .await;
    assert_eq!((answer.status, answer.all(SET_COOKIE)), (204, vec![]));
    let answer = fixture
        .send(Method::DELETE, "/sessions", &headers, "")
        .await;
    assert_eq!((answer.status, answer.all(SET_COOKIE)), (200, vec![]));
    assert!(answer.body.contains("access_token"));
}
