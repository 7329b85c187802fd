//! More passwords at once than can be hashed: some requests get a 503, and no wrong password is
//! accepted.

use std::time::Duration;

use axum::http::Method;
use futures_util::future::join_all;
use guestlist::PasswordCost;
use serde_json::json;
use tokio::time::sleep;

use crate::test_app::{Answer, PASSWORD, TestApp};

const AT_ONCE: usize = 100;

/// An application with one hashing thread, real hashes, and a short queue time.
async fn app_with_one_hashing_thread() -> TestApp {
    TestApp::settled(|builder| {
        builder
            .hashing_threads(1)
            .hashing_wait(Duration::from_millis(500))
            .password_cost(PasswordCost::default())
    })
    .await
}

fn assert_has_retry_after(refused: &Answer) {
    let seconds: u64 = refused
        .header("retry-after")
        .expect("has Retry-After")
        .parse()
        .expect("is in seconds");
    assert!((1..=30).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_flood_of_sign_ins_gets_503_and_no_wrong_password_is_accepted() {
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    for (path, mime, body, wrong, busy_there) in [
        (
            "/api/v1/sessions",
            json,
            r#"{"email":"ada@example.com","password":"guessed it"}"#,
            401,
            r#""code":"busy""#,
        ),
        (
            "/api/v1/token",
            form,
            "grant_type=password&username=ada%40example.com&password=guessed+it",
            400,
            r#""error":"temporarily_unavailable""#,
        ),
        (
            "/user/signin",
            form,
            "username=ada%40example.com&password=guessed+it",
            401,
            r#""detail":"the server is busy"#,
        ),
    ] {
        let app = app_with_one_hashing_thread().await;
        app.signed_in("ada@example.com").await;
        let sign_in = || {
            let body = Some((mime, body.as_bytes().to_vec()));
            app.request(Method::POST, path, None, body)
        };
        let answers = join_all((0..AT_ONCE).map(|_| sign_in())).await;
        let (busy, judged): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| answer.status == 503);
        assert!(busy.len() > AT_ONCE / 2, "{path}: {} of them", busy.len());
        for refused in &busy {
            let body = refused.text();
            assert!(body.contains(busy_there), "{path}: {body}");
            assert_has_retry_after(refused);
        }
        assert!(!judged.is_empty(), "{path}: no sign-in was processed");
        for answer in &judged {
            assert_eq!(answer.status, wrong, "{path}: {answer:?}");
        }
        // After the flood, sign-ins work again as soon as the started hashes are done.
        let right = json!({ "email": "ada@example.com", "password": PASSWORD });
        let mut tries = 0;
        while app.post("/api/v1/sessions", None, &right).await.status != 201 {
            tries += 1;
            assert!(tries < 50, "{path}: sign-ins do not work again");
            sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test]
async fn a_signed_in_user_does_not_wait_behind_a_flood() {
    let app = app_with_one_hashing_thread().await;
    let token = app.signed_in("ada@example.com").await;
    let body = json!({ "email": "ada@example.com", "password": "guessed it" });
    let flood = join_all((0..AT_ONCE).map(|_| app.post("/api/v1/sessions", None, &body)));
    let inside = join_all((0..AT_ONCE).map(|_| app.get("/api/v1/me", Some(&token))));
    let (flood, inside) = tokio::join!(flood, inside);
    assert!(flood.iter().all(|answer| answer.status != 201));
    assert!(inside.iter().all(|answer| answer.status == 200));
}
