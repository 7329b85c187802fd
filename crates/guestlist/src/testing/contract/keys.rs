//! Keys that sign tokens.

use std::time::Duration;

use crate::{Key, KeyInsertion, Store, Timestamp, new_uuid};

const DAY: Duration = Duration::from_secs(86_400);

fn in_2030(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_893_456_000_000 + millis)
}

pub(super) fn key(created_at: Timestamp) -> Key {
    let day = |days: u32| created_at.plus(DAY * days);
    Key {
        kid: new_uuid(created_at).to_string(),
        algorithm: "EdDSA".to_owned(),
        sealed: vec![0, 255, 39, 0],
        public: r#"{"kty":"OKP","crv":"Ed25519","x":""}"#.to_owned(),
        created_at,
        signs_from: day(1),
        signs_until: day(90),
        verifies_until: day(91),
    }
}

async fn listed(store: &dyn Store, among: &[Key]) -> Vec<Key> {
    let mut keys = store.list_keys().await.expect("lists");
    keys.retain(|key| among.iter().any(|other| other.kid == key.kid));
    keys
}

/// Returns those of the keys that are stored, in the order of their creation.
pub async fn keys_come_back_as_kept(store: &dyn Store) {
    let keys = [key(in_2030(1)), key(in_2030(2)), key(in_2030(3))];
    for at in [2, 0, 1] {
        let insertion = store.insert_key(&keys[at]).await.expect("inserts");
        assert_eq!(insertion, KeyInsertion::Done);
    }
    assert_eq!(listed(store, &keys).await, keys);
}

/// No operation lets a key verify for longer again.
pub async fn the_dates_of_a_key_only_become_earlier(store: &dyn Store) {
    let mut kept = key(in_2030(1));
    let neighbour = key(in_2030(1));
    for key in [&kept, &neighbour] {
        store.insert_key(key).await.expect("inserts");
    }
    let (early, late) = (kept.signs_from, kept.verifies_until.plus(DAY));
    for (signs_until, verifies_until) in [(late, late), (early, late), (late, early), (late, late)]
    {
        kept.signs_until = kept.signs_until.min(signs_until);
        kept.verifies_until = kept.verifies_until.min(verifies_until);
        let retired = store.retire_key(&kept.kid, signs_until, verifies_until);
        assert_eq!(retired.await.expect("retires"), Some(kept.clone()));
    }
    assert_eq!(listed(store, std::slice::from_ref(&kept)).await, [kept]);
    let untouched = listed(store, std::slice::from_ref(&neighbour)).await;
    assert_eq!(untouched, [neighbour]);
    let missing = store.retire_key("no such key", early, early).await;
    assert_eq!(missing.expect("answers"), None);
}

/// A key that still verifies tokens stays.
pub async fn keys_that_verify_nothing_are_purged(store: &dyn Store) {
    let long_ago = Timestamp::from_millis(1_000);
    let (expired, verifying) = (key(long_ago), key(long_ago));
    let now = expired.verifies_until.plus(DAY);
    let verifying = Key {
        verifies_until: now,
        ..verifying
    };
    for key in [&expired, &verifying] {
        store.insert_key(key).await.expect("inserts");
    }
    for purged in [1, 0] {
        assert_eq!(store.purge(now, 9).await.expect("purges"), purged);
    }
    let keys = [expired, verifying.clone()];
    assert_eq!(listed(store, &keys).await, [verifying]);
}

/// Each key has its own name; the database refuses a second key of that name.
pub async fn of_two_racing_keys_of_one_name_one_wins(store: &dyn Store) {
    for _ in 0..20 {
        let first = key(in_2030(1));
        let second = Key {
            sealed: vec![1],
            ..first.clone()
        };
        let (one, two) = tokio::join!(store.insert_key(&first), store.insert_key(&second));
        let won = match (one.expect("answers"), two.expect("answers")) {
            (KeyInsertion::Done, KeyInsertion::Taken) => first,
            (KeyInsertion::Taken, KeyInsertion::Done) => second,
            both => panic!("{both:?}"),
        };
        assert_eq!(listed(store, std::slice::from_ref(&won)).await, [won]);
    }
}
