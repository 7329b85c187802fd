//! Many requests at the same time.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures_util::future::join_all;
use guestlist::{AccountRules, MessageKind};
use serde_json::{Value, json};

use super::{ME, sign_in, sign_up};
use crate::{
    second_factor::Enrolled,
    test_app::{Answer, PASSWORD, TestApp},
};

const ADA: &str = "ada@example.com";
const RESET: &str = "/api/v1/password/reset";
const CONFIRM_RESET: &str = "/api/v1/password/reset/confirm";
const VERIFY: &str = "/api/v1/email/verification";
const CONFIRM_VERIFY: &str = "/api/v1/email/verification/confirm";

async fn with_mail() -> TestApp {
    let rules = AccountRules {
        sends_mail: true,
        ..AccountRules::default()
    };
    TestApp::settled(|builder| builder.account_rules(rules)).await
}

/// Sends the same request with each of these bodies at the same time.
async fn at_once(app: &TestApp, path: &str, bodies: Vec<Value>) -> Vec<Answer> {
    join_all(bodies.iter().map(|body| app.post(path, None, body))).await
}

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

/// RC04
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_32_concurrent_uses_of_a_reset_link_one_sets_its_password() {
    let app = with_mail().await;
    app.signed_in(ADA).await;
    app.post(RESET, None, &json!({ "email": ADA })).await;
    let token = app.newest_link(None, MessageKind::ResetPassword).await;
    let new = |number| format!("the new password {number}");
    let body = |number| json!({ "token": token, "new_password": new(number) });
    let answers = at_once(&app, CONFIRM_RESET, (0..32).map(body).collect()).await;
    let mut won = Vec::new();
    for (number, answer) in answers.iter().enumerate() {
        if answer.status == 204 {
            won.push(number);
        } else {
            answer.refused(400, "invalid_link");
        }
    }
    let [winner] = won[..] else { panic!("{won:?}") };
    for number in [0, 1, winner, 31] {
        let status = sign_in(&app, ADA, new(number)).await.status;
        assert_eq!(status == 201, number == winner, "{number}: {status}");
    }
}

/// RC05
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_32_concurrent_uses_of_one_code_one_signs_in() {
    let app = TestApp::start().await;
    let path = "/api/v1/sessions/second-factor";
    for kind in ["totp", "recovery code"] {
        let user = Enrolled::new(&app).await;
        let code = match kind {
            "totp" => user.next_code(&app),
            _ => user.codes[0].expose().to_string(),
        };
        let challenge = user.challenge(&app).await;
        let body = json!({ "challenge": challenge, "code": code });
        let answers = at_once(&app, path, vec![body; 32]).await;
        let count = |status: u16| answers.iter().filter(|it| it.status == status).count();
        assert_eq!(count(201), 1, "{kind}");
        // Wrong tries count, so some of the others are refused before their code is read.
        assert_eq!(count(401) + count(429), 31, "{kind}");
    }
}

/// RC06
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_the_answer_to_a_new_password_nothing_old_works() {
    let app = Arc::new(TestApp::start().await);
    let first = app.signed_in(ADA).await;
    let held = app.open(ADA).await;
    let racers = (0..16).map(|number| {
        let (app, refresh) = (Arc::clone(&app), held.refresh.clone());
        tokio::spawn(async move {
            match number % 2 {
                0 => sign_in(&app, ADA, PASSWORD).await,
                _ => app.refresh(&refresh).await,
            }
        })
    });
    let racers: Vec<_> = racers.collect();
    let change = json!({ "current_password": PASSWORD, "new_password": "another password" });
    let changed = app.put("/api/v1/me/password", Some(&first), &change).await;
    assert!(
        [200, 204, 401].contains(&changed.status.as_u16()),
        "{changed:?}"
    );
    let done = changed.status != 401;
    let mut tokens = vec![first, held.access];
    for racer in racers {
        let answer = racer.await.expect("does not panic");
        tokens.extend(answer.json()["access_token"].as_str().map(str::to_owned));
    }
    assert!(done, "no end was in this race: {changed:?}");
    for token in tokens {
        let refused = app.get(ME, Some(&token)).await;
        refused.refused(401, "invalid_token");
    }
    assert_eq!(sign_in(&app, ADA, PASSWORD).await.status, 401);
    assert_eq!(app.refresh(&held.refresh).await.status, 400);
    assert_eq!(sign_in(&app, ADA, "another password").await.status, 201);
}

/// RC08: verifying twice at once is verifying. Afterwards the link does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_uses_of_a_verification_link_verify_and_end_it() {
    let app = with_mail().await;
    app.signed_in(ADA).await;
    app.post(VERIFY, None, &json!({ "email": ADA })).await;
    let token = app.newest_link(None, MessageKind::VerifyEmail).await;
    let body = json!({ "token": token });
    let answers = at_once(&app, CONFIRM_VERIFY, vec![body.clone(); 16]).await;
    let done = answers.iter().filter(|answer| answer.status == 204);
    assert!(done.count() > 0);
    for answer in &answers {
        if answer.status != 204 {
            answer.refused(400, "invalid_link");
        }
    }
    assert!(app.user(ADA).await.verified_at.is_some());
    let again = app.post(CONFIRM_VERIFY, None, &body).await;
    again.refused(400, "invalid_link");
}

/// RC09
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_the_answer_to_disabling_no_refreshed_token_works() {
    let app = Arc::new(TestApp::start().await);
    app.signed_in(ADA).await;
    let id = app.user(ADA).await.id;
    let held = [
        app.open(ADA).await,
        app.open(ADA).await,
        app.open(ADA).await,
    ];
    let racers = held.iter().map(|held| {
        let (app, refresh) = (Arc::clone(&app), held.refresh.clone());
        tokio::spawn(async move { app.refresh(&refresh).await })
    });
    let racers: Vec<_> = racers.collect();
    let disabled = app.app.guestlist.disable_user(id).await;
    disabled.expect("disables");
    for racer in racers {
        let answer = racer.await.expect("does not panic");
        let body = answer.json();
        let Some(access) = body["access_token"].as_str() else {
            continue;
        };
        let refused = app.get(ME, Some(access)).await;
        refused.refused(401, "invalid_token");
        let refresh = body["refresh_token"].as_str().expect("is there");
        assert_eq!(app.refresh(refresh).await.status, 400);
    }
}
