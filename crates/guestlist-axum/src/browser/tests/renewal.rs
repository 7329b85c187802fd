//! Where another cookie comes in the place of one, it is in the answer, and in no body.

use super::*;

/// Sends that with Ada's cookie and token; the new cookie.
async fn renewed(
    scene: &Scene,
    ada: &Browsing,
    (method, path, body): (Method, &str, &str),
) -> String {
    let headers = [
        JSON,
        ("cookie", &*ada.cookie),
        ("x-csrf-token", &*ada.token),
    ];
    assert!(scene.opens(&ada.cookie).await);
    let answer = scene.send(method, path, &headers, body).await;
    assert_eq!((answer.status, &*answer.body), (204, ""), "{answer:?}");
    assert_eq!(answer.all("cache-control"), ["no-store"]);
    let new = answer.cookie(COOKIE_NAME).expect("is set").to_owned();
    assert_ne!(new, ada.cookie);
    assert!(!scene.opens(&ada.cookie).await, "{path}");
    assert!(scene.opens(&new).await, "{path}");
    new
}

#[tokio::test]
async fn a_proof_of_the_password_makes_another_cookie_of_the_session() {
    let scene = Scene::new().await;
    let ada = scene.browsing(ADA).await;
    let proof = r#"{"password":"exemplary"}"#;
    let new = renewed(
        &scene,
        &ada,
        (Method::POST, "/sessions/current/proof", proof),
    )
    .await;
    // The forms that are open go on: it is the same session.
    let headers = [("cookie", &*new), ("x-csrf-token", &*ada.token)];
    assert_eq!(scene.post("/hello", &headers, "").await.body, ADA);
}

#[tokio::test]
async fn another_password_and_the_end_of_all_others_make_another_session_with_a_cookie() {
    let change = r#"{"current_password":"exemplary","new_password":"more exemplary"}"#;
    for request in [
        (Method::PUT, "/me/password", change),
        (Method::DELETE, "/sessions", ""),
    ] {
        let scene = Scene::new().await;
        let ada = scene.browsing(ADA).await;
        let new = renewed(&scene, &ada, request).await;
        let headers = [("cookie", &*new), ("x-csrf-token", &*ada.token)];
        let answer = scene.post("/hello", &headers, "").await;
        answer.refused(403, "csrf_token");
    }
}

/// Whoever sends a token goes on with tokens.
#[tokio::test]
async fn who_holds_a_token_gets_no_cookie() {
    let scene = Scene::new().await;
    let held = scene.open(ADA, Wanted::DATABASE).await;
    let bearer = format!("Bearer {}", held.access_token.expose());
    let headers = [JSON, ("authorization", &*bearer)];
    let proof = r#"{"password":"exemplary"}"#;
    let answer = scene.post("/sessions/current/proof", &headers, proof).await;
    assert_eq!((answer.status, answer.all(SET_COOKIE)), (204, vec![]));
    let answer = scene.send(Method::DELETE, "/sessions", &headers, "").await;
    assert_eq!((answer.status, answer.all(SET_COOKIE)), (200, vec![]));
    assert!(answer.body.contains("access_token"));
}
