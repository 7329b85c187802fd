//! Deleted and disabled users, and their events.

use std::time::Duration;

use guestlist::{Ended, Store, User};

use super::{NOW, QUOTA, event, events, found, kept, listed, most, new_user, own, tagged, word};
use crate::{Event, EventFilter, EventSort, PlannerStore};

const SORTS: [EventSort; 4] = [
    EventSort::StartsAt,
    EventSort::StartsAtDesc,
    EventSort::CreatedAt,
    EventSort::CreatedAtDesc,
];

/// Three events of that user, with that tag.
async fn three(store: &dyn PlannerStore, creator: &User, tag: &str) -> Vec<Event> {
    let mut all = vec![];
    for n in 0..3 {
        let mut event = event(creator.id, &format!("event {n}"));
        event.created_at = NOW.plus(Duration::from_millis(n));
        event.fields.tags = vec![tag.to_owned()];
        all.push(kept(store, event).await);
    }
    all
}

async fn delete(users: &dyn Store, user: &User) {
    let ended = users.delete_user(user.id).await.expect("deletes");
    assert_eq!(ended, Ended::Now);
}

async fn purge_all(store: &dyn PlannerStore, limit: u32) {
    while store.purge(limit).await.expect("purges") > 0 {}
}

/// They are hidden before they are purged, and a page is as full as if they did not exist.
pub async fn the_events_of_a_deleted_user_are_hidden_at_once(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let (leaves, stays) = (new_user(users).await, new_user(users).await);
    let tag = word();
    let hidden = three(store, &leaves, &tag).await;
    let shown = three(store, &stays, &tag).await;
    delete(users, &leaves).await;
    for event in &hidden {
        assert_eq!(found(store, event.id).await, None);
    }
    assert_eq!(listed(store, &own(&leaves)).await, []);
    for sort in SORTS {
        let filter = EventFilter {
            sort,
            ..tagged(&tag)
        };
        let page = store
            .list_events(&filter, None, most(3))
            .await
            .expect("lists");
        let mut page = events(page);
        page.sort_by_key(|event| event.id);
        assert_eq!(page, shown);
    }
}

/// They come back when the user is enabled. The user's own list always has them.
pub async fn the_events_of_a_disabled_user_are_in_no_public_list(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let (disabled, other) = (new_user(users).await, new_user(users).await);
    let tag = word();
    let hidden = three(store, &disabled, &tag).await;
    let shown = three(store, &other, &tag).await;
    users
        .disable_user(disabled.id, NOW)
        .await
        .expect("disables");
    for sort in SORTS {
        let filter = EventFilter {
            sort,
            ..tagged(&tag)
        };
        let page = store.list_events(&filter, None, most(3)).await;
        let mut page = events(page.expect("lists"));
        page.sort_by_key(|event| event.id);
        assert_eq!(page, shown);
    }
    assert_eq!(listed(store, &own(&disabled)).await, hidden);
    for event in &hidden {
        let found = store.find_event(event.id).await.expect("answers");
        assert!(found.is_some_and(|found| found.creator.is_disabled));
    }
    users.enable_user(disabled.id).await.expect("enables");
    assert_eq!(listed(store, &tagged(&tag)).await.len(), 6);
}

/// After the purge, nothing is left to delete.
pub async fn the_events_of_a_deleted_user_are_purged(users: &dyn Store, store: &dyn PlannerStore) {
    let leaves = new_user(users).await;
    let hidden = three(store, &leaves, &word()).await;
    delete(users, &leaves).await;
    purge_all(store, 100).await;
    assert_eq!(store.delete_events_of(leaves.id).await.expect("answers"), 0);
    for event in hidden {
        assert_eq!(found(store, event.id).await, None);
    }
}

/// Repeated with a small limit until nothing is left.
pub async fn a_purge_removes_no_more_than_its_limit_and_no_event_that_has_a_creator(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let (leaves, stays) = (new_user(users).await, new_user(users).await);
    three(store, &leaves, &word()).await;
    let shown = three(store, &stays, &word()).await;
    delete(users, &leaves).await;
    assert!(store.purge(2).await.expect("purges") <= 2);
    purge_all(store, 1).await;
    assert_eq!(store.delete_events_of(leaves.id).await.expect("answers"), 0);
    assert_eq!(listed(store, &own(&stays)).await, shown);
}

/// The creator is deleted during the insertion: the store may take the event or refuse it.
pub async fn an_event_of_a_deleted_user_is_never_shown(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let gone = new_user(users).await;
    delete(users, &gone).await;
    let tag = word();
    let mut orphan = event(gone.id, "late");
    orphan.fields.tags = vec![tag.clone()];
    let _kept_or_not = store.insert_event(&orphan, QUOTA).await;
    assert_eq!(found(store, orphan.id).await, None);
    assert_eq!(listed(store, &own(&gone)).await, []);
    assert_eq!(listed(store, &tagged(&tag)).await, []);
    purge_all(store, 100).await;
    assert_eq!(store.delete_events_of(gone.id).await.expect("answers"), 0);
}

/// The number is returned; repeating the call is no error.
pub async fn all_events_of_a_user_are_deleted_and_no_others(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let (leaves, stays) = (new_user(users).await, new_user(users).await);
    let tag = word();
    let gone = three(store, &leaves, &tag).await;
    let shown = three(store, &stays, &tag).await;
    for count in [3, 0] {
        assert_eq!(
            store.delete_events_of(leaves.id).await.expect("deletes"),
            count
        );
    }
    for event in gone {
        assert_eq!(found(store, event.id).await, None);
    }
    assert_eq!(listed(store, &tagged(&tag)).await, shown);
}
