//! What an operator is told.

use super::{
    inserted, kept_session,
    keys::key,
    session,
    tokens::{kept, of_a_service, theirs, token},
};
use crate::{Census, Store, Timestamp, TokenOwner};

/// Each record once, dead or alive; what has no end never waits.
pub async fn a_census_counts_what_is_kept_and_what_waits_for_the_sweep(store: &dyn Store) {
    let owner = inserted(store, "counted@example.com").await;
    let (gone, now) = (Timestamp::from_millis(999), Timestamp::from_millis(1_000));
    let census = async || store.census(now).await.expect("counts");
    let before = census().await;

    kept_session(store, &owner).await;
    for expires_at in [gone, now] {
        let session = session(&owner, expires_at);
        store.insert_session(&session).await.expect("inserts");
    }
    theirs(store, &owner).await;
    let mut expired = token(TokenOwner::User(owner.id), owner.created_at);
    expired.expires_at = Some(gone);
    kept(store, expired).await;
    of_a_service(store, owner.created_at).await;
    let mut over = key(owner.created_at);
    over.verifies_until = gone;
    for key in [key(owner.created_at), over] {
        store.insert_key(&key).await.expect("inserts");
    }

    let expected = Census {
        sessions: before.sessions + 3,
        personal_tokens: before.personal_tokens + 2,
        service_tokens: before.service_tokens + 1,
        keys: before.keys + 2,
        over: before.over + 3,
    };
    assert_eq!(census().await, expected);
    while store.sweep(now, 100).await.expect("sweeps") > 0 {}
    assert_eq!(census().await.over, 0);
}
