//! One family of tokens, whatever gets lost, races or is stolen.

use std::time::Duration;

use super::*;
use crate::{
    Client, Lifetimes, SecretKey, SessionStore, Strategy,
    auth::scene::{self, SECRET, Scene, logged, refresh_token},
};

const BOTH: [Wanted; 2] = [Wanted::DATABASE, Wanted::JWT];
const DAY: u64 = 24 * 60 * 60;

fn access(signed_in: &SignedIn) -> &str {
    signed_in.access_token.expose()
}

#[tokio::test]
async fn each_use_gives_the_next_tokens_of_the_same_session() {
    for wanted in BOTH {
        let scene = Scene::new().await;
        let mut held = scene.sign_in(wanted).await;
        for generation in 1..4 {
            scene.advance(60);
            let next = scene.refresh(refresh_token(&held)).await;
            let next = next.expect("refreshes");
            assert_ne!(refresh_token(&next), refresh_token(&held));
            assert_ne!(access(&next), access(&held));
            assert_eq!(next.expires_in, held.expires_in);
            assert_eq!(next.user.id, scene.user.id);
            assert_eq!(
                scene.session(held.session.id).await,
                Some(next.session.clone())
            );
            assert_eq!(next.session.generation, generation);
            assert_eq!(next.session.refreshed_at, Some(scene.now()));
            assert_eq!(next.session.last_seen_at, scene.now());
            assert_eq!(next.session.scope, held.session.scope);
            assert_eq!(next.session.expires_at, held.session.expires_at);
            assert!(scene.opens(access(&next)).await);
            held = next;
        }
    }
}

#[tokio::test]
async fn the_database_token_before_is_dead_at_once_and_a_jwt_runs_to_its_end() {
    for wanted in BOTH {
        let scene = Scene::new().await;
        let held = scene.sign_in(wanted).await;
        assert!(scene.opens(access(&held)).await, "it is in the cache now");
        let next = scene.refresh(refresh_token(&held)).await;
        let next = next.expect("refreshes");
        let is_jwt = wanted == Wanted::JWT;
        assert_eq!(scene.opens(access(&held)).await, is_jwt);
        assert!(scene.opens(access(&next)).await);
    }
}

#[tokio::test]
async fn an_answer_that_got_lost_is_given_again_within_the_window() {
    for wanted in BOTH {
        let scene = Scene::new().await;
        let held = scene.sign_in(wanted).await;
        let lost = scene.refresh(refresh_token(&held)).await;
        let lost = lost.expect("refreshes");
        for retries in 1..3 {
            scene.advance(3);
            let again = scene.refresh(refresh_token(&held)).await;
            let again = again.expect("is given again");
            assert_eq!(refresh_token(&again), refresh_token(&lost));
            if wanted == Wanted::DATABASE {
                assert_eq!(access(&again), access(&lost));
                assert!(again.expires_in < lost.expires_in, "it ends when it ends");
            }
            assert!(scene.opens(access(&again)).await);
            let expected = Session {
                retries,
                ..lost.session.clone()
            };
            assert_eq!(scene.session(held.session.id).await, Some(expected));
        }
        let next = scene.refresh(refresh_token(&lost)).await;
        assert_eq!(next.expect("refreshes").session.retries, 0);
    }
}

#[tokio::test]
async fn the_token_before_ends_the_session_when_the_window_is_over() {
    for wanted in BOTH {
        let scene = Scene::new().await;
        let held = scene.sign_in(wanted).await;
        let next = scene.refresh(refresh_token(&held)).await;
        let next = next.expect("refreshes");
        scene.clock.advance(Duration::from_millis(9_999));
        assert!(scene.refresh(refresh_token(&held)).await.is_some());
        assert!(scene.opens(access(&next)).await, "it is in the cache now");
        scene.clock.advance(Duration::from_millis(1));
        assert!(scene.refresh(refresh_token(&held)).await.is_none());
        assert_eq!(scene.session(held.session.id).await, None);
        assert!(!scene.opens(access(&next)).await);
        assert!(scene.refresh(refresh_token(&next)).await.is_none());
    }
}

/// A thief who rotated twice does not hide the victim's next try.
#[tokio::test]
async fn any_older_token_ends_the_session_however_soon_or_late() {
    for (rotations, wait) in [(2, 0), (2, 60), (5, 0), (5, 6 * DAY)] {
        let scene = Scene::new().await;
        let stolen = scene.sign_in(Wanted::DATABASE).await;
        let mut held = scene
            .refresh(refresh_token(&stolen))
            .await
            .expect("refreshes");
        for _ in 1..rotations {
            held = scene
                .refresh(refresh_token(&held))
                .await
                .expect("refreshes");
        }
        scene.advance(wait);
        assert!(scene.refresh(refresh_token(&stolen)).await.is_none());
        assert_eq!(
            scene.session(stolen.session.id).await,
            None,
            "{rotations} {wait}"
        );
        assert!(!scene.opens(access(&held)).await);
        assert!(scene.refresh(refresh_token(&held)).await.is_none());
    }
}

/// `RF01`: an operator can find whose session it was, and nobody finds a token there.
#[tokio::test]
async fn a_token_that_was_copied_is_a_security_event_in_the_log() {
    let scene = Scene::new().await;
    let copied = scene.sign_in(Wanted::DATABASE).await;
    let mut held = Vec::new();
    let log = logged(async {
        let next = scene.refresh(refresh_token(&copied)).await;
        let next = next.expect("refreshes");
        held.extend(scene.refresh(refresh_token(&next)).await);
        held.push(next);
    })
    .await;
    assert!(!log.contains("security:"), "nothing was wrong yet: {log}");
    let log = logged(async {
        assert!(scene.refresh(refresh_token(&copied)).await.is_none());
        assert!(scene.refresh(refresh_token(&copied)).await.is_none());
    })
    .await;
    let events: Vec<_> = log
        .lines()
        .filter(|line| line.contains("security:"))
        .collect();
    assert_eq!(events.len(), 1, "once for the session that ended: {log}");
    let (user, session) = (scene.user.id, copied.session.id);
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
async fn of_racing_refreshes_all_get_one_family() {
    let scene = Scene::new().await;
    let mut held = scene.sign_in(Wanted::DATABASE).await;
    for _ in 0..50 {
        let tasks = [(); 3].map(|()| {
            let (guestlist, token) = (scene.guestlist.clone(), refresh_token(&held).to_owned());
            tokio::spawn(async move { scene::refresh(&guestlist, &token).await })
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
        assert!(!scene.opens(access(&held)).await);
        held = first;
    }
    assert_eq!(held.session.generation, 50);
}

#[tokio::test]
async fn a_session_that_is_over_is_never_refreshed() {
    for end in [
        "sign out", "disable", "delete", "password", "expiry", "idleness",
    ] {
        let scene = Scene::settled(|door| {
            door.lifetimes(Lifetimes {
                session: Duration::from_secs(3 * DAY),
                idle: Duration::from_secs(if end == "idleness" { DAY } else { 30 * DAY }),
                ..Lifetimes::default()
            })
        })
        .await;
        let (door, user) = (&scene.guestlist, scene.user.id);
        let held = scene.sign_in(Wanted::DATABASE).await;
        match end {
            "sign out" => door.sign_out(held.session.id).await.expect("ends"),
            "disable" => door.disable_user(user).await.expect("disables"),
            "delete" => door.delete_user(user).await.expect("deletes"),
            "password" => {
                let new = scene::password("another one");
                door.set_password(user, new).await.expect("sets");
            }
            "expiry" => scene.advance(3 * DAY),
            _ => scene.advance(DAY),
        }
        let left = scene.session(held.session.id).await;
        assert!(scene.refresh(refresh_token(&held)).await.is_none(), "{end}");
        assert_eq!(
            scene.session(held.session.id).await,
            left,
            "nothing is written"
        );
    }
}

/// `RF06`: refreshing does not make a session live for ever.
#[tokio::test]
async fn a_session_refreshed_every_day_ends_after_thirty() {
    let scene = Scene::new().await;
    let mut held = scene.sign_in(Wanted::JWT).await;
    for _ in 1..30 {
        scene.advance(DAY);
        held = scene
            .refresh(refresh_token(&held))
            .await
            .expect("refreshes");
    }
    scene.advance(DAY - 60);
    held = scene
        .refresh(refresh_token(&held))
        .await
        .expect("refreshes");
    assert_eq!(
        held.expires_in,
        Duration::from_secs(60),
        "nothing outlives its session"
    );
    scene.advance(60);
    assert!(scene.refresh(refresh_token(&held)).await.is_none());
    assert!(!scene.opens(access(&held)).await);
}

/// `RF03`: one answer for all of them, and nothing happens to anybody.
#[tokio::test]
async fn what_is_no_refresh_token_of_ours_changes_nothing() {
    let scene = Scene::new().await;
    let held = scene.sign_in(Wanted::DATABASE).await;
    let made = scene.personal_token().await;
    let other = scene.door("another secret", |door| door);
    let foreign = other.sign_in(
        Some(&scene.user.email),
        scene::password(scene::PASSWORD),
        Client::default(),
        Wanted::DATABASE,
    );
    let foreign = foreign.await.expect("signs in");
    let token = refresh_token(&held);
    let before = scene.session(held.session.id).await;
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
        assert!(scene.refresh(text).await.is_none(), "{text}");
    }
    assert_eq!(scene.session(held.session.id).await, before);
    assert!(scene.refresh(token).await.is_some());
}

#[tokio::test]
async fn a_token_alone_without_refresh_has_nothing_to_refresh() {
    let scene = Scene::new().await;
    for strategy in [Strategy::Database, Strategy::Jwt] {
        let wanted = Wanted::Tokens {
            strategy,
            refresh: false,
        };
        let held = scene.sign_in(wanted).await;
        assert!(held.refresh_token.is_none());
        assert_eq!(held.session.refresh_hash, None);
        let ends = scene.now().plus(held.expires_in);
        assert_eq!(held.session.expires_at, ends, "nothing could open it later");
        let forged = scene.guestlist.refresh_keys().first(held.session.id);
        assert!(scene.refresh(forged.expose()).await.is_none());
        assert!(scene.opens(access(&held)).await);
    }
}

#[tokio::test]
async fn the_secret_can_be_changed_without_signing_anybody_out() {
    let scene = Scene::new().await;
    let held = scene.sign_in(Wanted::DATABASE).await;
    let old = || SecretKey::weak(SECRET).expect("is a key");
    let changed = scene.door("a new secret", |door| door.previous_secret(old()));
    let token = refresh_token(&held);
    let next = scene::refresh(&changed, token).await.expect("refreshes");
    let forgotten = scene.door("a new secret", |door| door);
    let after = scene::refresh(&forgotten, refresh_token(&next)).await;
    assert!(after.is_some(), "the next ones are made under the new one");
}

#[tokio::test]
async fn a_lost_answer_is_given_again_though_the_secret_was_changed_in_between() {
    let scene = Scene::new().await;
    let held = scene.sign_in(Wanted::DATABASE).await;
    let lost = scene
        .refresh(refresh_token(&held))
        .await
        .expect("refreshes");
    let old = || SecretKey::weak(SECRET).expect("is a key");
    let changed = scene.door("a new secret", |door| door.previous_secret(old()));
    let again = scene::refresh(&changed, refresh_token(&held)).await;
    let again = again.expect("is given again");
    assert_eq!(refresh_token(&again), refresh_token(&lost));
    assert_eq!(access(&again), access(&lost));
}

/// Made again under no key that this door knows: nothing else is handed out, and the one who has the
/// answer goes on.
#[tokio::test]
async fn what_does_not_match_the_row_is_not_handed_out_and_the_session_stays() {
    let scene = Scene::new().await;
    let held = scene.sign_in(Wanted::DATABASE).await;
    let old = || SecretKey::weak(SECRET).expect("is a key");
    let one = scene.door("one", |door| door.previous_secret(old()));
    let two = scene.door("two", |door| door.previous_secret(old()));
    let next = scene::refresh(&one, refresh_token(&held)).await;
    let next = next.expect("refreshes");
    assert!(scene::refresh(&two, refresh_token(&held)).await.is_none());
    assert_eq!(
        scene.session(held.session.id).await,
        Some(next.session.clone())
    );
    assert!(scene::refresh(&one, refresh_token(&next)).await.is_some());
}

/// A store that was brought back from a copy is behind its clients: they sign in again, but nobody is
/// taken for a thief.
#[tokio::test]
async fn a_token_of_a_later_generation_opens_nothing_and_ends_nothing() {
    let scene = Scene::new().await;
    let held = scene.sign_in(Wanted::DATABASE).await;
    let (copy, _) = scene
        .store
        .find_session(held.session.id)
        .await
        .expect("answers")
        .expect("is there");
    let next = scene
        .refresh(refresh_token(&held))
        .await
        .expect("refreshes");
    scene
        .store
        .insert_session(&copy, 100)
        .await
        .expect("brings back");
    assert!(scene.refresh(refresh_token(&next)).await.is_none());
    assert_eq!(scene.session(held.session.id).await, Some(copy));
    assert!(scene.refresh(refresh_token(&held)).await.is_some());
}

/// The same of a token that has the right generation and is another one.
#[tokio::test]
async fn an_authentic_token_that_is_not_the_stored_one_opens_nothing_and_ends_nothing() {
    let scene = Scene::new().await;
    let held = scene.sign_in(Wanted::DATABASE).await;
    let other = scene.guestlist.refresh_keys().first(held.session.id);
    assert!(scene.refresh(other.expose()).await.is_none());
    assert!(scene.refresh(refresh_token(&held)).await.is_some());
}

#[tokio::test]
async fn without_a_window_every_second_use_ends_the_session() {
    let scene = Scene::settled(|door| {
        door.lifetimes(Lifetimes {
            refresh_window: Duration::ZERO,
            ..Lifetimes::default()
        })
    })
    .await;
    let held = scene.sign_in(Wanted::JWT).await;
    assert!(scene.refresh(refresh_token(&held)).await.is_some());
    assert!(scene.refresh(refresh_token(&held)).await.is_none());
    assert_eq!(scene.session(held.session.id).await, None);
}

fn from(device: &str, address: &str) -> Client {
    Client {
        device: Some(device.to_owned()),
        address: address.parse().ok(),
    }
}

/// Whoever copied both tokens is given what the victim is given, but not silently and not for long.
#[tokio::test]
async fn a_third_retry_of_one_generation_ends_the_session() {
    for wanted in BOTH {
        let scene = Scene::new().await;
        let copied = scene.sign_in(wanted).await;
        let victims = scene.refresh(refresh_token(&copied)).await;
        let victims = victims.expect("refreshes");
        for _ in 0..2 {
            assert!(scene.refresh(refresh_token(&copied)).await.is_some());
        }
        assert!(
            scene.opens(access(&victims)).await,
            "it is in the cache now"
        );
        let refused = scene
            .guestlist
            .refresh(refresh_token(&copied), Client::default());
        let refused = refused.await.expect_err("is too many");
        assert!(matches!(refused, RefreshError::TooManyRetries));
        let other = RefreshError::InvalidGrant;
        assert_eq!(
            refused.to_string(),
            other.to_string(),
            "nobody is told which"
        );
        assert_eq!(scene.session(copied.session.id).await, None);
        assert!(!scene.opens(access(&victims)).await);
        assert!(scene.refresh(refresh_token(&victims)).await.is_none());
    }
}

/// Each generation has its own: a client on a bad line goes on for as long as it likes.
#[tokio::test]
async fn retries_are_counted_anew_after_every_refresh() {
    let scene = Scene::new().await;
    let mut held = scene.sign_in(Wanted::DATABASE).await;
    for _ in 0..5 {
        let next = scene.refresh(refresh_token(&held)).await;
        for _ in 0..2 {
            assert!(scene.refresh(refresh_token(&held)).await.is_some());
        }
        held = next.expect("refreshes");
    }
}

#[tokio::test]
async fn how_many_retries_there_may_be_is_a_setting() {
    for most in [0, 5] {
        let scene = Scene::settled(|door| door.refresh_retries(most)).await;
        let held = scene.sign_in(Wanted::DATABASE).await;
        assert!(scene.refresh(refresh_token(&held)).await.is_some());
        for _ in 0..most {
            assert!(scene.refresh(refresh_token(&held)).await.is_some());
        }
        assert!(
            scene.refresh(refresh_token(&held)).await.is_none(),
            "{most}"
        );
        assert_eq!(scene.session(held.session.id).await, None, "{most}");
    }
}

/// Where there are several nodes, they count together; of racing tries none is lost.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_racing_tries_no_more_are_answered_than_may_be() {
    for _ in 0..20 {
        let scene = Scene::new().await;
        let held = scene.sign_in(Wanted::DATABASE).await;
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let door = scene.door(SECRET, |door| door);
                let token = refresh_token(&held).to_owned();
                tokio::spawn(async move { scene::refresh(&door, &token).await })
            })
            .collect();
        let mut answered = 0;
        for task in tasks {
            answered += u32::from(task.await.expect("ends").is_some());
        }
        assert!(answered <= 3, "{answered}");
        assert_eq!(scene.session(held.session.id).await, None);
    }
}

/// `RF01`: the copy that is used within the window is seen by an operator.
#[tokio::test]
async fn a_retry_is_a_security_event_and_a_warning_if_it_comes_from_elsewhere() {
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
        let scene = Scene::new().await;
        let held = scene.sign_in(Wanted::DATABASE).await;
        let token = refresh_token(&held);
        let (guestlist, quiet) = (&scene.guestlist, logged);
        let log = quiet(async {
            let refreshed = scene::refresh_from(guestlist, token, before.clone()).await;
            assert!(refreshed.is_some());
        })
        .await;
        assert!(
            !log.contains("security:"),
            "nothing was tried again yet: {log}"
        );
        let log = logged(async {
            let again = scene::refresh_from(guestlist, token, client.clone()).await;
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
        let kept = scene.session(held.session.id).await.expect("is there");
        assert_eq!(kept.refreshed_by, before, "who retries did not refresh");
        assert_eq!(
            kept.client,
            Client::default(),
            "where the sign-in came from"
        );
    }
}

#[tokio::test]
async fn an_end_by_too_many_retries_is_a_warning() {
    let scene = Scene::settled(|door| door.refresh_retries(0)).await;
    let held = scene.sign_in(Wanted::DATABASE).await;
    let log = logged(async {
        scene
            .refresh(refresh_token(&held))
            .await
            .expect("refreshes");
        assert!(scene.refresh(refresh_token(&held)).await.is_none());
    })
    .await;
    let expected = "security: a refresh token was used again too often, so its session ends";
    let event = log.lines().find(|line| line.contains(expected));
    assert!(event.is_some_and(|event| event.contains("WARN")), "{log}");
}
