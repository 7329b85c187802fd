//! `grant_type=refresh_token` (RFC 6749, section 6; RFC 9700, section 4.14.2).

use std::{collections::HashSet, sync::Arc, time::Duration};

use guestlist::Strategy;

use super::{PATH, assert_not_cached, assert_refused};
use crate::test_app::{TestApp, Tokens};

const ADA: &str = "ada@example.com";
const ME: &str = "/api/v1/me";
const DAY: Duration = Duration::from_secs(86_400);
const BOTH: [Strategy; 2] = [Strategy::Database, Strategy::Jwt];

async fn fixture(strategy: Strategy) -> (TestApp, Tokens) {
    let app = TestApp::handing_out(strategy).await;
    app.signed_in(ADA).await;
    let tokens = app.open(ADA).await;
    (app, tokens)
}

async fn refreshed(app: &TestApp, token: &str) -> Tokens {
    let answer = app.refresh(token).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.tokens()
}

async fn opens(app: &TestApp, token: &str) -> bool {
    let answer = app.get(ME, Some(token)).await;
    if answer.status != 200 {
        answer.refused(401, "invalid_token");
    }
    answer.status == 200
}

#[tokio::test]
async fn a_refresh_token_gets_the_next_tokens_of_the_same_strategy() {
    for (strategy, expires_in) in [(Strategy::Database, 86_400), (Strategy::Jwt, 600)] {
        let (app, first) = fixture(strategy).await;
        app.clock.advance(Duration::from_secs(60));
        let answer = app.refresh(&first.refresh).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_not_cached(&answer);
        let body = answer.json();
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(4));
        assert_eq!(
            (&body["token_type"], &body["expires_in"]),
            (&"Bearer".into(), &expires_in.into())
        );
        let next = answer.tokens();
        assert_ne!(next.refresh, first.refresh);
        assert!(opens(&app, &next.access).await);
        // An opaque access token ends at once. A JWT stays valid until it expires.
        assert_eq!(opens(&app, &first.access).await, strategy == Strategy::Jwt);
    }
}

/// RF02: a retry of a refresh whose response was lost gets the same response, for ten seconds.
#[tokio::test]
async fn a_retry_gets_the_same_response() {
    for strategy in BOTH {
        let (app, first) = fixture(strategy).await;
        let next = refreshed(&app, &first.refresh).await;
        app.clock.advance(Duration::from_millis(9_999));
        let again = refreshed(&app, &first.refresh).await;
        assert_eq!(again.refresh, next.refresh);
        assert_eq!(again.access == next.access, strategy == Strategy::Database);
        assert!(opens(&app, &next.access).await);
        assert!(opens(&app, &again.access).await);
    }
}

/// RF01: an old refresh token means that the tokens were copied: the thief or the owner sends it.
#[tokio::test]
async fn an_old_refresh_token_ends_the_session() {
    for strategy in BOTH {
        for rotations in [1, 2, 5] {
            let (app, first) = fixture(strategy).await;
            let other = app.open(ADA).await;
            let mut last = refreshed(&app, &first.refresh).await;
            for _ in 1..rotations {
                last = refreshed(&app, &last.refresh).await;
            }
            assert!(opens(&app, &last.access).await);
            app.clock.advance(Duration::from_secs(10));
            assert!(opens(&app, &last.access).await);
            let reused = app.refresh(&first.refresh).await;
            assert_refused(&reused, 400, "invalid_grant");
            assert!(!opens(&app, &last.access).await, "{strategy:?} {rotations}");
            assert_refused(&app.refresh(&last.refresh).await, 400, "invalid_grant");
            assert!(
                opens(&app, &other.access).await,
                "another session continues"
            );
        }
    }
}

/// RF03: an expired, ended or forged token, or one of another kind or user, gets the same response,
/// byte by byte.
#[tokio::test]
async fn every_refused_refresh_token_gets_the_same_response() {
    let (app, first) = fixture(Strategy::Database).await;
    let bob = app.signed_in("bob@example.com").await;
    let ended = app.open(ADA).await;
    app.delete("/api/v1/sessions/current", Some(&ended.access))
        .await;
    let disabled = app.open("bob@example.com").await;
    let id = app.user("bob@example.com").await.id;
    app.app.guestlist.disable_user(id).await.expect("disables");
    let mut mistyped = first.refresh.clone();
    mistyped.pop();
    // The id of one session with the secret of another has no valid MAC and no valid checksum.
    let (head, _) = first.refresh.split_at(30);
    let mixed = format!("{head}{}", &disabled.refresh[30..]);
    let mut answers = Vec::new();
    for token in [
        "x",
        "glr_",
        &first.access,
        &bob,
        &ended.refresh,
        &disabled.refresh,
        &mistyped,
        &mixed,
        &first.refresh.to_uppercase(),
    ] {
        let answer = app.refresh(token).await;
        assert_refused(&answer, 400, "invalid_grant");
        assert_eq!(answer.header("www-authenticate"), None);
        let mut headers = answer.headers.clone();
        headers.remove("x-request-id");
        answers.push((headers, answer.body));
    }
    let live = refreshed(&app, &first.refresh).await;
    app.clock.advance(30 * DAY);
    let expired = app.refresh(&live.refresh).await;
    assert_refused(&expired, 400, "invalid_grant");
    let mut headers = expired.headers.clone();
    headers.remove("x-request-id");
    answers.push((headers, expired.body));
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}

/// RF05, RFC 6749, section 6: no scope was granted by name, so any requested scope would be a new
/// one.
#[tokio::test]
async fn a_scope_is_refused_and_the_refresh_token_stays_valid() {
    let (app, first) = fixture(Strategy::Database).await;
    for scope in ["admin", "account", "read+write", "account+introspect"] {
        let token = &first.refresh;
        let form = format!("grant_type=refresh_token&refresh_token={token}&scope={scope}");
        assert_refused(&app.form(PATH, form).await, 400, "invalid_scope");
    }
    app.clock.advance(Duration::from_secs(60));
    assert!(opens(&app, &first.access).await);
    refreshed(&app, &first.refresh).await;
}

/// RF06: even with a refresh every day a session ends after 30 days.
#[tokio::test]
async fn refreshes_do_not_prolong_a_session_above_its_limit() {
    for strategy in BOTH {
        let (app, mut held) = fixture(strategy).await;
        for day in 1..365 {
            app.clock.advance(DAY);
            let answer = app.refresh(&held.refresh).await;
            if day < 30 {
                assert_eq!(answer.status, 200, "on day {day}");
                held = answer.tokens();
                assert!(opens(&app, &held.access).await, "on day {day}");
            } else {
                assert_refused(&answer, 400, "invalid_grant");
            }
        }
    }
}

/// RF07, RFC 8725, section 3.12
#[tokio::test]
async fn a_refresh_token_is_not_accepted_as_an_access_token() {
    let (app, first) = fixture(Strategy::Database).await;
    assert!(!opens(&app, &first.refresh).await);
    assert!(opens(&app, &first.access).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_concurrent_refreshes_get_the_same_refresh_token() {
    for strategy in BOTH {
        let (app, first) = fixture(strategy).await;
        let (app, token) = (Arc::new(app), Arc::<str>::from(first.refresh));
        let racers = (0..3).map(|_| {
            let (app, token) = (Arc::clone(&app), Arc::clone(&token));
            tokio::spawn(async move { refreshed(&app, &token).await })
        });
        let mut families = HashSet::new();
        for racer in racers.collect::<Vec<_>>() {
            let tokens = racer.await.expect("does not panic");
            assert!(opens(&app, &tokens.access).await);
            families.insert(tokens.refresh);
        }
        assert_eq!(families.len(), 1, "{strategy:?}");
    }
}

/// More retries than a client needs mean that the token was copied, so the session ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_concurrent_refreshes_three_get_tokens_and_the_session_ends() {
    for strategy in BOTH {
        let (app, first) = fixture(strategy).await;
        let (app, token) = (Arc::new(app), Arc::<str>::from(first.refresh));
        let racers = (0..32).map(|_| {
            let (app, token) = (Arc::clone(&app), Arc::clone(&token));
            tokio::spawn(async move { app.refresh(&token).await })
        });
        let mut answered = Vec::new();
        for racer in racers.collect::<Vec<_>>() {
            let answer = racer.await.expect("does not panic");
            if answer.status == 200 {
                answered.push(answer.tokens());
            } else {
                assert_refused(&answer, 400, "invalid_grant");
            }
        }
        assert!((1..=3).contains(&answered.len()), "{}", answered.len());
        for tokens in &answered {
            assert!(!opens(&app, &tokens.access).await, "{strategy:?}");
        }
    }
}
