//! JW36: after the response to a request that ends a session, no later request with its tokens is
//! accepted: 0 of 10,000, with other requests under way.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use guestlist::Strategy;
use serde_json::json;

use crate::test_app::{PASSWORD, TestApp, Tokens, new_email};

const ME: &str = "/api/v1/me";
const REQUESTS: usize = 10_000;
const WORKERS: usize = 8;
/// How many requests are accepted before the end. By then the token is in the cache.
const BEFORE: usize = 200;

/// A user's e-mail address and tokens.
struct Held {
    email: String,
    here: Tokens,
    there: Tokens,
    personal: String,
}

impl Held {
    async fn new(app: &TestApp) -> Self {
        let email = new_email();
        app.signed_in(&email).await;
        let here = app.open(&email).await;
        Self {
            there: app.open(&email).await,
            personal: app.personal_token(&here.access, "read").await,
            here,
            email,
        }
    }
}

/// Sends requests with these tokens while `end` runs, and counts how many are accepted that were
/// sent after its response.
async fn accepted_after(
    app: Arc<TestApp>,
    tokens: Vec<String>,
    end: impl Future<Output = ()>,
) -> usize {
    let tokens: Arc<[String]> = tokens.into();
    let (is_over, before) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| {
            let (app, tokens) = (Arc::clone(&app), Arc::clone(&tokens));
            let (is_over, before) = (Arc::clone(&is_over), Arc::clone(&before));
            tokio::spawn(async move {
                let (mut sent, mut accepted) = (0, 0);
                for token in tokens.iter().cycle() {
                    let was_over = is_over.load(Ordering::SeqCst);
                    // A cached request is answered without a pause, and the database driver needs
                    // one to read its socket.
                    tokio::task::yield_now().await;
                    let answer = app.get(ME, Some(token)).await;
                    let is_accepted = answer.status == 200;
                    if !is_accepted {
                        answer.refused(401, "invalid_token");
                    }
                    if was_over {
                        sent += 1;
                        accepted += usize::from(is_accepted);
                    } else if is_accepted {
                        before.fetch_add(1, Ordering::SeqCst);
                    }
                    if sent == REQUESTS / WORKERS {
                        break;
                    }
                }
                accepted
            })
        })
        .collect();
    while before.load(Ordering::SeqCst) < BEFORE {
        tokio::task::yield_now().await;
    }
    end.await;
    is_over.store(true, Ordering::SeqCst);
    let mut accepted = 0;
    for worker in workers {
        accepted += worker.await.expect("does not panic");
    }
    accepted
}

/// Asserts for both strategies that no token in `ended` is accepted after `end`.
async fn assert_no_token_is_accepted_after<E: AsyncFn(&TestApp, &Held)>(
    end: E,
    ended: impl Fn(&Held) -> Vec<String>,
) {
    for strategy in [Strategy::Database, Strategy::Jwt] {
        let app = Arc::new(TestApp::handing_out(strategy).await);
        let held = Held::new(&app).await;
        let accepted = accepted_after(Arc::clone(&app), ended(&held), end(&app, &held)).await;
        assert_eq!(accepted, 0, "{strategy:?}");
    }
}

fn this_session(held: &Held) -> Vec<String> {
    vec![held.here.access.clone()]
}

fn both_sessions(held: &Held) -> Vec<String> {
    vec![held.here.access.clone(), held.there.access.clone()]
}

fn everything(held: &Held) -> Vec<String> {
    let mut tokens = both_sessions(held);
    tokens.push(held.personal.clone());
    tokens
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sign_out_ends_its_session_at_once() {
    let end = async |app: &TestApp, held: &Held| {
        let path = "/api/v1/sessions/current";
        let answer = app.delete(path, Some(&held.here.access)).await;
        assert_eq!(answer.status, 204);
    };
    assert_no_token_is_accepted_after(end, this_session).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_revocation_ends_its_session_at_once() {
    let end = async |app: &TestApp, held: &Held| {
        let form = format!("token={}", held.here.refresh);
        let answer = app.form("/api/v1/token/revoke", form).await;
        assert_eq!(answer.status, 200);
    };
    assert_no_token_is_accepted_after(end, this_session).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ending_all_other_sessions_ends_them_at_once() {
    let end = async |app: &TestApp, held: &Held| {
        let answer = app
            .delete("/api/v1/sessions", Some(&held.there.access))
            .await;
        assert_eq!(answer.status, 200);
    };
    assert_no_token_is_accepted_after(end, both_sessions).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_password_ends_all_tokens_at_once() {
    let end = async |app: &TestApp, held: &Held| {
        let new = json!({ "current_password": PASSWORD, "new_password": "quite another one" });
        let token = Some(held.there.access.as_str());
        let answer = app.put("/api/v1/me/password", token, &new).await;
        assert_eq!(answer.status, 200);
    };
    assert_no_token_is_accepted_after(end, everything).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn disabling_a_user_ends_all_tokens_at_once() {
    let end = async |app: &TestApp, held: &Held| {
        let id = app.user(&held.email).await.id;
        app.app.guestlist.disable_user(id).await.expect("disables");
    };
    assert_no_token_is_accepted_after(end, everything).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn deleting_a_user_ends_all_tokens_at_once() {
    let end = async |app: &TestApp, held: &Held| {
        let id = app.user(&held.email).await.id;
        app.app.delete_user(id).await.expect("deletes");
    };
    assert_no_token_is_accepted_after(end, everything).await;
}
