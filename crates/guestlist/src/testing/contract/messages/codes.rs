//! Codes: tries are counted before the code is compared.

use super::*;
use crate::{CODE_TRIES, MessageId};

async fn tries(store: &dyn Store, id: MessageId, now: Timestamp) -> Option<u32> {
    let tried = store.try_code(id, now).await.expect("answers");
    tried.map(|message| message.code.expect("has a code").tries)
}

/// The sixth try is refused, and the tries stay counted.
pub async fn a_code_has_five_tries(store: &dyn Store) {
    let user = fresh(store, "five-tries").await;
    let kept = kept(store, verification(&user)).await;
    for try_ in 1..=CODE_TRIES {
        assert_eq!(tries(store, kept.id, user.created_at).await, Some(try_));
    }
    for _ in 0..2 {
        assert_eq!(tries(store, kept.id, user.created_at).await, None);
    }
    let stored = stored(store, &kept).await;
    assert_eq!(stored.code.expect("has a code").tries, CODE_TRIES);
    assert!(stored.link.expect("has a link").ended.is_none());
}

/// Six requests at the same time do not get a sixth try.
pub async fn of_six_racing_tries_of_a_code_five_are_counted(store: &dyn Store) {
    let user = fresh(store, "racing-tries").await;
    for _ in 0..rounds(30) {
        let id = kept(store, verification(&user)).await.id;
        let mut counted = Vec::new();
        let tried = || tries(store, id, user.created_at);
        let (a, b, c, d, e, f) = tokio::join!(tried(), tried(), tried(), tried(), tried(), tried());
        counted.extend([a, b, c, d, e, f].into_iter().flatten());
        counted.sort_unstable();
        assert_eq!(counted, [1, 2, 3, 4, 5]);
    }
}

/// A used, superseded or expired link takes the code along.
pub async fn a_code_ends_with_its_link(store: &dyn Store) {
    let user = fresh(store, "ended-code").await;
    let now = user.created_at;
    let older = kept(store, verification(&user)).await;
    let newer = kept(store, verification(&user)).await;
    assert_eq!(tries(store, older.id, now).await, None);
    assert_eq!(tries(store, newer.id, now.plus(HOUR)).await, None);
    assert_eq!(tries(store, newer.id, now).await, Some(1));
    let used = store
        .consume_link(newer.id, LinkPurpose::VerifyEmail, now)
        .await;
    assert!(used.expect("answers").is_some());
    assert_eq!(tries(store, newer.id, now).await, None);
    let without_code = kept(store, reset(&user)).await;
    assert_eq!(tries(store, without_code.id, now).await, None);
}
