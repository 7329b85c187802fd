//! Events exactly as they are stored.

use std::collections::BTreeSet;

use guestlist::{Archived, Checksum, Store, Sum, Timestamp, User};

use super::{NOW, dates, event, full, listed, new_user, own, undecided_in, when, without_a_zone};
use crate::{Event, EventArchive, EventFilter, EventId, Version, When};

/// Makes a test of each promise of an [`EventArchive`]. Takes an async closure that opens an
/// `Arc<dyn guestlist::Store>` and the archive for the events of its users, as
/// [`store_contract!`](crate::store_contract) takes it, also with `may_skip:` before it.
#[macro_export]
macro_rules! archive_contract {
    ($open:expr) => {
        $crate::archive_contract!(may_skip: async || Some(($open)().await));
    };
    (may_skip: $open:expr) => {
        $crate::archive_contract!(@stamp $open;
            events_that_are_put_come_back_exactly
            events_that_are_put_are_listed
            events_that_are_put_twice_are_there_once
            a_put_event_replaces_the_event_with_its_id
            pages_hold_each_event_once_in_the_order_of_their_ids
            events_of_a_deleted_user_are_on_no_page
            events_are_counted
        );
    };
    (@stamp $open:expr; $($promise:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $promise() {
                let open = $open;
                let Some((users, store)) = open().await else { return };
                $crate::testing::contract::$promise(&*users, &*store).await;
            }
        )+
    };
}

/// Events without any optional field, and events with the longest values.
fn events(creator: &User) -> Vec<Event> {
    let mut most = full(creator.id);
    most.fields.title = "\u{10ffff}".repeat(200);
    most.fields.description = "'; DROP TABLE events; --\n\t\\ $where {\"$ne\": 1}".repeat(200);
    most.fields.tags = (0..20).map(|tag| format!("{tag} \u{1f980},\"")).collect();
    most.version = Version(i64::MAX);
    most.created_at = Timestamp::from_millis(-1);
    most.updated_at = Timestamp::from_millis(253_402_300_799_999);
    let mut all = vec![event(creator.id, "Tea"), full(creator.id), most];
    for when in [
        When::UNDECIDED,
        undecided_in("Europe/Paris"),
        dates("1970-01-01", "9999-12-31"),
        without_a_zone(dates("2026-12-05", "2026-12-06")),
        when("1970-01-01T00:00Z", "", ""),
        when("1970-01-01T00:00Z", "9999-12-30T21:59:59.999Z", "UTC"),
        when(
            "2026-12-01T18:00:07.123",
            "2026-12-01T18:00:07.124",
            "America/St_Johns",
        ),
    ] {
        let mut event = event(creator.id, "Tea");
        event.fields.when = when;
        all.push(event);
    }
    all
}

async fn found(store: &dyn EventArchive, among: &BTreeSet<EventId>, limit: u32) -> Vec<Event> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.page(after.as_deref(), limit).await;
        let page = page.expect("lists");
        assert!(page.len() <= usize::try_from(limit).expect("fits"));
        let Some(last) = page.last() else { break };
        after = Some(last.archive_id());
        found.extend(page.into_iter().filter(|event| among.contains(&event.id)));
    }
    found
}

fn ids(events: &[Event]) -> BTreeSet<EventId> {
    events.iter().map(|event| event.id).collect()
}

fn sum(events: &[Event]) -> Sum {
    let mut sum = Checksum::new();
    events.iter().for_each(|event| sum.record(event));
    sum.finish()
}

async fn assert_there(store: &dyn EventArchive, expected: &[Event]) {
    let found = found(store, &ids(expected), 1_000).await;
    let mut expected = expected.to_vec();
    expected.sort_by_key(|event| event.id);
    assert_eq!(found, expected);
    assert_eq!(sum(&found), sum(&expected));
}

/// Every field comes back, optional or not, also with its longest value.
pub async fn events_that_are_put_come_back_exactly(users: &dyn Store, store: &dyn EventArchive) {
    let events = events(&new_user(users).await);
    store.put_all(&events).await.expect("puts");
    assert_there(store, &events).await;
}

/// The columns by which lists are sorted, searched and divided into past and future are stored,
/// too.
pub async fn events_that_are_put_are_listed(users: &dyn Store, store: &dyn EventArchive) {
    let creator = new_user(users).await;
    let events = events(&creator);
    store.put_all(&events).await.expect("puts");
    assert_eq!(ids(&listed(store, &own(&creator)).await), ids(&events));
    let search = own(&creator).searching("drop table");
    assert_eq!(listed(store, &search).await.len(), 1);
    let over = EventFilter {
        over_by: Some(NOW),
        ..own(&creator)
    };
    let expected = events.iter().filter(|event| over.matches(event));
    let expected: BTreeSet<_> = expected.map(|event| event.id).collect();
    assert_eq!(ids(&listed(store, &over).await), expected);
    assert_eq!(expected.len(), 1);
}

/// An interrupted copy puts its last page again.
pub async fn events_that_are_put_twice_are_there_once(users: &dyn Store, store: &dyn EventArchive) {
    let events = events(&new_user(users).await);
    for _ in 0..2 {
        store.put_all(&events).await.expect("puts");
    }
    assert_there(store, &events).await;
}

/// An event is replaced as a whole: a field without a value loses its earlier value.
pub async fn a_put_event_replaces_the_event_with_its_id(
    users: &dyn Store,
    store: &dyn EventArchive,
) {
    let creator = new_user(users).await;
    let before = full(creator.id);
    store
        .put_all(std::slice::from_ref(&before))
        .await
        .expect("puts");
    let after = Event {
        id: before.id,
        created_at: Timestamp::from_millis(1),
        ..event(creator.id, "Less")
    };
    store
        .put_all(std::slice::from_ref(&after))
        .await
        .expect("puts");
    assert_there(store, &[after]).await;
}

/// The order holds for every length of a page.
pub async fn pages_hold_each_event_once_in_the_order_of_their_ids(
    users: &dyn Store,
    store: &dyn EventArchive,
) {
    let events = events(&new_user(users).await);
    store.put_all(&events).await.expect("puts");
    let ids = ids(&events);
    for limit in [1, 2, 3, 1_000] {
        let found = found(store, &ids, limit).await;
        let found: Vec<_> = found.iter().map(|event| event.id).collect();
        assert_eq!(found, Vec::from_iter(ids.clone()), "{limit} a page");
    }
}

/// Such events are not copied.
pub async fn events_of_a_deleted_user_are_on_no_page(users: &dyn Store, store: &dyn EventArchive) {
    let creator = new_user(users).await;
    let events = events(&creator);
    store.put_all(&events).await.expect("puts");
    users.delete_user(creator.id).await.expect("deletes");
    assert_eq!(found(store, &ids(&events), 2).await, []);
}

/// The count is at least the number of stored records.
pub async fn events_are_counted(users: &dyn Store, store: &dyn EventArchive) {
    let events = events(&new_user(users).await);
    store.put_all(&events).await.expect("puts");
    let count = store.count_all().await.expect("counts");
    assert!(
        count >= u64::try_from(events.len()).expect("fits"),
        "{count}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Visibility;

    #[test]
    fn every_field_of_an_event_counts() {
        let user = guestlist::testing::user("ada@example.com");
        let event = full(user.id);
        let changes: [fn(&mut Event); 18] = [
            |_| {},
            |event| event.id = EventId::new(NOW),
            |event| event.creator = guestlist::UserId::new(NOW),
            |event| event.fields.title.push('!'),
            |event| event.fields.description.push('!'),
            |event| event.fields.image = None,
            |event| event.fields.tags.reverse(),
            |event| event.fields.location = None,
            |event| event.fields.online_url = None,
            |event| event.fields.when = When::UNDECIDED,
            |event| event.fields.when = undecided_in("Europe/Paris"),
            |event| event.fields.when = without_a_zone(dates("2026-12-01", "2026-12-01")),
            |event| event.fields.when = dates("2026-12-01", "2026-12-01"),
            |event| event.fields.capacity = None,
            |event| event.fields.visibility = Visibility::Public,
            |event| event.created_at = Timestamp::from_millis(0),
            |event| event.updated_at = Timestamp::from_millis(0),
            |event| event.version = Version(8),
        ];
        let mut sums = Vec::new();
        for change in changes {
            let mut changed = event.clone();
            change(&mut changed);
            let sum = sum(&[changed]);
            assert!(!sums.contains(&sum), "{} changes in", sums.len());
            sums.push(sum);
        }
    }
}
