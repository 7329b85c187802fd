//! Concurrent operations happen in some order.

use guestlist::Store;

use super::{QUOTA, event, found, kept, listed, new_user, own, retitled};
use crate::{
    Event, EventDeletion, EventInsertion, EventUpdate, PlannerStore, testing::together::together,
};

const ROUNDS: u32 = 20;

/// No insertion gets lost.
pub async fn racing_insertions_are_all_kept(users: &dyn Store, store: &dyn PlannerStore) {
    let creator = new_user(users).await;
    let events: Vec<_> = (0..50)
        .map(|n| event(creator.id, &format!("event {n}")))
        .collect();
    for kept in together(events.iter().map(|event| store.insert_event(event, QUOTA))).await {
        kept.expect("inserts");
    }
    assert_eq!(listed(store, &own(&creator)).await, events);
}

/// The others are told, and the winner is stored as a whole.
pub async fn of_racing_insertions_of_one_id_one_is_kept(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let creator = new_user(users).await;
    for round in 1..=ROUNDS {
        let first = event(creator.id, "0");
        let racing: Vec<_> = (0..8)
            .map(|racer| Event {
                id: first.id,
                ..event(creator.id, &racer.to_string())
            })
            .collect();
        let outcomes = together(racing.iter().map(|event| store.insert_event(event, QUOTA))).await;
        let mut won = Vec::new();
        for (event, outcome) in racing.into_iter().zip(outcomes) {
            match outcome.expect("answers") {
                EventInsertion::Inserted => won.push(event),
                EventInsertion::Taken => {}
                EventInsertion::QuotaReached => panic!("there is room"),
            }
        }
        let [winner] = won.try_into().expect("one wins");
        assert_eq!(found(store, first.id).await, Some(winner));
        let theirs = listed(store, &own(&creator)).await.len();
        assert_eq!(u32::try_from(theirs), Ok(round));
    }
}

/// The others are told, and the winner's content is stored as a whole.
pub async fn of_racing_updates_of_one_version_one_wins(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let creator = new_user(users).await;
    let mut event = kept(store, event(creator.id, "Tea")).await;
    for round in 0..ROUNDS {
        let updates: Vec<_> = (0..8)
            .map(|racer| {
                let mut update = retitled(&event, &format!("{round} {racer}"));
                update.fields.tags = vec![update.fields.title.clone()];
                update
            })
            .collect();
        let racers = updates
            .iter()
            .map(|update| store.update_event(update, event.version));
        let outcomes = together(racers)
            .await
            .into_iter()
            .map(|outcome| outcome.expect("answers"));
        let (won, lost): (Vec<_>, Vec<_>) = outcomes
            .zip(updates)
            .partition(|(outcome, _)| *outcome == EventUpdate::Updated);
        assert!(
            lost.iter()
                .all(|(outcome, _)| *outcome == EventUpdate::Stale)
        );
        let [(_, winner)] = won.try_into().expect("one wins");
        event = winner;
        assert_eq!(found(store, event.id).await.as_ref(), Some(&event));
    }
}

/// The others are told that it is gone.
pub async fn of_racing_deletions_one_wins(users: &dyn Store, store: &dyn PlannerStore) {
    let creator = new_user(users).await;
    for _ in 0..ROUNDS {
        let event = kept(store, event(creator.id, "Tea")).await;
        let racers = (0..8).map(|_| store.delete_event(event.id, event.version));
        let outcomes = together(racers)
            .await
            .into_iter()
            .map(|outcome| outcome.expect("answers"));
        let (won, lost): (Vec<_>, Vec<_>) =
            outcomes.partition(|outcome| *outcome == EventDeletion::Deleted);
        assert_eq!(won.len(), 1);
        assert!(lost.iter().all(|outcome| *outcome == EventDeletion::Gone));
    }
}

/// Either the update is stored, or the event is gone.
pub async fn of_a_racing_update_and_deletion_one_wins(users: &dyn Store, store: &dyn PlannerStore) {
    let creator = new_user(users).await;
    for round in 0..ROUNDS {
        let event = kept(store, event(creator.id, "Tea")).await;
        let update = retitled(&event, "Coffee");
        // Each of them is the first to start in every other round.
        let updates_first = round % 2 == 0;
        let outcomes = together([updates_first, !updates_first].map(|updates| {
            let (event, update) = (&event, &update);
            async move {
                if updates {
                    updated(store, event, update).await
                } else {
                    deleted(store, event).await
                }
            }
        }));
        let outcomes = outcomes.await;
        assert_eq!(outcomes.iter().filter(|won| **won).count(), 1);
        let update_won = outcomes.first() == Some(&updates_first);
        let expected = update_won.then_some(update);
        assert_eq!(found(store, event.id).await, expected);
    }
}

async fn updated(store: &dyn PlannerStore, event: &Event, update: &Event) -> bool {
    match store
        .update_event(update, event.version)
        .await
        .expect("answers")
    {
        EventUpdate::Updated => true,
        EventUpdate::Gone => false,
        EventUpdate::Stale => panic!("no other request updates it"),
    }
}

async fn deleted(store: &dyn PlannerStore, event: &Event) -> bool {
    match store
        .delete_event(event.id, event.version)
        .await
        .expect("answers")
    {
        EventDeletion::Deleted => true,
        EventDeletion::Stale => false,
        EventDeletion::Gone => panic!("no other request deletes it"),
    }
}
