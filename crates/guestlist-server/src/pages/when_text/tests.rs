use planner::{WhenFields, Zone};

use super::*;

fn text(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

fn at(starts: &str, ends: &str, zone: &str) -> When {
    let fields = WhenFields {
        starts_at: text(starts),
        ends_at: text(ends),
        time_zone: text(zone),
        ..WhenFields::default()
    };
    When::parse(&fields, &Zone::utc()).expect("is a time")
}

fn on(first: &str, last: &str) -> When {
    let fields = WhenFields {
        start_date: text(first),
        end_date: text(last),
        ..WhenFields::default()
    };
    When::parse(&fields, &Zone::utc()).expect("are days")
}

fn now(text: &str) -> Timestamp {
    let now: jiff::Timestamp = text.parse().expect("is a moment");
    Timestamp::from_millis(now.as_millisecond())
}

#[test]
fn a_time_is_shown_in_the_events_own_zone() {
    let paris = at("2026-11-28T18:00", "2026-11-28T22:30", "Europe/Paris");
    let when_text = WhenText::new(&paris, now("2026-11-24T09:00:00Z"));
    let (starts, ends) = (
        when_text.starts.expect("is there"),
        when_text.ends.expect("is there"),
    );
    assert_eq!(starts.day, "Saturday 28 November 2026");
    assert_eq!(starts.clock.as_deref(), Some("18:00"));
    assert_eq!(starts.machine, "2026-11-28T18:00:00+01:00");
    assert_eq!(ends.clock.as_deref(), Some("22:30"));
    assert_eq!(ends.day_if_another(&starts), None);
    assert_eq!(when_text.zone.as_deref(), Some("Europe/Paris, UTC+1"));
    assert_eq!(when_text.instant.as_deref(), Some("2026-11-28T17:00:00Z"));
}

#[test]
fn a_zone_is_shown_with_its_offset_at_that_moment() {
    for (starts, zone, words) in [
        ("2026-07-01T12:00", "Europe/Paris", "Europe/Paris, UTC+2"),
        (
            "2026-07-01T12:00",
            "America/New_York",
            "America/New York, UTC−4",
        ),
        ("2026-07-01T12:00", "Asia/Kolkata", "Asia/Kolkata, UTC+5:30"),
        ("2026-07-01T12:00", "UTC", "UTC"),
    ] {
        let when_text = WhenText::new(&at(starts, "", zone), now("2026-06-01T00:00:00Z"));
        assert_eq!(when_text.zone.as_deref(), Some(words));
    }
}

#[test]
fn an_end_on_another_day_shows_that_day() {
    let night = at("2026-11-28T22:00Z", "2026-11-29T03:00Z", "");
    let when_text = WhenText::new(&night, now("2026-11-24T09:00:00Z"));
    let (starts, ends) = (
        when_text.starts.expect("is there"),
        when_text.ends.expect("is there"),
    );
    assert_eq!(
        ends.day_if_another(&starts),
        Some("Sunday 29 November 2026")
    );
}

/// Without the offset, a time that the clocks show twice would be ambiguous.
#[test]
fn an_end_after_a_clock_change_shows_its_offset() {
    let clock = |ends| {
        let night = at("2027-10-30T22:00", ends, "Europe/Berlin");
        let when_text = WhenText::new(&night, now("2026-11-24T09:00:00Z"));
        when_text.ends.and_then(|ends| ends.clock)
    };
    for (ends, shown) in [
        ("2027-10-31T02:15:00+02:00", "02:15"),
        ("2027-10-31T02:15:00+01:00", "02:15 (UTC+1)"),
        ("2027-10-31T05:00", "05:00 (UTC+1)"),
    ] {
        assert_eq!(clock(ends).as_deref(), Some(shown));
    }
}

#[test]
fn an_all_day_event_shows_dates_without_times() {
    let when_text = WhenText::new(&on("2026-11-28", ""), now("2026-11-24T09:00:00Z"));
    let starts = when_text.starts.expect("is there");
    assert_eq!(starts.machine, "2026-11-28");
    assert_eq!((starts.clock, when_text.ends.is_some()), (None, false));
    assert_eq!((when_text.zone, when_text.instant), (None, None));
    let when_text = WhenText::new(&on("2026-11-28", "2026-11-30"), now("2026-11-24T09:00:00Z"));
    assert_eq!(when_text.ends.expect("is there").machine, "2026-11-30");
}

#[test]
fn relative_times_count_days_in_the_events_zone() {
    let evening = at("2026-11-28T18:00", "2026-11-28T22:00", "Europe/Paris");
    let open = at("2026-11-28T18:00", "", "Europe/Paris");
    let day = on("2026-11-28", "");
    let weekend = on("2026-11-28", "2026-11-29");
    let island = WhenFields {
        start_date: text("2026-11-28"),
        time_zone: text("Pacific/Honolulu"),
        ..WhenFields::default()
    };
    let island = When::parse(&island, &Zone::utc()).expect("is a day");
    for (when, read_at, words) in [
        (&evening, "2026-11-24T09:00:00Z", "in 4 days"),
        (&evening, "2026-11-27T22:59:00Z", "tomorrow"),
        (&evening, "2026-11-27T23:00:00Z", "in 18 hours"),
        (&evening, "2026-11-28T15:59:00Z", "in 1 hour"),
        (&evening, "2026-11-28T16:15:00Z", "in 45 minutes"),
        (&evening, "2026-11-28T17:00:00Z", "on now"),
        (&evening, "2026-11-28T21:00:00Z", "4 hours ago"),
        (&evening, "2026-11-29T10:00:00Z", "yesterday"),
        (&evening, "2026-12-20T10:00:00Z", "3 weeks ago"),
        (&evening, "2026-01-01T10:00:00Z", "in 11 months"),
        (&evening, "2020-01-01T10:00:00Z", "in 6 years"),
        (&open, "2026-11-28T17:00:30Z", "now"),
        (&open, "2026-11-28T17:05:00Z", "began 5 minutes ago"),
        (&open, "2026-11-28T22:59:00Z", "began 5 hours ago"),
        (&open, "2026-11-28T23:00:00Z", "yesterday"),
        (&day, "2026-11-28T23:00:00Z", "today"),
        (&day, "2026-11-27T00:00:00Z", "tomorrow"),
        (&day, "2026-11-30T00:00:00Z", "2 days ago"),
        (&weekend, "2026-11-29T12:00:00Z", "on now"),
        (&weekend, "2026-11-30T12:00:00Z", "yesterday"),
        (&island, "2026-11-28T09:59:00Z", "tomorrow"),
        (&island, "2026-11-29T02:00:00Z", "today"),
        (&island, "2026-11-29T10:00:00Z", "yesterday"),
    ] {
        let when_text = WhenText::new(when, now(read_at))
            .relative
            .expect("is when_text");
        assert_eq!(when_text.to_string(), words, "{when:?} at {read_at}");
    }
    let when_text = WhenText::new(&When::UNDECIDED, now("2026-11-24T09:00:00Z"));
    assert!(when_text.relative.is_none() && when_text.starts.is_none());
}
