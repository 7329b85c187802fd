//! Events come back as stored; an update replaces an event as a whole.

use std::time::Duration;

use guestlist::{NameChange, Store, UserId, UserName};

use super::{
    NOW, QUOTA, dates, dates_in, event, found, kept, listed, most, new_user, own, retitled, tagged,
    undecided_in, when, without_a_zone, word,
};
use crate::{
    Event, EventDeletion, EventFields, EventFilter, EventId, EventInsertion, EventSort,
    EventUpdate, PlannerStore, Version, Visibility, When,
};

/// An event with every field.
pub(super) fn full(creator: UserId) -> Event {
    Event {
        fields: EventFields {
            title: "Tea".to_owned(),
            description: "With milk.\r\n\tAnd sugar.\n".to_owned(),
            image: Some("images/tea.jpg".to_owned()),
            tags: ["z", "a", "Ä", "with space", "a,b", "m"]
                .map(str::to_owned)
                .to_vec(),
            location: Some("12 High Street".to_owned()),
            online_url: Some("https://example.com/tea?a=b#c".to_owned()),
            when: when("2026-12-01T18:00", "2026-12-01T20:30", "Europe/Paris"),
            capacity: Some(100_000),
            visibility: Visibility::Unlisted,
        },
        updated_at: NOW.plus(Duration::from_millis(1)),
        version: Version(7),
        fingerprint: Some([7; 32].into()),
        ..event(creator, "")
    }
}

/// Every field is returned as it was given, by a look-up and in a list.
pub async fn an_event_comes_back_as_kept(users: &dyn Store, store: &dyn PlannerStore) {
    let creator = new_user(users).await;
    let event = kept(store, full(creator.id)).await;
    assert_eq!(found(store, event.id).await.as_ref(), Some(&event));
    assert_eq!(listed(store, &own(&creator)).await, [event]);
}

/// Fields without a value stay without one.
pub async fn an_event_without_its_optional_parts_comes_back_as_kept(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let creator = new_user(users).await;
    let event = kept(store, event(creator.id, "Tea")).await;
    assert_eq!(found(store, event.id).await.as_ref(), Some(&event));
    assert_eq!(listed(store, &own(&creator)).await, [event]);
}

/// Instant, wall clock, zone and milliseconds; days; the first and the last possible moment.
pub async fn every_way_to_say_when_comes_back_as_kept(users: &dyn Store, store: &dyn PlannerStore) {
    let creator = new_user(users).await;
    for when in [
        When::UNDECIDED,
        undecided_in("America/St_Johns"),
        dates_in("Pacific/Honolulu", "2026-12-05", "2026-12-06"),
        without_a_zone(dates("2026-12-05", "2026-12-06")),
        when("2026-12-01T18:00Z", "", ""),
        when(
            "2026-12-01T18:00:07.123",
            "2026-12-01T18:00:07.124",
            "America/St_Johns",
        ),
        when(
            "2026-10-25T02:30+02:00",
            "2026-10-25T02:30+01:00",
            "Europe/Berlin",
        ),
        when("1971-06-01T12:00", "", "Africa/Monrovia"),
        when("1970-01-01T00:00Z", "9999-12-30T21:59:59.999Z", ""),
        dates("2026-12-05", "2026-12-05"),
        dates("1970-01-01", "9999-12-31"),
    ] {
        let mut event = event(creator.id, "Tea");
        event.fields.when = when;
        let event = kept(store, event).await;
        assert_eq!(found(store, event.id).await, Some(event));
    }
}

/// Texts are stored byte by byte: nothing is trimmed, folded, normalised, escaped or read as a
/// query.
pub async fn every_character_comes_back_as_kept(users: &dyn Store, store: &dyn PlannerStore) {
    let creator = new_user(users).await;
    for text in [
        "👩‍👩‍👧 🎉",
        "'; DROP TABLE events; --",
        "\"\\\"",
        "$where {\"$ne\": 1}",
        "%_*?[a]",
        " padded ",
        "Zoe\u{301}",
        "Zoé",
        "\u{10ffff}\u{fffd}\u{feff}",
        "مرحبا\u{202e}",
        "<b>&amp;</b>",
        "null",
    ] {
        let mut event = event(creator.id, text);
        event.fields.description = text.to_owned();
        event.fields.image = Some(text.to_owned());
        event.fields.tags = vec![text.to_owned()];
        event.fields.location = Some(text.to_owned());
        event.fields.online_url = Some(text.to_owned());
        let event = kept(store, event).await;
        assert_eq!(found(store, event.id).await.as_ref(), Some(&event));
        let by_tag = own(&creator).tagged(vec![text.to_owned()]);
        assert_eq!(listed(store, &by_tag).await, [event], "{text}");
    }
}

/// The address as the user wrote it, and the current name.
pub async fn an_event_comes_with_its_creators_address_and_name(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let tag = word();
    let name = UserName::parse("Ada Lovelace, countess").expect("is a name");
    for name in [None, Some(name)] {
        let creator = new_user(users).await;
        let renamed = users.set_name(creator.id, creator.epoch, name.as_ref());
        assert_eq!(renamed.await.expect("answers"), NameChange::Changed);
        let mut event = event(creator.id, "Tea");
        event.fields.tags = vec![tag.clone()];
        let event = kept(store, event).await;
        let by_id = store.find_event(event.id).await.expect("answers");
        let list = store
            .list_events(&tagged(&tag), None, most(9))
            .await
            .expect("lists");
        let mut in_list = list.events.into_iter();
        let in_list = in_list.find(|shown| shown.event.id == event.id);
        for shown in [by_id, in_list] {
            let shown = shown.expect("is there").creator;
            assert_eq!(shown.email.as_given(), creator.email.as_given());
            assert_eq!(shown.email.key(), creator.email.key());
            assert_eq!(shown.name, name);
        }
    }
}

/// A missing event is no error.
pub async fn an_event_that_never_was_is_not_found(_: &dyn Store, store: &dyn PlannerStore) {
    assert_eq!(found(store, EventId::new(NOW)).await, None);
}

/// An insertion never replaces an event, not even of another user.
pub async fn of_two_events_with_one_id_the_first_stays(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let creator = new_user(users).await;
    let first = kept(store, event(creator.id, "first")).await;
    let other = new_user(users).await;
    for creator in [&creator, &other] {
        let second = Event {
            id: first.id,
            ..event(creator.id, "second")
        };
        let second = store.insert_event(&second, QUOTA).await;
        assert_eq!(second.expect("answers"), EventInsertion::Taken);
    }
    assert_eq!(listed(store, &own(&creator)).await, [first]);
    assert_eq!(listed(store, &own(&other)).await, []);
}

/// An update replaces all fields, `updated_at` and the version, but never the creator, `created_at`
/// or the fingerprint.
pub async fn an_update_replaces_the_fields_and_nothing_else(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let (creator, other) = (new_user(users).await, new_user(users).await);
    let plain = kept(store, event(creator.id, "plain")).await;
    let rich = kept(store, full(creator.id)).await;
    let neighbour = kept(store, event(creator.id, "neighbour")).await;
    for (before, says) in [(&plain, &rich), (&rich, &plain)] {
        let update = Event {
            id: before.id,
            creator: other.id,
            created_at: NOW.plus(Duration::from_secs(5)),
            updated_at: NOW.plus(Duration::from_secs(6)),
            version: before.version.next(),
            fields: says.fields.clone(),
            fingerprint: Some([9; 32].into()),
        };
        let updated = store.update_event(&update, before.version).await;
        assert_eq!(updated.expect("updates"), EventUpdate::Updated);
        let expected = Event {
            creator: creator.id,
            created_at: NOW,
            fingerprint: before.fingerprint,
            ..update
        };
        assert_eq!(found(store, before.id).await, Some(expected));
    }
    assert_eq!(found(store, neighbour.id).await, Some(neighbour));
}

/// Earlier words, tags, times and visibility no longer match.
pub async fn an_updated_event_is_listed_by_its_new_fields(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let creator = new_user(users).await;
    let says = |word: &str, time: &str, visibility| EventFields {
        title: word.to_owned(),
        tags: vec![word.to_owned(), "both".to_owned()],
        when: when(time, "", ""),
        visibility,
        ..event(creator.id, "").fields
    };
    let (old, new) = (word(), word());
    let mut event = event(creator.id, "");
    event.fields = says(&old, "2026-12-01T18:00Z", Visibility::Public);
    let before = kept(store, event).await;
    let mut after = retitled(&before, "");
    after.fields = says(&new, "2027-12-01T18:00Z", Visibility::Unlisted);
    store
        .update_event(&after, before.version)
        .await
        .expect("updates");
    for (word, count) in [(&old, 0), (&new, 1)] {
        for sort in [
            EventSort::StartsAt,
            EventSort::StartsAtDesc,
            EventSort::CreatedAt,
            EventSort::CreatedAtDesc,
        ] {
            let own = EventFilter {
                sort,
                ..own(&creator)
            };
            let by_word = own.clone().searching(word);
            let by_tag = own.tagged(vec![word.clone()]);
            assert_eq!(listed(store, &by_word).await.len(), count);
            assert_eq!(listed(store, &by_tag).await.len(), count);
        }
        assert_eq!(listed(store, &tagged(word)).await, []);
    }
    let (first, second) = (before.sort_at(), after.sort_at());
    for (bound, count) in [(first - 1, 1), (first, 1), (second - 1, 1), (second, 0)] {
        let starts_after = Some(guestlist::Timestamp::from_millis(bound));
        let filter = EventFilter {
            starts_after,
            ..own(&creator)
        };
        assert_eq!(listed(store, &filter).await.len(), count);
    }
}

/// Compare and set: another version, older or newer, changes nothing.
pub async fn a_stale_update_changes_nothing(users: &dyn Store, store: &dyn PlannerStore) {
    let creator = new_user(users).await;
    let first = kept(store, event(creator.id, "first")).await;
    let second = retitled(&first, "second");
    let updated = store.update_event(&second, first.version).await;
    assert_eq!(updated.expect("updates"), EventUpdate::Updated);
    for expected in [
        first.version,
        second.version.next(),
        Version(0),
        Version(-1),
    ] {
        let stale = store
            .update_event(&retitled(&second, "stale"), expected)
            .await;
        assert_eq!(stale.expect("answers"), EventUpdate::Stale);
    }
    assert_eq!(listed(store, &own(&creator)).await, [second]);
}

/// Compare and delete.
pub async fn a_stale_deletion_changes_nothing(users: &dyn Store, store: &dyn PlannerStore) {
    let creator = new_user(users).await;
    let event = kept(store, event(creator.id, "Tea")).await;
    for expected in [event.version.next(), Version(0)] {
        let stale = store.delete_event(event.id, expected).await;
        assert_eq!(stale.expect("answers"), EventDeletion::Stale);
    }
    assert_eq!(listed(store, &own(&creator)).await, [event]);
}

/// An update does not bring a deleted event back.
pub async fn a_deleted_event_is_neither_updated_nor_deleted(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let creator = new_user(users).await;
    let gone = kept(store, event(creator.id, "Tea")).await;
    let deleted = store.delete_event(gone.id, gone.version).await;
    assert_eq!(deleted.expect("deletes"), EventDeletion::Deleted);
    let never = event(creator.id, "never");
    for event in [gone, never] {
        let updated = store
            .update_event(&retitled(&event, "late"), event.version)
            .await;
        assert_eq!(updated.expect("answers"), EventUpdate::Gone);
        let deleted = store.delete_event(event.id, event.version).await;
        assert_eq!(deleted.expect("answers"), EventDeletion::Gone);
        assert_eq!(found(store, event.id).await, None);
    }
    assert_eq!(listed(store, &own(&creator)).await, []);
}
