//! Tests of refresh tokens when answers get lost, requests race, or tokens are stolen.

use std::time::Duration;

use super::*;
use crate::{
    Client, Lifetimes, SecretKey, SessionStore, Strategy,
    auth::fixture::{self, Fixture, SECRET, logged, refresh_token},
};

const BOTH: [Wanted; 2] = [Wanted::DATABASE, Wanted::JWT];
const DAY: u64 = 24 * 60 * 60;

fn access(signed_in: &SignedIn) -> &str {
    signed_in.access_token.expose()
}

#[tokio::test]
async fn each_refresh_returns_the_next_tokens_of_the_same_session() {
    for wanted in BOTH {
        let fixture = Fixture::new().await;
        let mut held = fixture.sign_in(wanted).await;
        for generation in 1..4 {
            fixture.advance(60);
            let next = fixture.refresh(refresh_token(&held)).await;
            let next = next.expect("refreshes");
            assert_ne!(refresh_token(&next), refresh_token(&held));
            assert_ne!(access(&next), access(&held));
            assert_eq!(next.expires_in, held.expires_in);
            assert_eq!(next.user.id, fixture.user.id);
            assert_eq!(
                fixture.session(held.session.id).await,
                Some(next.session.clone())
            );
            assert_eq!(next.session.generation, generation);
            assert_eq!(next.session.refreshed_at, Some(fixture.now()));
            assert_eq!(next.session.last_seen_at, fixture.now());
            assert_eq!(next.session.scope, held.session.scope);
            assert_eq!(next.session.expires_at, held.session.expires_at);
            assert!(fixture.opens(access(&next)).await);
            held = next;
        }
    }
}

#[tokio::test]
async fn the_previous_opaque_token_ends_at_once_and_a_jwt_when_it_expires() {
    for wanted in BOTH {
        let fixture = Fixture::new().await;
        let held = fixture.sign_in(wanted).await;
        assert!(fixture.opens(access(&held)).await, "it is in the cache now");
        let next = fixture.refresh(refresh_token(&held)).await;
        let next = next.expect("refreshes");
        let is_jwt = wanted == Wanted::JWT;
        assert_eq!(fixture.opens(access(&held)).await, is_jwt);
        assert!(fixture.opens(access(&next)).await);
    }
}

#[tokio::test]
async fn a_lost_answer_is_repeated_within_the_window() {
    for wanted in BOTH {
        let fixture = Fixture::new().await;
        let held = fixture.sign_in(wanted).await;
        let lost = fixture.refresh(refresh_token(&held)).await;
        let lost = lost.expect("refreshes");
        for retries in 1..3 {
            fixture.advance(3);
            let again = fixture.refresh(refresh_token(&held)).await;
            let again = again.expect("is given again");
            assert_eq!(refresh_token(&again), refresh_token(&lost));
            if wanted == Wanted::DATABASE {
                assert_eq!(access(&again), access(&lost));
                assert!(
                    again.expires_in < lost.expires_in,
                    "its expiry is unchanged"
                );
            }
            assert!(fixture.opens(access(&again)).await);
            let expected = Session {
                retries,
                ..lost.session.clone()
            };
            assert_eq!(fixture.session(held.session.id).await, Some(expected));
        }
        let next = fixture.refresh(refresh_token(&lost)).await;
        assert_eq!(next.expect("refreshes").session.retries, 0);
    }
}

#[tokio::test]
async fn the_previous_token_ends_the_session_after_the_window() {
    for wanted in BOTH {
        let fixture = Fixture::new().await;
        let held = fixture.sign_in(wanted).await;
        let next = fixture.refresh(refresh_token(&held)).await;
        let next = next.expect("refreshes");
        fixture.clock.advance(Duration::from_millis(9_999));
        assert!(fixture.refresh(refresh_token(&held)).await.is_some());
        assert!(fixture.opens(access(&next)).await, "it is in the cache now");
        fixture.clock.advance(Duration::from_millis(1));
        assert!(fixture.refresh(refresh_token(&held)).await.is_none());
        assert_eq!(fixture.session(held.session.id).await, None);
        assert!(!fixture.opens(access(&next)).await);
        assert!(fixture.refresh(refresh_token(&next)).await.is_none());
    }
}

/// A thief who refreshed twice cannot hide from the victim's next attempt.
#[tokio::test]
async fn any_older_token_ends_the_session_at_any_time() {
    for (rotations, wait) in [(2, 0), (2, 60), (5, 0), (5, 6 * DAY)] {
        let fixture = Fixture::new().await;
        let stolen = fixture.sign_in(Wanted::DATABASE).await;
        let mut held = fixture
            .refresh(refresh_token(&stolen))
            .await
            .expect("refreshes");
        for _ in 1..rotations {
            held = fixture
                .refresh(refresh_token(&held))
                .await
                .expect("refreshes");
        }
        fixture.advance(wait);
        assert!(fixture.refresh(refresh_token(&stolen)).await.is_none());
        assert_eq!(
            fixture.session(stolen.session.id).await,
            None,
            "{rotations} {wait}"
        );
        assert!(!fixture.opens(access(&held)).await);
        assert!(fixture.refresh(refresh_token(&held)).await.is_none());
    }
}

/// RF01: an operator can find the session in the log, and the log contains no token.
#[tokio::test]
async fn the_reuse_of_an_old_refresh_token_is_logged_as_a_security_event() {
    let fixture = Fixture::new().await;
    let copied = fixture.sign_in(Wanted::DATABASE).await;
    let mut held = Vec::new();
    let log = logged(async {
        let next = fixture.refresh(refresh_token(&copied)).await;
        let next = next.expect("refreshes");
        held.extend(fixture.refresh(refresh_token(&next)).await);
        held.push(next);
    })
    .await;
    assert!(!log.contains("security:"), "there is no event yet: {log}");
    let log = logged(async {
        assert!(fixture.refresh(refresh_token(&copied)).await.is_none());
        assert!(fixture.refresh(refresh_token(&copied)).await.is_none());
    })
    .await;
    let events: Vec<_> = log
        .lines()
        .filter(|line| line.contains("security:"))
        .collect();
    assert_eq!(events.len(), 1, "once for the session that ended: {log}");
    let (user, session) = (fixture.user.id, copied.session.id);
    for words in [
        "WARN".to_owned(),
        format!("user={user}"),
        format!("session={session}"),
    ] {
        assert!(events[0].contains(&words), "{words}: {log}");
    }
    held.push(copied);
    for tokens in &held {
        for token in [refresh_token(tokens), access(tokens)] {
            let parts = [&token[..24], &token[token.len() - 24..]];
            assert!(parts.iter().all(|part| !log.contains(part)), "{log}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_refreshes_all_get_the_same_tokens() {
    let fixture = Fixture::new().await;
    let mut held = fixture.sign_in(Wanted::DATABASE).await;
    for _ in 0..50 {
        let tasks = [(); 3].map(|()| {
            let (guestlist, token) = (fixture.guestlist.clone(), refresh_token(&held).to_owned());
            tokio::spawn(async move { fixture::refresh(&guestlist, &token).await })
        });
        let mut got = Vec::new();
        for task in tasks {
            got.push(task.await.expect("ends").expect("refreshes"));
        }
        let first = got.pop().expect("there are three");
        for other in &got {
            assert_eq!(refresh_token(other), refresh_token(&first));
            assert_eq!(access(other), access(&first));
        }
        assert!(!fixture.opens(access(&held)).await);
        held = first;
    }
    assert_eq!(held.session.generation, 50);
}

#[tokio::test]
async fn an_ended_session_is_never_refreshed() {
    for end in [
        "sign out", "disable", "delete", "password", "expiry", "idleness",
    ] {
        let fixture = Fixture::with(|builder| {
            builder.lifetimes(Lifetimes {
                session: Duration::from_secs(3 * DAY),
                idle: Duration::from_secs(if end == "idleness" { DAY } else { 30 * DAY }),
                ..Lifetimes::default()
            })
        })
        .await;
        let (guestlist, user) = (&fixture.guestlist, fixture.user.id);
        let held = fixture.sign_in(Wanted::DATABASE).await;
        match end {
            "sign out" => guestlist.sign_out(held.session.id).await.expect("ends"),
            "disable" => guestlist.disable_user(user).await.expect("disables"),
            "delete" => guestlist.delete_user(user).await.expect("deletes"),
            "password" => {
                let new = fixture::password("another one");
                guestlist.set_password(user, new).await.expect("sets");
            }
            "expiry" => fixture.advance(3 * DAY),
            _ => fixture.advance(DAY),
        }
        let left = fixture.session(held.session.id).await;
        assert!(
            fixture.refresh(refresh_token(&held)).await.is_none(),
            "{end}"
        );
        assert_eq!(
            fixture.session(held.session.id).await,
            left,
            "nothing is written"
        );
    }
}

/// RF06: refreshing does not extend the session.
#[tokio::test]
async fn a_session_refreshed_every_day_ends_after_30_days() {
    let fixture = Fixture::new().await;
    let mut held = fixture.sign_in(Wanted::JWT).await;
    for _ in 1..30 {
        fixture.advance(DAY);
        held = fixture
            .refresh(refresh_token(&held))
            .await
            .expect("refreshes");
    }
    fixture.advance(DAY - 60);
    held = fixture
        .refresh(refresh_token(&held))
        .await
        .expect("refreshes");
    assert_eq!(
        held.expires_in,
        Duration::from_secs(60),
        "no token is valid longer than its session"
    );
    fixture.advance(60);
    assert!(fixture.refresh(refresh_token(&held)).await.is_none());
    assert!(!fixture.opens(access(&held)).await);
}

/// RF03: all get one answer, and nothing changes.
#[tokio::test]
async fn an_invalid_refresh_token_changes_nothing() {
    let fixture = Fixture::new().await;
    let held = fixture.sign_in(Wanted::DATABASE).await;
    let made = fixture.personal_token().await;
    let other = fixture.node("another secret", |builder| builder);
    let foreign = other.sign_in(
        Some(&fixture.user.email),
        fixture::password(fixture::PASSWORD),
        Client::default(),
        Wanted::DATABASE,
    );
    let foreign = foreign.await.expect("signs in");
    let token = refresh_token(&held);
    let before = fixture.session(held.session.id).await;
    for text in [
        "",
        "null",
        "glr_",
        access(&held),
        made.secret.expose(),
        refresh_token(&foreign),
        &token[..token.len() - 1],
        &format!("{token} "),
        &token.replacen("glr_", "gla_", 1),
    ] {
        assert!(fixture.refresh(text).await.is_none(), "{text}");
    }
    assert_eq!(fixture.session(held.session.id).await, before);
    assert!(fixture.refresh(token).await.is_some());
}

#[tokio::test]
async fn a_session_without_a_refresh_token_cannot_be_refreshed() {
    let fixture = Fixture::new().await;
    for strategy in [Strategy::Database, Strategy::Jwt] {
        let wanted = Wanted::Tokens {
            strategy,
            refresh: false,
        };
        let held = fixture.sign_in(wanted).await;
        assert!(held.refresh_token.is_none());
        assert_eq!(held.session.refresh_hash, None);
        let ends = fixture.now().plus(held.expires_in);
        assert_eq!(
            held.session.expires_at, ends,
            "no credential is valid later"
        );
        let forged = fixture.guestlist.refresh_keys().first(held.session.id);
        assert!(fixture.refresh(forged.expose()).await.is_none());
        assert!(fixture.opens(access(&held)).await);
    }
}

#[tokio::test]
async fn the_secret_can_be_changed_without_signing_users_out() {
    let fixture = Fixture::new().await;
    let held = fixture.sign_in(Wanted::DATABASE).await;
    let old = || SecretKey::weak(SECRET).expect("is a key");
    let changed = fixture.node("a new secret", |builder| builder.previous_secret(old()));
    let token = refresh_token(&held);
    let next = fixture::refresh(&changed, token).await.expect("refreshes");
    let forgotten = fixture.node("a new secret", |builder| builder);
    let after = fixture::refresh(&forgotten, refresh_token(&next)).await;
    assert!(
        after.is_some(),
        "the next tokens are made with the new secret"
    );
}

#[tokio::test]
async fn a_lost_answer_is_repeated_after_a_change_of_the_secret() {
    let fixture = Fixture::new().await;
    let held = fixture.sign_in(Wanted::DATABASE).await;
    let lost = fixture
        .refresh(refresh_token(&held))
        .await
        .expect("refreshes");
    let old = || SecretKey::weak(SECRET).expect("is a key");
    let changed = fixture.node("a new secret", |builder| builder.previous_secret(old()));
    let again = fixture::refresh(&changed, refresh_token(&held)).await;
    let again = again.expect("is given again");
    assert_eq!(refresh_token(&again), refresh_token(&lost));
    assert_eq!(access(&again), access(&lost));
}

/// The lost answer was made with a secret that this node does not know: it returns nothing, and the
/// client that has the answer goes on.
#[tokio::test]
async fn tokens_that_do_not_match_the_stored_hashes_are_not_returned_and_the_session_stays() {
    let fixture = Fixture::new().await;
    let held = fixture.sign_in(Wanted::DATABASE).await;
    let old = || SecretKey::weak(SECRET).expect("is a key");
    let one = fixture.node("one", |builder| builder.previous_secret(old()));
    let two = fixture.node("two", |builder| builder.previous_secret(old()));
    let next = fixture::refresh(&one, refresh_token(&held)).await;
    let next = next.expect("refreshes");
    assert!(fixture::refresh(&two, refresh_token(&held)).await.is_none());
    assert_eq!(
        fixture.session(held.session.id).await,
        Some(next.session.clone())
    );
    assert!(fixture::refresh(&one, refresh_token(&next)).await.is_some());
}

/// A store that was restored from a backup is behind its clients: they must sign in again, and are
/// not treated as thieves.
#[tokio::test]
async fn a_token_of_a_later_generation_is_refused_and_ends_nothing() {
    let fixture = Fixture::new().await;
    let held = fixture.sign_in(Wanted::DATABASE).await;
    let (copy, _) = fixture
        .store
        .find_session(held.session.id)
        .await
        .expect("answers")
        .expect("is there");
    let next = fixture
        .refresh(refresh_token(&held))
        .await
        .expect("refreshes");
    fixture
        .store
        .insert_session(&copy, 100)
        .await
        .expect("brings back");
    assert!(fixture.refresh(refresh_token(&next)).await.is_none());
    assert_eq!(fixture.session(held.session.id).await, Some(copy));
    assert!(fixture.refresh(refresh_token(&held)).await.is_some());
}

/// The same for a token of the right generation that is not the stored one.
#[tokio::test]
async fn an_authentic_token_that_is_not_stored_is_refused_and_ends_nothing() {
    let fixture = Fixture::new().await;
    let held = fixture.sign_in(Wanted::DATABASE).await;
    let other = fixture.guestlist.refresh_keys().first(held.session.id);
    assert!(fixture.refresh(other.expose()).await.is_none());
    assert!(fixture.refresh(refresh_token(&held)).await.is_some());
}

#[tokio::test]
async fn without_a_window_every_second_use_of_a_token_ends_the_session() {
    let fixture = Fixture::with(|builder| {
        builder.lifetimes(Lifetimes {
            refresh_window: Duration::ZERO,
            ..Lifetimes::default()
        })
    })
    .await;
    let held = fixture.sign_in(Wanted::JWT).await;
    assert!(fixture.refresh(refresh_token(&held)).await.is_some());
    assert!(fixture.refresh(refresh_token(&held)).await.is_none());
    assert_eq!(fixture.session(held.session.id).await, None);
}

fn from(device: &str, address: &str) -> Client {
    Client {
        device: Some(device.to_owned()),
        address: address.parse().ok(),
    }
}

/// A thief who copied both tokens gets the victim's answers, but is logged and stopped soon.
#[tokio::test]
async fn a_third_retry_of_one_generation_ends_the_session() {
    for wanted in BOTH {
        let fixture = Fixture::new().await;
        let copied = fixture.sign_in(wanted).await;
        let victims = fixture.refresh(refresh_token(&copied)).await;
        let victims = victims.expect("refreshes");
        for _ in 0..2 {
            assert!(fixture.refresh(refresh_token(&copied)).await.is_some());
        }
        assert!(
            fixture.opens(access(&victims)).await,
            "it is in the cache now"
        );
        let refused = fixture
            .guestlist
            .refresh(refresh_token(&copied), Client::default());
        let refused = refused.await.expect_err("is too many");
        assert!(matches!(refused, RefreshError::TooManyRetries));
        let other = RefreshError::InvalidGrant;
        assert_eq!(
            refused.to_string(),
            other.to_string(),
            "the client is not told which"
        );
        assert_eq!(fixture.session(copied.session.id).await, None);
        assert!(!fixture.opens(access(&victims)).await);
        assert!(fixture.refresh(refresh_token(&victims)).await.is_none());
    }
}

/// Retries are counted per generation, so a client with a bad connection can go on without end.
#[tokio::test]
async fn the_count_of_retries_starts_again_after_every_refresh() {
    let fixture = Fixture::new().await;
    let mut held = fixture.sign_in(Wanted::DATABASE).await;
    for _ in 0..5 {
        let next = fixture.refresh(refresh_token(&held)).await;
        for _ in 0..2 {
            assert!(fixture.refresh(refresh_token(&held)).await.is_some());
        }
        held = next.expect("refreshes");
    }
}

#[tokio::test]
async fn the_number_of_retries_is_a_setting() {
    for most in [0, 5] {
        let fixture = Fixture::with(|builder| builder.refresh_retries(most)).await;
        let held = fixture.sign_in(Wanted::DATABASE).await;
        assert!(fixture.refresh(refresh_token(&held)).await.is_some());
        for _ in 0..most {
            assert!(fixture.refresh(refresh_token(&held)).await.is_some());
        }
        assert!(
            fixture.refresh(refresh_token(&held)).await.is_none(),
            "{most}"
        );
        assert_eq!(fixture.session(held.session.id).await, None, "{most}");
    }
}

/// Several nodes count together, and no racing retry is lost.
#[tokio::test(flavor = "multi_thread")]
async fn racing_retries_get_no_more_answers_than_allowed() {
    for _ in 0..20 {
        let fixture = Fixture::new().await;
        let held = fixture.sign_in(Wanted::DATABASE).await;
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let guestlist = fixture.node(SECRET, |builder| builder);
                let token = refresh_token(&held).to_owned();
                tokio::spawn(async move { fixture::refresh(&guestlist, &token).await })
            })
            .collect();
        let mut answered = 0;
        for task in tasks {
            answered += u32::from(task.await.expect("ends").is_some());
        }
        assert!(answered <= 3, "{answered}");
        assert_eq!(fixture.session(held.session.id).await, None);
    }
}

/// RF01: an operator sees the use of a copied token within the window.
#[tokio::test]
async fn a_retry_is_a_security_event_and_from_another_network_or_device_a_warning() {
    let before = from("a browser", "192.0.2.1");
    for (client, level, another) in [
        (from("a browser", "192.0.2.200"), "INFO", ""),
        (
            from("a browser", "198.51.100.1"),
            "WARN",
            "another=\"network\"",
        ),
        (from("curl", "192.0.2.1"), "WARN", "another=\"device\""),
        (
            from("curl", "2001:db8::1"),
            "WARN",
            "another=\"network and device\"",
        ),
        (Client::default(), "WARN", "another=\"network and device\""),
    ] {
        let fixture = Fixture::new().await;
        let held = fixture.sign_in(Wanted::DATABASE).await;
        let token = refresh_token(&held);
        let (guestlist, quiet) = (&fixture.guestlist, logged);
        let log = quiet(async {
            let refreshed = fixture::refresh_from(guestlist, token, before.clone()).await;
            assert!(refreshed.is_some());
        })
        .await;
        assert!(!log.contains("security:"), "there is no retry yet: {log}");
        let log = logged(async {
            let again = fixture::refresh_from(guestlist, token, client.clone()).await;
            assert!(again.is_some());
        })
        .await;
        let events: Vec<_> = log
            .lines()
            .filter(|line| line.contains("security:"))
            .collect();
        assert_eq!(events.len(), 1, "{log}");
        let session = format!("session={}", held.session.id);
        for words in [level, another, &session, "retries=1"] {
            assert!(events[0].contains(words), "{words}: {log}");
        }
        assert_eq!(events[0].contains("another="), !another.is_empty(), "{log}");
        if let Some(address) = client.address {
            assert!(events[0].contains(&format!("address={address}")), "{log}");
        }
        assert!(!log.contains(&token[..24]), "{log}");
        let kept = fixture.session(held.session.id).await.expect("is there");
        assert_eq!(kept.refreshed_by, before, "a retry is not a refresh");
        assert_eq!(kept.client, Client::default(), "the origin of the sign-in");
    }
}

#[tokio::test]
async fn ending_a_session_after_too_many_retries_is_logged_as_a_warning() {
    let fixture = Fixture::with(|builder| builder.refresh_retries(0)).await;
    let held = fixture.sign_in(Wanted::DATABASE).await;
    let log = logged(async {
        fixture
            .refresh(refresh_token(&held))
            .await
            .expect("refreshes");
        assert!(fixture.refresh(refresh_token(&held)).await.is_none());
    })
    .await;
    let expected = "security: a refresh token was used again too often, so its session ends";
    let event = log.lines().find(|line| line.contains(expected));
    assert!(event.is_some_and(|event| event.contains("WARN")), "{log}");
}
