//! All records together.

use super::{
    QUOTA, inserted, kept_session,
    keys::key,
    session,
    tokens::{kept, of_a_service, theirs, token},
};
use crate::{Census, KeyCensus, Store, Timestamp, TokenHash, TokenOwner};

/// Each record is counted once, active or not. A token without an end never counts as expired.
pub async fn a_census_counts_stored_and_expired_records(store: &dyn Store) {
    let owner = inserted(store, "counted@example.com").await;
    let (gone, now) = (Timestamp::from_millis(999), Timestamp::from_millis(1_000));
    let census = async || store.census(now).await.expect("counts");
    let before = census().await;

    kept_session(store, &owner).await;
    for expires_at in [gone, now] {
        let session = session(&owner, expires_at);
        store
            .insert_session(&session, QUOTA)
            .await
            .expect("inserts");
    }
    theirs(store, &owner).await;
    let mut expired = token(TokenOwner::User(owner.id), owner.created_at);
    expired.expires_at = Some(gone);
    kept(store, expired).await;
    of_a_service(store, owner.created_at).await;
    let mut expired = key(owner.created_at);
    expired.verifies_until = gone;
    for key in [key(owner.created_at), expired] {
        store.insert_key(&key).await.expect("inserts");
    }

    let expected = Census {
        sessions: before.sessions + 3,
        personal_tokens: before.personal_tokens + 2,
        service_tokens: before.service_tokens + 1,
        keys: before.keys + 2,
        expired: before.expired + 3,
    };
    assert_eq!(census().await, expected);
    while store.purge(now, 100).await.expect("purges") > 0 {}
    assert_eq!(census().await.expired, 0);
}

/// Only the first eight bytes of the hashes count. A session is counted once, even if two of its
/// hashes match.
pub async fn a_census_of_a_key_counts_what_is_stored_under_it(store: &dyn Store) {
    let owner = inserted(store, "keyed@example.com").await;
    let stored = |key: u8, mac: u8| {
        let mut bytes = [mac; 40];
        bytes[..8].fill(key);
        TokenHash::from_stored(&bytes)
    };
    // Ends and middles of the range, and keys beside it.
    let (ours, others) = (0x7f, [0x7e, 0x80]);
    let key = stored(ours, 0).key();
    let before = store.census_of_key(key).await.expect("counts");
    let hashes = |key: u8| {
        [
            (None, None),
            (Some(stored(key, 0)), None),
            (None, Some(stored(key, 0xff))),
            (Some(stored(key, 0x80)), Some(stored(key, 1))),
        ]
    };
    for key in [ours, others[0], others[1]] {
        for (secret_hash, refresh_hash) in hashes(key) {
            let mut session = session(&owner, owner.created_at);
            (session.secret_hash, session.refresh_hash) = (secret_hash, refresh_hash);
            store
                .insert_session(&session, QUOTA)
                .await
                .expect("inserts");
        }
        for mac in [0, 0xff] {
            let mut personal = token(TokenOwner::User(owner.id), owner.created_at);
            personal.hash = stored(key, mac);
            kept(store, personal).await;
        }
    }
    let service = of_a_service(store, owner.created_at).await;
    let last = stored(ours, 7);
    let hashed = store.rehash_token(service.id, &service.hash, &last).await;
    hashed.expect("hashes");
    let expected = KeyCensus {
        sessions: before.sessions + 3,
        personal_tokens: before.personal_tokens + 2,
        service_tokens: before.service_tokens + 1,
    };
    let counted = store.census_of_key(key).await.expect("counts");
    assert_eq!(counted, expected);
}

/// The check of an open store succeeds.
pub async fn a_store_that_is_open_is_ready(store: &dyn Store) {
    store.ready().await.expect("is ready");
}
