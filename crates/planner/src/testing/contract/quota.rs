//! How many events one user may have.

use std::collections::BTreeSet;

use guestlist::Store;

use super::{event, listed, new_user, own};
use crate::{EventInsertion, PlannerStore, testing::together::together};

/// A surplus event is refused, and refused again. Events of other users and deleted events do not
/// count.
pub async fn an_event_beyond_the_quota_is_refused(users: &dyn Store, store: &dyn PlannerStore) {
    let (creator, other) = (new_user(users).await, new_user(users).await);
    let [first, second, third] = ["first", "second", "third"].map(|title| event(creator.id, title));
    for (event, outcome) in [
        (&first, EventInsertion::Inserted),
        (&second, EventInsertion::Inserted),
        (&third, EventInsertion::QuotaReached),
        (&third, EventInsertion::QuotaReached),
    ] {
        assert_eq!(
            store.insert_event(event, 2).await.expect("answers"),
            outcome
        );
    }
    let others = store.insert_event(&event(other.id, "other"), 2).await;
    assert_eq!(others.expect("inserts"), EventInsertion::Inserted);
    assert_eq!(listed(store, &own(&creator)).await.len(), 2);
    let deleted = store.delete_event(first.id, first.version).await;
    deleted.expect("deletes");
    let outcome = store.insert_event(&third, 2).await.expect("inserts");
    assert_eq!(outcome, EventInsertion::Inserted);
    let over = store.insert_event(&event(creator.id, "over"), 2).await;
    assert_eq!(over.expect("answers"), EventInsertion::QuotaReached);
}

/// The quota holds for any number of concurrent insertions.
pub async fn racing_insertions_never_exceed_the_quota(users: &dyn Store, store: &dyn PlannerStore) {
    let creator = new_user(users).await;
    let racing: Vec<_> = (0..10).map(|_| event(creator.id, "racing")).collect();
    let outcomes = together(racing.iter().map(|event| store.insert_event(event, 4))).await;
    let mut kept = BTreeSet::new();
    for (event, outcome) in racing.iter().zip(outcomes) {
        if outcome.expect("answers") == EventInsertion::Inserted {
            kept.insert(event.id);
        }
    }
    assert!(kept.len() <= 4, "{kept:?}");
    let events = listed(store, &own(&creator)).await;
    assert_eq!(
        events
            .into_iter()
            .map(|event| event.id)
            .collect::<BTreeSet<_>>(),
        kept
    );
    for _ in kept.len()..4 {
        let outcome = store.insert_event(&event(creator.id, "later"), 4).await;
        assert_eq!(outcome.expect("inserts"), EventInsertion::Inserted);
    }
    let over = store.insert_event(&event(creator.id, "over"), 4).await;
    assert_eq!(over.expect("answers"), EventInsertion::QuotaReached);
}
