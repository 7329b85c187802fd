//! Lists, page by page: no gaps, no repetitions, the requested order.

use std::time::Duration;

use guestlist::{Store, User};

use super::{NOW, QUOTA, dates, event, events, kept, listed, most, new_user, own, titles, when};
use crate::{
    Event, EventFilter, EventList, EventSort, EventUpdate, ListLimit, PlannerStore, Visibility,
    When,
};

const SORTS: [EventSort; 4] = [
    EventSort::StartsAt,
    EventSort::StartsAtDesc,
    EventSort::CreatedAt,
    EventSort::CreatedAtDesc,
];

/// Events of that user with many ties in every order, stored in no order.
async fn many(store: &dyn PlannerStore, creator: &User) -> Vec<Event> {
    let whens = [
        When::UNDECIDED,
        when("2026-12-01T00:00Z", "", ""),
        dates("2026-12-01", "2026-12-03"),
        when("2026-12-01T08:00", "", "Asia/Tokyo"),
        when("1970-01-01T00:00Z", "", ""),
    ];
    let mut events = vec![];
    for (n, when) in (0..25_u32).zip(whens.iter().cycle()) {
        let mut event = event(creator.id, &format!("event {n}"));
        event.created_at = NOW.plus(Duration::from_millis(u64::from(n * 7 % 4)));
        event.fields.when = when.clone();
        event.fields.tags = vec![if n % 2 == 0 { "even" } else { "odd" }.to_owned()];
        events.push(event);
    }
    events.reverse();
    events.rotate_left(11);
    for event in &events {
        store.insert_event(event, QUOTA).await.expect("inserts");
    }
    events
}

/// The list in pages of that size.
async fn paged(store: &dyn PlannerStore, filter: &EventFilter, size: u32) -> Vec<Event> {
    let mut all: Vec<Event> = vec![];
    loop {
        let after = all.last().map(|event| event.position(filter.sort));
        let page = store
            .list_events(filter, after.as_ref(), most(size))
            .await
            .expect("lists");
        assert!(page.events.len() <= usize::try_from(size).expect("is small"));
        if page.events.is_empty() {
            return all;
        }
        all.extend(events(page));
    }
}

fn sorted(mut events: Vec<Event>, sort: EventSort) -> Vec<Event> {
    events.sort_by(|one, other| sort.compare(&one.position(sort), &other.position(sort)));
    events
}

/// Holds in every order, for every length of a page, and among events with the same key.
pub async fn a_page_goes_on_where_the_last_one_ended(users: &dyn Store, store: &dyn PlannerStore) {
    let creator = new_user(users).await;
    let events = many(store, &creator).await;
    for sort in SORTS {
        let filter = EventFilter {
            sort,
            ..own(&creator)
        };
        let expected = sorted(events.clone(), sort);
        assert_eq!(listed(store, &filter).await, expected, "{sort:?}");
        for size in [1, 4, 25] {
            assert_eq!(
                paged(store, &filter, size).await,
                expected,
                "{sort:?} by {size}"
            );
        }
    }
}

/// A position is a place in the order, not an event.
pub async fn a_page_goes_on_though_its_last_event_is_gone(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let creator = new_user(users).await;
    let mut events = many(store, &creator).await;
    for sort in SORTS {
        let filter = EventFilter {
            sort,
            ..own(&creator)
        };
        events = sorted(events, sort);
        let rest = events.split_off(5);
        let last = events.pop().expect("there are five");
        store
            .delete_event(last.id, last.version)
            .await
            .expect("deletes");
        let after = last.position(sort);
        let list = store
            .list_events(&filter, Some(&after), most(100))
            .await
            .expect("lists");
        assert_eq!(super::events(list), rest, "{sort:?}");
        events.extend(rest);
    }
}

/// The filter and the position both apply.
pub async fn pages_of_a_filtered_list_go_on_too(users: &dyn Store, store: &dyn PlannerStore) {
    let creator = new_user(users).await;
    let all = many(store, &creator).await;
    for sort in SORTS {
        let odd = EventFilter {
            sort,
            ..own(&creator)
        };
        let odd = odd.tagged(vec!["odd".to_owned()]).searching("EVENT 1");
        let expected: Vec<_> = all
            .iter()
            .filter(|event| odd.matches(event))
            .cloned()
            .collect();
        assert_eq!(expected.len(), 6);
        assert_eq!(
            paged(store, &odd, 2).await,
            sorted(expected, sort),
            "{sort:?}"
        );
    }
}

/// They come after every decided event; once decided, in their place.
pub async fn undecided_events_come_last(users: &dyn Store, store: &dyn PlannerStore) {
    let creator = new_user(users).await;
    let first = kept(store, event(creator.id, "undecided")).await;
    for (title, when) in [
        ("the last day", dates("9999-12-31", "9999-12-31")),
        ("evening", when("2026-12-01T18:00Z", "", "")),
        ("that day", dates("2026-12-01", "2026-12-02")),
    ] {
        let mut event = event(creator.id, title);
        event.fields.when = when;
        kept(store, event).await;
    }
    kept(store, event(creator.id, "undecided too")).await;
    let order = [
        "that day",
        "evening",
        "the last day",
        "undecided",
        "undecided too",
    ];
    assert_eq!(titles(store, &own(&creator)).await, order);
    let mut decided = super::retitled(&first, "decided");
    decided.fields.when = when("2026-12-01T17:00Z", "", "");
    let updated = store.update_event(&decided, first.version).await;
    assert_eq!(updated.expect("updates"), EventUpdate::Updated);
    let order = [
        "that day",
        "decided",
        "evening",
        "the last day",
        "undecided too",
    ];
    assert_eq!(titles(store, &own(&creator)).await, order);
}

/// An empty list is no error, nor is a page after the last event, nor a limit of 0.
pub async fn an_empty_list_has_no_events(users: &dyn Store, store: &dyn PlannerStore) {
    let creator = new_user(users).await;
    assert_eq!(listed(store, &own(&creator)).await, []);
    let only = kept(store, event(creator.id, "Tea")).await;
    for sort in SORTS {
        let filter = EventFilter {
            sort,
            ..own(&creator)
        };
        let after = only.position(sort);
        let list = store
            .list_events(&filter, Some(&after), most(9))
            .await
            .expect("lists");
        assert_eq!(list, EventList::default());
        let none = store
            .list_events(&filter, None, most(0))
            .await
            .expect("lists");
        assert_eq!(none, EventList::default());
    }
}

/// Events of that user with about 10,000 bytes each, in the order of their creation.
async fn large(store: &dyn PlannerStore, creator: &User) -> Vec<Event> {
    let mut events = vec![];
    for n in 0..6_u32 {
        let mut event = event(creator.id, &format!("large {n}"));
        event.created_at = NOW.plus(Duration::from_millis(n.into()));
        event.fields.description = "\u{fc}".repeat(5_000);
        events.push(kept(store, event).await);
    }
    events
}

/// The sum of all events counts. An event that fits exactly is listed, and there is always one
/// event.
pub async fn a_list_has_no_more_bytes_than_its_limit_and_at_least_one_event(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let creator = new_user(users).await;
    let all = large(store, &creator).await;
    let filter = EventFilter {
        sort: EventSort::CreatedAt,
        ..own(&creator)
    };
    let size = |count: usize| -> u32 {
        let sum: usize = all.iter().take(count).map(Event::bytes).sum();
        sum.try_into().expect("is small")
    };
    for (bytes, events, listed, is_cut) in [
        (0, 100, 1, true),
        (1, 100, 1, true),
        (size(2) - 1, 100, 1, true),
        (size(2), 100, 2, true),
        (size(3) - 1, 100, 2, true),
        (size(2), 2, 2, false),
        (size(6) - 1, 100, 5, true),
        (size(6), 100, 6, false),
        (u32::MAX, 100, 6, false),
        (u32::MAX, 4, 4, false),
    ] {
        let limit = ListLimit { events, bytes };
        let list = store.list_events(&filter, None, limit).await;
        let list = list.expect("lists");
        assert_eq!(
            (list.events.len(), list.is_cut),
            (listed, is_cut),
            "{limit:?}"
        );
        assert_eq!(super::events(list), all[..listed], "{limit:?}");
    }
}

/// Holds in every order, without a gap and without a repetition.
pub async fn a_list_that_was_cut_goes_on_where_it_ended(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let creator = new_user(users).await;
    let all = large(store, &creator).await;
    let limit = ListLimit {
        events: 100,
        bytes: 25_000,
    };
    for sort in SORTS {
        let filter = EventFilter {
            sort,
            ..own(&creator)
        };
        let (mut found, mut cuts): (Vec<Event>, _) = (vec![], 0);
        loop {
            let after = found.last().map(|event| event.position(sort));
            let list = store.list_events(&filter, after.as_ref(), limit).await;
            let list = list.expect("lists");
            let is_cut = list.is_cut;
            found.extend(events(list));
            if !is_cut {
                break;
            }
            cuts += 1;
        }
        assert_eq!((found, cuts), (sorted(all.clone(), sort), 2), "{sort:?}");
    }
}

/// Also unlisted events, and those of disabled users.
pub async fn the_list_of_all_events_has_every_event_newest_first(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let (one, other) = (new_user(users).await, new_user(users).await);
    // Other promises store events at the same time. Only these have this word.
    let word = new_user(users).await.id.to_string();
    let mut made = vec![];
    for (n, creator) in [&one, &other, &one, &other].into_iter().enumerate() {
        let mut event = event(creator.id, &format!("{word} {n} 100%_.*"));
        if n % 2 == 0 {
            event.fields.visibility = Visibility::Unlisted;
        }
        store.insert_event(&event, QUOTA).await.expect("inserts");
        made.push(event);
    }
    let disabled = users.disable_user(other.id, NOW).await;
    assert!(disabled.expect("disables").is_some());
    made.sort_by_key(|event| std::cmp::Reverse(event.id));
    for size in [1, 3, 9] {
        let mut all: Vec<Event> = vec![];
        loop {
            let after = all.last().map(|event| event.id);
            let page = store.list_all_events(Some(&word), after, most(size)).await;
            let page = page.expect("lists");
            if page.events.is_empty() {
                break;
            }
            all.extend(events(page));
        }
        assert_eq!(all, made, "by {size}");
    }
    let found = async |q: &str| {
        let page = store.list_all_events(Some(q), None, most(9)).await;
        page.expect("lists").events.len()
    };
    assert_eq!(found(&format!("{word} 1 100%_.*")).await, 1);
    assert_eq!(found(&format!("{word} % 100")).await, 0);
    assert_eq!(found(&format!("{word} . 100")).await, 0);
    let newest = store.list_all_events(None, None, most(1)).await;
    assert_eq!(newest.expect("lists").events.len(), 1);
}
