//! Many requests at the same time.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::{ME, sign_in, sign_up};
use crate::test_app::{PASSWORD, TestApp};

/// RC01
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_concurrent_sign_ups_for_one_address_one_succeeds() {
    let app = Arc::new(TestApp::start().await);
    let racers = (0_u32..64).map(|n| {
        let app = Arc::clone(&app);
        let spell = |(at, c): (usize, char)| match at {
            0..6 if n >> at & 1 == 1 => c.to_ascii_uppercase(),
            _ => c,
        };
        let email: String = "racers@example.com"
            .chars()
            .enumerate()
            .map(spell)
            .collect();
        tokio::spawn(async move { sign_up(&app, email, PASSWORD).await })
    });
    let mut won = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        let answer = racer.await.expect("does not panic");
        if answer.status == 201 {
            won.push(
                answer.json()["id"]
                    .as_str()
                    .expect("is a string")
                    .to_owned(),
            );
        } else {
            answer.refused(409, "email_taken");
        }
    }
    assert_eq!(won, [app.user("racers@example.com").await.id.to_string()]);
    assert_eq!(
        sign_in(&app, "RACERS@EXAMPLE.COM", PASSWORD).await.status,
        201
    );
}

/// RC02
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_user_deleted_during_sign_ins_has_no_active_session() {
    let app = Arc::new(TestApp::start().await);
    let first = app.signed_in("leaving@example.com").await;
    let id = app.user("leaving@example.com").await.id;
    let racers = (0..32).map(|n| {
        let app = Arc::clone(&app);
        tokio::spawn(async move {
            if n == 16 {
                app.app.guestlist.delete_user(id).await.expect("deletes");
            }
            sign_in(&app, "leaving@example.com", PASSWORD).await
        })
    });
    let mut tokens = vec![first];
    for racer in racers.collect::<Vec<_>>() {
        let answer = racer.await.expect("does not panic");
        assert!(answer.status == 201 || answer.status == 401, "{answer:?}");
        tokens.extend(answer.json()["access_token"].as_str().map(str::to_owned));
    }
    for token in tokens {
        app.get(ME, Some(&token))
            .await
            .refused(401, "invalid_token");
    }
    let again = sign_in(&app, "leaving@example.com", PASSWORD).await;
    again.refused(401, "wrong_credentials");
}

/// JW36
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_request_succeeds_after_the_response_to_a_sign_out() {
    let app = Arc::new(TestApp::start().await);
    let token: Arc<str> = app.signed_in("leaving@example.com").await.into();
    let is_over = Arc::new(AtomicBool::new(false));
    let requests = (0..1_000).map(|n| {
        let (app, token, is_over) = (Arc::clone(&app), Arc::clone(&token), Arc::clone(&is_over));
        tokio::spawn(async move {
            if n == 500 {
                let answer = app.delete("/api/v1/sessions/current", Some(&token)).await;
                is_over.store(true, Ordering::SeqCst);
                return (false, answer);
            }
            let was_over = is_over.load(Ordering::SeqCst);
            (was_over, app.get(ME, Some(&token)).await)
        })
    });
    let mut signed_out = 0;
    for request in requests.collect::<Vec<_>>() {
        let (was_over, answer) = request.await.expect("does not panic");
        match answer.status.as_u16() {
            200 => assert!(!was_over, "accepted after the end"),
            204 => signed_out += 1,
            _ => {
                answer.refused(401, "invalid_token");
            }
        }
    }
    assert_eq!(signed_out, 1);
    app.get(ME, Some(&token))
        .await
        .refused(401, "invalid_token");
}
