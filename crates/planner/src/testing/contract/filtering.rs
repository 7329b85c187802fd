//! Lists contain only the events that match the filter.

use guestlist::{Store, Timestamp};

use super::{
    NOW, dates, dates_in, event, kept, new_user, own, retitled, tagged, titles, when, word,
};
use crate::{EventFilter, EventSort, EventUpdate, PlannerStore, Visibility, When};

/// Neither a tag nor a search lists them.
pub async fn the_public_list_has_no_unlisted_events(users: &dyn Store, store: &dyn PlannerStore) {
    let creator = new_user(users).await;
    let tag = word();
    for (title, visibility) in [
        ("seen", Visibility::Public),
        ("unseen", Visibility::Unlisted),
    ] {
        let mut event = event(creator.id, title);
        event.fields.tags = vec![tag.clone()];
        event.fields.visibility = visibility;
        let event = kept(store, event).await;
        assert!(super::found(store, event.id).await.is_some());
    }
    for sort in [
        EventSort::StartsAt,
        EventSort::StartsAtDesc,
        EventSort::CreatedAt,
        EventSort::CreatedAtDesc,
    ] {
        let filter = EventFilter {
            sort,
            ..tagged(&tag)
        };
        assert_eq!(titles(store, &filter).await, ["seen"]);
        assert_eq!(titles(store, &filter.searching("seen")).await, ["seen"]);
    }
}

/// The list has public and unlisted events.
pub async fn a_creators_list_has_all_their_events_and_no_others(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let (creator, other) = (new_user(users).await, new_user(users).await);
    for (whose, title, visibility) in [
        (&creator, "public", Visibility::Public),
        (&other, "public of another", Visibility::Public),
        (&creator, "unlisted", Visibility::Unlisted),
        (&other, "unlisted of another", Visibility::Unlisted),
    ] {
        let mut event = event(whose.id, title);
        event.fields.visibility = visibility;
        kept(store, event).await;
    }
    assert_eq!(titles(store, &own(&creator)).await, ["public", "unlisted"]);
}

/// A search has no wildcards and no escape characters.
pub async fn a_search_takes_every_character_as_it_is(users: &dyn Store, store: &dyn PlannerStore) {
    let creator = new_user(users).await;
    let all = [
        "100% a_b",
        "100 axb",
        "o'hara \"x\"",
        "back\\slash",
        "a.*c$ (d|e)",
        "[ab]",
        "?*",
    ];
    for title in all {
        kept(store, event(creator.id, title)).await;
    }
    for (q, found) in [
        ("%", &["100% a_b"][..]),
        ("0% a", &["100% a_b"]),
        ("a_b", &["100% a_b"]),
        ("_", &["100% a_b"]),
        ("'", &["o'hara \"x\""]),
        ("'h", &["o'hara \"x\""]),
        ("\"x\"", &["o'hara \"x\""]),
        ("\\", &["back\\slash"]),
        ("\\s", &["back\\slash"]),
        ("\\%", &[]),
        (".*", &["a.*c$ (d|e)"]),
        ("a.*c$ (d|e)", &["a.*c$ (d|e)"]),
        ("^a", &[]),
        ("[ab]", &["[ab]"]),
        ("[", &["[ab]"]),
        ("?", &["?*"]),
        ("100 ", &["100 axb"]),
        ("''", &[]),
    ] {
        let filter = own(&creator).searching(q);
        assert_eq!(titles(store, &filter).await, found, "{q}");
    }
}

/// Case is ignored in every script, and in every spelling of an accent; the accent itself counts.
pub async fn a_search_ignores_case(users: &dyn Store, store: &dyn PlannerStore) {
    let creator = new_user(users).await;
    for title in [
        "Straße in MÜNCHEN",
        "Зима",
        "ΟΔΟΣ",
        "Zoe\u{301}",
        "🎉 party",
    ] {
        kept(store, event(creator.id, title)).await;
    }
    for (words, found) in [
        ("münchen", &["Straße in MÜNCHEN"][..]),
        ("MU\u{308}NCH", &["Straße in MÜNCHEN"]),
        ("munchen", &[]),
        ("STRAßE IN", &["Straße in MÜNCHEN"]),
        ("зИМА", &["Зима"]),
        ("οδος", &["ΟΔΟΣ"]),
        ("zoé", &["Zoe\u{301}"]),
        ("zoe", &[]),
        ("🎉 PARTY", &["🎉 party"]),
    ] {
        let filter = own(&creator).searching(words);
        assert_eq!(titles(store, &filter).await, found, "{words}");
    }
}

/// Each of the three is searched separately.
pub async fn a_search_looks_at_title_description_and_location_only(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let creator = new_user(users).await;
    let mut event = event(creator.id, "alpha");
    event.fields.description = "beta\nbravo".to_owned();
    event.fields.location = Some("gamma".to_owned());
    event.fields.image = Some("delta".to_owned());
    event.fields.tags = vec!["epsilon".to_owned()];
    event.fields.online_url = Some("https://zeta.example".to_owned());
    kept(store, event).await;
    for (words, count) in [
        ("alpha", 1),
        ("lph", 1),
        ("beta", 1),
        ("beta\nbravo", 1),
        ("gamma", 1),
        ("delta", 0),
        ("epsilon", 0),
        ("zeta", 0),
        ("public", 0),
        ("alphabeta", 0),
        ("alpha beta", 0),
        ("bravogamma", 0),
    ] {
        let filter = own(&creator).searching(words);
        assert_eq!(titles(store, &filter).await.len(), count, "{words}");
    }
}

/// Case counts, and a part of a tag does not match.
pub async fn every_tag_has_to_be_there_as_it_is_spelled(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let creator = new_user(users).await;
    for (title, tags) in [
        ("both", &["tea", "hot"][..]),
        ("one", &["tea"]),
        ("none", &[]),
    ] {
        let mut event = event(creator.id, title);
        event.fields.tags = tags.iter().copied().map(str::to_owned).collect();
        kept(store, event).await;
    }
    for (tags, found) in [
        (&["tea"][..], &["both", "one"][..]),
        (&["hot", "tea"], &["both"]),
        (&["tea", "tea"], &["both", "one"]),
        (&["hot"], &["both"]),
        (&["tea", "cold"], &[]),
        (&["Tea"], &[]),
        (&["te"], &[]),
        (&["t%"], &[]),
        (&["tea\",\"hot"], &[]),
        (&["tea,hot"], &[]),
        (&[""], &[]),
        (&[], &["both", "one", "none"]),
    ] {
        let tags = tags.iter().copied().map(str::to_owned).collect();
        let filter = own(&creator).tagged(tags);
        assert_eq!(titles(store, &filter).await, found, "{:?}", filter.tags());
    }
}

/// Bounds are exact to the millisecond; days count from their midnight in UTC.
pub async fn the_bounds_of_a_time_are_not_within(users: &dyn Store, store: &dyn PlannerStore) {
    let creator = new_user(users).await;
    for (title, when) in [
        (
            "time",
            when(
                "2026-12-01T01:00:00.001",
                "2026-12-02T01:00",
                "Europe/Paris",
            ),
        ),
        ("day", dates("2026-12-02", "2026-12-03")),
    ] {
        let mut event = event(creator.id, title);
        event.fields.when = when;
        kept(store, event).await;
    }
    let (time, day) = (1_796_083_200_001, 1_796_169_600_000);
    for (after, before, found) in [
        (Some(time - 1), None, &["time", "day"][..]),
        (Some(time), None, &["day"]),
        (Some(day), None, &[]),
        (None, Some(day + 1), &["time", "day"]),
        (None, Some(day), &["time"]),
        (None, Some(time), &[]),
        (Some(time - 1), Some(time + 1), &["time"]),
        (Some(time), Some(day), &[]),
        (Some(day), Some(time), &[]),
        (Some(0), Some(i64::MAX), &["time", "day"]),
    ] {
        let filter = EventFilter {
            starts_after: after.map(Timestamp::from_millis),
            starts_before: before.map(Timestamp::from_millis),
            ..own(&creator)
        };
        assert_eq!(titles(store, &filter).await, found, "{after:?} {before:?}");
    }
}

/// Adjacent ranges have each event once.
pub async fn a_range_has_the_event_at_its_beginning_and_not_the_one_at_its_end(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let creator = new_user(users).await;
    let days = ["2026-12-01", "2026-12-02", "2026-12-03"];
    for day in days {
        let mut event = event(creator.id, day);
        event.fields.when = dates(day, day);
        kept(store, event).await;
    }
    kept(store, event(creator.id, "undecided")).await;
    let at = |day| Some(Timestamp::from_millis(dates(day, day).sort_at()));
    for (from, before, found) in [
        (at(days[0]), at(days[1]), &days[..1]),
        (at(days[1]), at(days[2]), &days[1..2]),
        (at(days[2]), None, &days[2..]),
        (at(days[1]), at(days[1]), &[]),
        (Some(Timestamp::from_millis(i64::MIN)), None, &days),
    ] {
        let filter = EventFilter {
            starts_from: from,
            starts_before: before,
            ..own(&creator)
        };
        assert_eq!(titles(store, &filter).await, found, "{from:?} {before:?}");
        // The later of two bounds counts.
        let both = EventFilter {
            starts_after: at(days[0]),
            ..filter
        };
        let found: Vec<_> = found.iter().filter(|day| **day != days[0]).collect();
        assert_eq!(titles(store, &both).await.iter().collect::<Vec<_>>(), found);
    }
}

/// It is neither after the last moment nor before it.
pub async fn an_undecided_event_is_in_no_range_of_time(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let creator = new_user(users).await;
    kept(store, event(creator.id, "undecided")).await;
    let (first, last) = (
        Some(Timestamp::from_millis(0)),
        Some(Timestamp::from_millis(i64::MAX)),
    );
    for (starts_after, starts_before) in [(first, None), (None, last), (first, last), (last, None)]
    {
        let filter = EventFilter {
            starts_after,
            starts_before,
            ..own(&creator)
        };
        assert_eq!(titles(store, &filter).await, Vec::<String>::new());
    }
}

/// To the millisecond. An event with a time is over at its end, or without an end when its day ends
/// in its zone. Days are over when the last one ends in their zone. An undecided event is never
/// over.
pub async fn an_event_is_past_when_it_ends_and_not_when_it_begins(
    users: &dyn Store,
    store: &dyn PlannerStore,
) {
    let creator = new_user(users).await;
    for (title, when) in [
        (
            "long",
            when("2026-11-01T00:00Z", "2026-12-02T00:00:00.001Z", ""),
        ),
        ("days", dates("2026-11-30", "2026-12-02")),
        ("no end", when("2026-12-02T00:00", "", "Pacific/Kiritimati")),
        (
            "island",
            dates_in("Pacific/Honolulu", "2026-12-02", "2026-12-02"),
        ),
        ("undecided", When::UNDECIDED),
    ] {
        let mut event = event(creator.id, title);
        event.fields.when = when;
        kept(store, event).await;
    }
    let (long, days, hour) = (1_796_169_600_001, 1_796_256_000_000, 3_600_000);
    let (no_end, island) = (days - 14 * hour, days + 10 * hour);
    for (at, over, not_over) in [
        (
            long - 1,
            &[][..],
            &["long", "days", "no end", "island", "undecided"][..],
        ),
        (long, &["long"], &["days", "no end", "island", "undecided"]),
        (
            no_end - 1,
            &["long"],
            &["days", "no end", "island", "undecided"],
        ),
        (
            no_end,
            &["long", "no end"],
            &["days", "island", "undecided"],
        ),
        (days, &["long", "days", "no end"], &["island", "undecided"]),
        (
            island - 1,
            &["long", "days", "no end"],
            &["island", "undecided"],
        ),
        (
            island,
            &["long", "days", "no end", "island"],
            &["undecided"],
        ),
    ] {
        let at = Some(Timestamp::from_millis(at));
        let by = EventFilter {
            over_by: at,
            ..own(&creator)
        };
        assert_eq!(titles(store, &by).await, over, "by {at:?}");
        let after = EventFilter {
            over_after: at,
            ..own(&creator)
        };
        assert_eq!(titles(store, &after).await, not_over, "after {at:?}");
    }
}

/// An update may move the end forward or back.
pub async fn an_updated_event_is_past_at_its_new_end(users: &dyn Store, store: &dyn PlannerStore) {
    let creator = new_user(users).await;
    let mut event = kept(store, event(creator.id, "Tea")).await;
    let over = EventFilter {
        over_by: Some(NOW),
        ..own(&creator)
    };
    for (when, found) in [
        (dates("2026-11-01", "2026-11-20"), 1),
        (dates("2026-11-01", "2026-11-21"), 0),
        (when("2026-11-01T00:00Z", "", ""), 1),
        (When::UNDECIDED, 0),
    ] {
        let mut later = retitled(&event, "Tea");
        later.fields.when = when;
        let updated = store.update_event(&later, event.version).await;
        assert_eq!(updated.expect("updates"), EventUpdate::Updated);
        assert_eq!(titles(store, &over).await.len(), found, "{later:?}");
        event = later;
    }
}

/// Each condition excludes an event that the others would list.
pub async fn all_of_a_filter_has_to_match(users: &dyn Store, store: &dyn PlannerStore) {
    let (creator, other) = (new_user(users).await, new_user(users).await);
    for (title, whose, tag, day) in [
        ("tea, meant", &creator, "hot", "2026-12-05"),
        ("tea of another", &other, "hot", "2026-12-05"),
        ("coffee", &creator, "hot", "2026-12-05"),
        ("tea, cold", &creator, "cold", "2026-12-05"),
        ("tea, early", &creator, "hot", "2026-12-01"),
        ("tea, late", &creator, "hot", "2026-12-09"),
    ] {
        let mut event = event(whose.id, title);
        event.fields.tags = vec![tag.to_owned()];
        event.fields.when = dates(day, day);
        kept(store, event).await;
    }
    let filter = EventFilter {
        starts_after: Some(Timestamp::from_millis(dates("2026-12-01", "").sort_at())),
        starts_before: Some(Timestamp::from_millis(dates("2026-12-09", "").sort_at())),
        ..own(&creator)
    };
    assert_eq!(
        titles(
            store,
            &filter.tagged(vec!["hot".to_owned()]).searching("Tea")
        )
        .await,
        ["tea, meant"]
    );
}
