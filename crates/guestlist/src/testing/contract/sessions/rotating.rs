//! Replacing the tokens of a session: by a refresh, or by reauthentication.

use std::time::Duration;

use super::super::{assert_same, found, found_session, hash, inserted, kept_session};
use crate::{
    Client, Ended, Reauthentication, Rotation, SecretExchange, SessionId, SessionRotation, Store,
    Timestamp,
};

fn rotation(byte: u8, at: Timestamp) -> Rotation {
    Rotation {
        refresh_hash: hash(byte),
        secret_hash: Some(hash(byte + 1)),
        secret_expires_at: Some(at),
        client: Client {
            device: Some(format!("device {byte}")),
            address: "192.0.2.7".parse().ok(),
        },
    }
}

/// A rotation needs the expected generation. The session of a JWT stores no access token.
pub async fn a_rotation_replaces_the_tokens_of_the_session_and_nothing_else(store: &dyn Store) {
    let owner = inserted(store, "rotates@example.com").await;
    let mut kept = kept_session(store, &owner).await;
    let neighbour = kept_session(store, &owner).await;
    for generation in 0..3 {
        let now = owner
            .created_at
            .plus(Duration::from_secs(u64::from(generation) + 1));
        let mut successor = rotation(10, now.plus(Duration::from_secs(5)));
        if generation == 2 {
            (successor.secret_hash, successor.secret_expires_at) = (None, None);
            successor.client = Client::default();
        }
        let rotated = store
            .rotate_session(kept.id, generation, &successor, now)
            .await;
        assert!(matches!(
            rotated.expect("rotates"),
            SessionRotation::Rotated
        ));
        kept.generation = generation + 1;
        kept.refresh_hash = Some(successor.refresh_hash);
        kept.secret_hash = successor.secret_hash;
        kept.secret_expires_at = successor.secret_expires_at;
        kept.refreshed_at = Some(now);
        kept.refreshed_by = successor.client.clone();
        kept.last_seen_at = now;
        assert_eq!(found_session(store, kept.id).await, Some(kept.clone()));
        // The next rotation sets this back to zero.
        let counted = store.count_retry(kept.id, generation + 1).await;
        assert_eq!(counted.expect("counts"), Some(1));
    }
    kept.retries = 1;
    assert_eq!(found_session(store, kept.id).await, Some(kept));
    assert_eq!(found_session(store, neighbour.id).await, Some(neighbour));
}

/// The stored session shows whether a refresh token is a retry or stolen.
pub async fn a_rotation_of_another_generation_returns_the_stored_session(store: &dyn Store) {
    let owner = inserted(store, "stands@example.com").await;
    let kept = kept_session(store, &owner).await;
    let now = owner.created_at;
    let rotated = store
        .rotate_session(kept.id, 1, &rotation(1, now), now)
        .await;
    let SessionRotation::Stale(stands) = rotated.expect("answers") else {
        panic!("generation 1 is not there yet");
    };
    assert_eq!(stands.0, kept);
    assert_same(&stands.1, &found(store, owner.id).await);
    assert_eq!(found_session(store, kept.id).await, Some(kept));
    let gone = SessionId::new(now);
    let rotated = store.rotate_session(gone, 0, &rotation(1, now), now).await;
    assert!(matches!(rotated.expect("answers"), SessionRotation::Gone));
}

/// Of several concurrent rotations exactly one succeeds, so there is one valid pair of tokens.
pub async fn of_racing_rotations_one_wins_and_the_others_see_its_result(store: &dyn Store) {
    let owner = inserted(store, "rotations@example.com").await;
    let kept = kept_session(store, &owner).await;
    let now = owner.created_at;
    for generation in 0..20 {
        let successors = [10, 20, 30].map(|byte| rotation(byte, now));
        let rotate = |at: usize| store.rotate_session(kept.id, generation, &successors[at], now);
        let (first, second, third) = tokio::join!(rotate(0), rotate(1), rotate(2));
        let outcomes = [first, second, third].map(|outcome| outcome.expect("answers"));
        let won = outcomes
            .iter()
            .position(|outcome| matches!(outcome, SessionRotation::Rotated))
            .expect("one wins");
        for (at, outcome) in outcomes.iter().enumerate() {
            if at == won {
                continue;
            }
            let SessionRotation::Stale(stands) = outcome else {
                panic!("{outcome:?}");
            };
            assert_eq!(stands.0.generation, generation + 1);
            assert_eq!(stands.0.refresh_hash, Some(successors[won].refresh_hash));
            assert_eq!(stands.0.secret_hash, successors[won].secret_hash);
        }
    }
}

/// A refresh never brings back an ended session.
pub async fn of_a_racing_rotation_and_end_nothing_is_left_behind(store: &dyn Store) {
    let owner = inserted(store, "rotated.ended@example.com").await;
    for _ in 0..20 {
        let kept = kept_session(store, &owner).await;
        let successor = rotation(1, owner.created_at);
        let (rotated, ended) = tokio::join!(
            store.rotate_session(kept.id, 0, &successor, owner.created_at),
            store.end_session(kept.id)
        );
        let rotated = rotated.expect("answers");
        assert!(!matches!(rotated, SessionRotation::Stale(_)));
        assert_eq!(ended.expect("ends"), Ended::Now);
        assert_eq!(found_session(store, kept.id).await, None);
    }
}

/// A retry is counted only with the expected generation.
pub async fn a_retry_is_counted_in_its_generation_and_no_other(store: &dyn Store) {
    let owner = inserted(store, "retries@example.com").await;
    let mut kept = kept_session(store, &owner).await;
    let gone = SessionId::new(owner.created_at);
    for (id, generation) in [(kept.id, 1), (gone, 0)] {
        let counted = store.count_retry(id, generation).await;
        assert_eq!(counted.expect("answers"), None);
    }
    for expected in 1..4 {
        let counted = store.count_retry(kept.id, 0).await;
        assert_eq!(counted.expect("counts"), Some(expected));
        kept.retries = expected;
        assert_eq!(found_session(store, kept.id).await, Some(kept.clone()));
    }
}

/// No two callers get the same number.
pub async fn racing_retries_are_all_counted(store: &dyn Store) {
    let owner = inserted(store, "racing.retries@example.com").await;
    let kept = kept_session(store, &owner).await;
    for round in 0..10 {
        let count = || store.count_retry(kept.id, 0);
        let (first, second, third) = tokio::join!(count(), count(), count());
        let mut counted = [first, second, third].map(|counted| counted.expect("counts"));
        counted.sort_unstable();
        assert_eq!(counted, [1, 2, 3].map(|number| Some(round * 3 + number)));
    }
}

/// Without an exchange, the session's token stays.
pub async fn a_reauthentication_is_kept_only_in_the_expected_epoch(store: &dyn Store) {
    let owner = inserted(store, "proves@example.com").await;
    let mut kept = kept_session(store, &owner).await;
    let now = owner.created_at.plus(Duration::from_secs(7));
    let gone = SessionId::new(owner.created_at);
    for (whose, epoch) in [(kept.id, kept.epoch.next()), (gone, kept.epoch)] {
        let outcome = store.reauthenticate_session(whose, epoch, now, None).await;
        assert_eq!(outcome.expect("answers"), Reauthentication::Stale);
    }
    assert_eq!(found_session(store, kept.id).await, Some(kept.clone()));
    let outcome = store
        .reauthenticate_session(kept.id, kept.epoch, now, None)
        .await;
    assert_eq!(outcome.expect("reauthenticates"), Reauthentication::Done);
    kept.proven_at = now;
    assert_eq!(found_session(store, kept.id).await, Some(kept));
}

/// The cookie's token and the time of reauthentication are replaced together, or not at all.
pub async fn a_reauthentication_exchanges_the_token_only_from_the_expected_one(store: &dyn Store) {
    let owner = inserted(store, "exchanges@example.com").await;
    let kept = kept_session(store, &owner).await;
    let now = owner.created_at.plus(Duration::from_secs(7));
    let exchange = |expected, new| SecretExchange {
        expected: hash(expected),
        new: hash(new),
    };
    let reauthenticate = async |exchange: SecretExchange| {
        let outcome = store.reauthenticate_session(kept.id, kept.epoch, now, Some(&exchange));
        outcome.await.expect("answers")
    };
    assert_eq!(
        reauthenticate(exchange(0, 2)).await,
        Reauthentication::Stale
    );
    let first = rotation(1, now);
    let rotated = store.rotate_session(kept.id, 0, &first, owner.created_at);
    rotated.await.expect("rotates");
    let mut rotated = found_session(store, kept.id).await.expect("is there");
    assert_eq!(
        reauthenticate(exchange(1, 3)).await,
        Reauthentication::Stale
    );
    assert_eq!(found_session(store, kept.id).await, Some(rotated.clone()));
    assert_eq!(reauthenticate(exchange(2, 3)).await, Reauthentication::Done);
    rotated.secret_hash = Some(hash(3));
    rotated.proven_at = now;
    assert_eq!(found_session(store, kept.id).await, Some(rotated));
}

/// Two reauthentications at once: exactly one gets the token that is valid afterwards.
pub async fn of_racing_exchanges_one_wins(store: &dyn Store) {
    let owner = inserted(store, "racing.exchanges@example.com").await;
    for _ in 0..20 {
        let kept = kept_session(store, &owner).await;
        let now = owner.created_at;
        let first = rotation(1, now);
        store
            .rotate_session(kept.id, 0, &first, now)
            .await
            .expect("rotates");
        let exchanges = [3, 4].map(|new| SecretExchange {
            expected: hash(2),
            new: hash(new),
        });
        let reauthenticate = |at: usize| {
            store.reauthenticate_session(kept.id, kept.epoch, now, Some(&exchanges[at]))
        };
        let (one, two) = tokio::join!(reauthenticate(0), reauthenticate(1));
        let won = match (one.expect("answers"), two.expect("answers")) {
            (Reauthentication::Done, Reauthentication::Stale) => hash(3),
            (Reauthentication::Stale, Reauthentication::Done) => hash(4),
            both => panic!("{both:?}"),
        };
        let found = found_session(store, kept.id).await.expect("is there");
        assert_eq!(found.secret_hash, Some(won));
    }
}
