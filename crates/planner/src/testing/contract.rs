//! The contract of stores: each promise is a function, and
//! [`store_contract!`](crate::store_contract) makes a test of each.
//!
//! Each promise uses its own users and tags, so that it also holds on a store that is not empty.

mod archive;
mod ending;
mod filtering;
mod keeping;
mod listing;
mod quota;
mod racing;

pub use archive::*;
pub use ending::*;
pub use filtering::*;
pub use keeping::*;
pub use listing::*;
pub use quota::*;
pub use racing::*;

use guestlist::{Store, Timestamp, User, UserId, new_uuid, testing::user};

use crate::{
    Event, EventFields, EventFilter, EventId, EventList, ListLimit, PlannerStore, Version,
    Visibility, When, WhenFields, Zone,
};

/// Makes a test of each promise of a planner's store. Takes an async closure that opens an
/// `Arc<dyn guestlist::Store>` and the `Arc<dyn PlannerStore>` for the events of its users:
/// `planner::store_contract!(async || { let (users, events) = open().await; (users, events) });`
///
/// With `may_skip:` before it, the closure returns an `Option`, and a test of `None` does nothing.
///
/// The test crate needs `tokio` with `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! store_contract {
    ($open:expr) => {
        $crate::store_contract!(may_skip: async || Some(($open)().await));
    };
    (may_skip: $open:expr) => {
        $crate::store_contract!(@stamp $open;
            an_event_comes_back_as_kept
            an_event_without_its_optional_parts_comes_back_as_kept
            every_way_to_say_when_comes_back_as_kept
            every_character_comes_back_as_kept
            an_event_comes_with_its_creators_address_and_name
            an_event_that_never_was_is_not_found
            of_two_events_with_one_id_the_first_stays
            an_update_replaces_the_fields_and_nothing_else
            an_updated_event_is_listed_by_its_new_fields
            a_stale_update_changes_nothing
            a_stale_deletion_changes_nothing
            a_deleted_event_is_neither_updated_nor_deleted
            racing_insertions_are_all_kept
            of_racing_insertions_of_one_id_one_is_kept
            of_racing_updates_of_one_version_one_wins
            of_racing_deletions_one_wins
            of_a_racing_update_and_deletion_one_wins
            an_event_beyond_the_quota_is_refused
            racing_insertions_never_exceed_the_quota
            a_page_goes_on_where_the_last_one_ended
            a_page_goes_on_though_its_last_event_is_gone
            pages_of_a_filtered_list_go_on_too
            undecided_events_come_last
            an_empty_list_has_no_events
            a_list_has_no_more_bytes_than_its_limit_and_at_least_one_event
            a_list_that_was_cut_goes_on_where_it_ended
            the_list_of_all_events_has_every_event_newest_first
            the_public_list_has_no_unlisted_events
            a_creators_list_has_all_their_events_and_no_others
            a_search_takes_every_character_as_it_is
            a_search_ignores_case
            a_search_looks_at_title_description_and_location_only
            every_tag_has_to_be_there_as_it_is_spelled
            the_bounds_of_a_time_are_not_within
            a_range_has_the_event_at_its_beginning_and_not_the_one_at_its_end
            an_undecided_event_is_in_no_range_of_time
            an_event_is_past_when_it_ends_and_not_when_it_begins
            an_updated_event_is_past_at_its_new_end
            all_of_a_filter_has_to_match
            the_events_of_a_deleted_user_are_hidden_at_once
            the_events_of_a_disabled_user_are_in_no_public_list
            the_events_of_a_deleted_user_are_purged
            a_purge_removes_no_more_than_its_limit_and_no_event_that_has_a_creator
            an_event_of_a_deleted_user_is_never_shown
            all_events_of_a_user_are_deleted_and_no_others
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

/// 2026-11-21.
const NOW: Timestamp = Timestamp::from_millis(1_795_219_200_000);

/// A quota that no promise reaches, except those about the quota.
const QUOTA: u32 = 1_000;

/// A word that no other test uses.
fn word() -> String {
    new_uuid(NOW).to_string()
}

/// Inserts a new user.
async fn new_user(users: &dyn Store) -> User {
    let user = user(&format!("Somebody-{}@example.com", word()));
    users.insert_user(&user).await.expect("inserts");
    user
}

/// A public event with nothing but a title.
fn event(creator: UserId, title: &str) -> Event {
    Event {
        id: EventId::new(NOW),
        creator,
        fields: EventFields {
            title: title.to_owned(),
            description: String::new(),
            image: None,
            tags: vec![],
            location: None,
            online_url: None,
            when: When::UNDECIDED,
            capacity: None,
            visibility: Visibility::Public,
        },
        created_at: NOW,
        updated_at: NOW,
        version: Version::FIRST,
        fingerprint: None,
    }
}

/// The same event a version later, under another title.
fn retitled(event: &Event, title: &str) -> Event {
    let mut later = event.clone();
    later.fields.title = title.to_owned();
    later.version = event.version.next();
    later
}

/// Parses times as the API does.
fn when(starts_at: &str, ends_at: &str, time_zone: &str) -> When {
    let fields = WhenFields {
        starts_at: Some(starts_at.to_owned()),
        ends_at: Some(ends_at.to_owned()),
        time_zone: Some(time_zone.to_owned()),
        ..WhenFields::default()
    };
    When::parse(&fields, &Zone::utc()).expect(starts_at)
}

fn dates(first: &str, last: &str) -> When {
    let fields = WhenFields {
        start_date: Some(first.to_owned()),
        end_date: Some(last.to_owned()),
        ..WhenFields::default()
    };
    When::parse(&fields, &Zone::utc()).expect(first)
}

fn dates_in(zone: &str, first: &str, last: &str) -> When {
    match dates(first, last) {
        When::Dates { first, last, .. } => When::Dates {
            first,
            last,
            time_zone: Some(zone.to_owned()),
        },
        other => other,
    }
}

/// Days as earlier versions stored them.
fn without_a_zone(when: When) -> When {
    match when {
        When::Dates { first, last, .. } => When::Dates {
            first,
            last,
            time_zone: None,
        },
        other => other,
    }
}

fn undecided_in(zone: &str) -> When {
    When::Undecided {
        time_zone: Some(zone.to_owned()),
    }
}

/// Stores the event and returns it.
async fn kept(store: &dyn PlannerStore, event: Event) -> Event {
    store.insert_event(&event, QUOTA).await.expect("inserts");
    event
}

async fn found(store: &dyn PlannerStore, id: EventId) -> Option<Event> {
    let shown = store.find_event(id).await.expect("answers");
    shown.map(|shown| shown.event)
}

/// All events of that user.
fn own(creator: &User) -> EventFilter {
    EventFilter {
        creator: Some(creator.id),
        ..EventFilter::default()
    }
}

/// All public events with that tag.
fn tagged(tag: &str) -> EventFilter {
    EventFilter::default().tagged(vec![tag.to_owned()])
}

async fn listed(store: &dyn PlannerStore, filter: &EventFilter) -> Vec<Event> {
    let listed = store.list_events(filter, None, most(1_000)).await;
    let listed = listed.expect("lists");
    assert!(!listed.is_cut);
    events(listed)
}

/// A limit on the number of events, not on their size.
fn most(events: u32) -> ListLimit {
    ListLimit {
        events,
        bytes: u32::MAX,
    }
}

/// The titles of the listed events, in the order of the list.
async fn titles(store: &dyn PlannerStore, filter: &EventFilter) -> Vec<String> {
    let events = listed(store, filter).await;
    events.into_iter().map(|event| event.fields.title).collect()
}

fn events(list: EventList) -> Vec<Event> {
    list.events.into_iter().map(|shown| shown.event).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use guestlist::{Store, testing::MemoryStore};

    use crate::testing::MemoryPlannerStore;

    fn open() -> (Arc<dyn Store>, Arc<MemoryPlannerStore>) {
        let users: Arc<dyn Store> = Arc::new(MemoryStore::new());
        (Arc::clone(&users), Arc::new(MemoryPlannerStore::new(users)))
    }

    crate::store_contract!(async || open());
    crate::archive_contract!(async || open());
}
