//! Security events.

use std::{net::IpAddr, time::Duration};

use super::inserted;
use crate::{
    Actor, Client, Ended, EventBound, EventInsertion, SecurityEvent, SecurityEventId,
    SecurityEventKind, Store, Timestamp, User, UserId, detail, testing::user,
};

const HOUR: Duration = Duration::from_secs(3_600);

/// Further events than any promise stores.
const PLENTY: EventBound = EventBound {
    after: FIRST,
    most: 1_000,
};
const FIRST: SecurityEventId = SecurityEventId::FIRST;

pub(super) fn security_event(user: UserId, at: Timestamp) -> SecurityEvent {
    SecurityEvent::new(user, SecurityEventKind::SignIn, Actor::User, at)
}

async fn append(store: &dyn Store, event: &SecurityEvent, bound: EventBound) -> EventInsertion {
    let appended = store.append_security_event(event, bound).await;
    appended.expect("appends")
}

async fn of(store: &dyn Store, user: &User) -> Vec<SecurityEvent> {
    let listed = store.list_security_events_of(user.id, None, 100).await;
    listed.expect("lists")
}

/// Every field comes back, also those that only some events have.
pub async fn a_security_event_comes_back_as_kept(store: &dyn Store) {
    let user = inserted(store, "event-kept@example.com").await;
    let address: IpAddr = "2001:db8::1".parse().expect("is an address");
    let client = Client {
        device: Some("\u{1f980} ; DROP $where".to_owned()),
        address: Some(address),
    };
    let mut full = security_event(user.id, user.created_at)
        .from_client(client)
        .with(detail::NAME, "a \0 \" \\ é")
        .with(detail::REASON, detail::QUOTA);
    full.actor = Actor::Admin(user.id);
    (full.times, full.last_at) = (u32::MAX, user.created_at.plus(HOUR));
    let bare = security_event(user.id, user.created_at);
    for event in [&bare, &full] {
        assert_eq!(append(store, event, PLENTY).await, EventInsertion::Stored);
    }
    let mut expected = vec![bare, full];
    expected.sort_by_key(|event| std::cmp::Reverse(event.id));
    assert_eq!(of(store, &user).await, expected);
}

/// A node with an older version of the library could not read an unknown kind; each known kind can
/// be read.
pub async fn security_events_of_every_kind_are_read(store: &dyn Store) {
    let user = inserted(store, "event-kinds@example.com").await;
    for kind in SecurityEventKind::ALL {
        let event = SecurityEvent::new(user.id, *kind, Actor::System, user.created_at);
        assert_eq!(append(store, &event, PLENTY).await, EventInsertion::Stored);
    }
    let kinds: Vec<_> = of(store, &user).await.iter().map(|it| it.kind).collect();
    let expected: Vec<_> = SecurityEventKind::ALL.iter().rev().copied().collect();
    assert_eq!(kinds, expected);
}

/// The entry with the greatest id counts further events of the same kind, user and time.
pub async fn beyond_the_bound_security_events_are_counted_in_the_newest(store: &dyn Store) {
    let user = inserted(store, "event-bound@example.com").await;
    let other = inserted(store, "event-unbound@example.com").await;
    let now = user.created_at;
    let bound = |at| EventBound {
        after: SecurityEventId::first_of(at),
        most: 2,
    };
    let event = |at| security_event(user.id, at);
    let (first, second) = (event(now), event(now.plus(HOUR / 4)));
    for event in [&first, &second] {
        assert_eq!(
            append(store, event, bound(now)).await,
            EventInsertion::Stored
        );
    }
    let late = now.plus(HOUR / 2);
    // An earlier event that comes later does not set the time back.
    for at in [late, now] {
        assert_eq!(
            append(store, &event(at), bound(now)).await,
            EventInsertion::Counted
        );
    }
    let counted = SecurityEvent {
        times: 3,
        last_at: late,
        ..second
    };
    assert_eq!(of(store, &user).await, [counted.clone(), first]);

    // Another kind, another user, and an hour later.
    let mut refused = event(now);
    refused.kind = SecurityEventKind::SignInRefused;
    let of_another = security_event(other.id, now);
    let next = event(now.plus(2 * HOUR));
    let after = now.plus(HOUR);
    for (event, since) in [(&refused, now), (&of_another, now), (&next, after)] {
        let stored = append(store, event, bound(since)).await;
        assert_eq!(stored, EventInsertion::Stored);
    }
    let found = of(store, &user).await;
    assert_eq!(found.len(), 4);
    assert!(found.contains(&counted), "{found:?}");
}

/// Each of them is stored or counted, and only a few more are stored than the bound allows.
pub async fn racing_security_events_are_all_counted(store: &dyn Store) {
    const RACERS: u32 = 20;
    let user = inserted(store, "event-race@example.com").await;
    let bound = EventBound {
        after: FIRST,
        most: 3,
    };
    for _ in 0..3 {
        append(store, &security_event(user.id, user.created_at), bound).await;
    }
    let events: Vec<_> = (0..RACERS)
        .map(|_| security_event(user.id, user.created_at))
        .collect();
    let racing = events.iter().map(|event| append(store, event, bound));
    for appended in futures_util::future::join_all(racing).await {
        assert_eq!(appended, EventInsertion::Counted);
    }
    let found = of(store, &user).await;
    let times: u32 = found.iter().map(|event| event.times).sum();
    assert_eq!((found.len(), times), (3, 3 + RACERS));
}

/// The event of a user who does not exist is not stored.
pub async fn a_security_event_needs_its_user(store: &dyn Store) {
    let gone = user("event-gone@example.com");
    let event = security_event(gone.id, gone.created_at);
    for bound in [
        PLENTY,
        EventBound {
            after: FIRST,
            most: 1,
        },
    ] {
        assert_eq!(append(store, &event, bound).await, EventInsertion::UserGone);
    }
    assert!(of(store, &gone).await.is_empty());
}

/// A user's pages go from the newest event to the oldest.
pub async fn security_events_of_a_user_are_listed_newest_first(store: &dyn Store) {
    let user = inserted(store, "event-list@example.com").await;
    let other = inserted(store, "event-list-other@example.com").await;
    let mut expected = Vec::new();
    for _ in 0..5 {
        let event = security_event(user.id, user.created_at);
        append(store, &event, PLENTY).await;
        append(store, &security_event(other.id, user.created_at), PLENTY).await;
        expected.insert(0, event);
    }
    for limit in [1, 2, 5, 100] {
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let page = store.list_security_events_of(user.id, before, limit).await;
            let page = page.expect("lists");
            assert!(page.len() <= usize::try_from(limit).expect("fits"));
            let Some(last) = page.last() else { break };
            before = Some(last.id);
            found.extend(page);
        }
        assert_eq!(found, expected, "{limit} a page");
    }
    let none = store.list_security_events_of(user.id, None, 0).await;
    assert!(none.expect("lists").is_empty());
}

/// The pages of all events go from the oldest event to the newest.
pub async fn security_events_of_all_users_are_listed_oldest_first(store: &dyn Store) {
    let users = [
        inserted(store, "event-all-1@example.com").await,
        inserted(store, "event-all-2@example.com").await,
    ];
    let mut expected = Vec::new();
    for at in 0..6 {
        let user = &users[at % 2];
        let event = security_event(user.id, user.created_at);
        append(store, &event, PLENTY).await;
        expected.push(event);
    }
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.list_security_events(after, 7).await.expect("lists");
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        found.extend(page);
    }
    assert!(found.is_sorted_by_key(|event| event.id));
    found.retain(|event| users.iter().any(|user| user.id == event.user_id));
    expected.sort_by_key(|event| event.id);
    assert_eq!(found, expected);
}

/// Newer events stay, and a purge removes no more than it is told to.
pub async fn old_security_events_are_purged_in_batches(store: &dyn Store) {
    let user = inserted(store, "event-purge@example.com").await;
    let at = |seconds: i64| Timestamp::from_millis(1_000 * seconds);
    for seconds in [1, 2, 3, 4] {
        append(store, &security_event(user.id, at(seconds)), PLENTY).await;
    }
    for purged in [2, 1, 0] {
        let went = store.purge_security_events(at(4), 2).await;
        assert_eq!(went.expect("purges"), purged);
    }
    let left = of(store, &user).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].at, at(4));
    assert_eq!(
        store.purge_security_events(at(5), 0).await.expect("purges"),
        0
    );
    store.purge_security_events(at(5), 9).await.expect("purges");
}

/// The security events are personal data.
pub async fn a_deleted_user_takes_all_security_events_along(store: &dyn Store) {
    let user = inserted(store, "event-deleted@example.com").await;
    let event = security_event(user.id, user.created_at);
    append(store, &event, PLENTY).await;
    let deleted = store.delete_user(user.id).await;
    assert_eq!(deleted.expect("deletes"), Ended::Now);
    assert!(of(store, &user).await.is_empty());
    assert_eq!(
        append(store, &event, PLENTY).await,
        EventInsertion::UserGone
    );
}

/// Whichever comes first, no event of the deleted user is left.
pub async fn of_a_racing_security_event_and_deletion_nothing_is_left_behind(store: &dyn Store) {
    for round in 0..20 {
        let user = inserted(store, &format!("event-race-{round}@example.com")).await;
        let event = security_event(user.id, user.created_at);
        let (appended, deleted) = tokio::join!(
            store.append_security_event(&event, PLENTY),
            store.delete_user(user.id)
        );
        appended.expect("answers");
        assert_eq!(deleted.expect("deletes"), Ended::Now);
        assert!(of(store, &user).await.is_empty());
    }
}
