//! Keys that sign tokens.

use std::time::Duration;

use crate::{Ended, Key, KeyInsertion, Store, Timestamp, new_uuid};

fn key(created_at: i64) -> Key {
    let created_at = Timestamp::from_millis(created_at);
    let day = |days: u64| created_at.plus(Duration::from_secs(days * 86_400));
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

/// In the order in which they were made.
pub async fn a_key_comes_back_as_kept_until_it_is_retired(store: &dyn Store) {
    let keys = [key(1_000), key(2_000), key(3_000)];
    for at in [2, 0, 1] {
        let insertion = store.insert_key(&keys[at]).await.expect("inserts");
        assert_eq!(insertion, KeyInsertion::Done);
    }
    assert_eq!(listed(store, &keys).await, keys);
    let kid = keys[1].kid.as_str();
    assert_eq!(store.retire_key(kid).await.expect("retires"), Ended::Now);
    assert_eq!(store.retire_key(kid).await.expect("answers"), Ended::Before);
    assert_eq!(
        listed(store, &keys).await,
        [keys[0].clone(), keys[2].clone()]
    );
}

/// A name stands for one key; the database decides.
pub async fn of_two_racing_keys_of_one_name_one_wins(store: &dyn Store) {
    for _ in 0..20 {
        let first = key(1_000);
        let second = Key {
            sealed: vec![1],
            ..first.clone()
        };
        let (one, two) = tokio::join!(store.insert_key(&first), store.insert_key(&second));
        let won = match (one.expect("answers"), two.expect("answers")) {
            (KeyInsertion::Done, KeyInsertion::KidTaken) => first,
            (KeyInsertion::KidTaken, KeyInsertion::Done) => second,
            both => panic!("{both:?}"),
        };
        assert_eq!(listed(store, std::slice::from_ref(&won)).await, [won]);
    }
}
