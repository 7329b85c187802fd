use planner::EventFields;

use super::*;
use crate::pages::event_form::tests::{berlin, evening, read, read_changes, typed};

/// Returns the time changes after these fields of the event's form were typed again.
fn edited(stored: &EventFields, typed: &[(&str, &str)]) -> Result<WhenChanges, Vec<Wrong>> {
    let mut form = EventForm::stored(stored, &Zone::utc());
    for (name, value) in typed {
        form.set(name, value);
    }
    read_changes(&mut form, stored, &Zone::utc()).map(|changes| changes.when)
}

fn some(text: &str) -> Option<Option<String>> {
    Some(Some(text.to_owned()))
}

#[test]
fn an_unchanged_time_keeps_its_milliseconds() {
    let stored = berlin("2027-10-31T02:15:30.250+01:00", "2027-10-31T05:00");
    let form = EventForm::stored(&stored, &Zone::utc());
    assert_eq!(form.value("start_time"), "02:15:30");
    assert_eq!(form.value("start_offset"), "+01:00");
    let later = edited(&stored, &[("end_time", "06:00")]).expect("is valid");
    let expected = WhenChanges {
        ends_at: some("2027-10-31T06:00"),
        ..WhenChanges::default()
    };
    assert_eq!(later, expected);
    // Another day keeps the stored time of day, although the field shows no milliseconds.
    let moved = edited(
        &stored,
        &[("start_date", "2027-10-30"), ("end_date", "2027-10-31")],
    );
    let expected = WhenChanges {
        starts_at: some("2027-10-30T02:15:30.25"),
        ..WhenChanges::default()
    };
    assert_eq!(moved.expect("is valid"), expected);
    // The second of two equal clock times.
    let earlier = edited(&stored, &[("start_offset", "+02:00")]).expect("is valid");
    let expected = WhenChanges {
        starts_at: some("2027-10-31T02:15:30.25+02:00"),
        ..WhenChanges::default()
    };
    assert_eq!(earlier, expected);
}

#[test]
fn a_zone_may_be_typed_as_people_read_it() {
    for (typed, zone) in [
        ("America/New York", "America/New_York"),
        (
            " america/argentina/buenos aires ",
            "America/Argentina/Buenos_Aires",
        ),
        ("UTC", "UTC"),
    ] {
        let stored = berlin("2027-06-01T18:00", "2027-06-01T20:00");
        let changes = edited(&stored, &[("time_zone", typed)]).expect("is valid");
        let read = changes.time_zone.flatten().expect("is changed");
        let read = Zone::find(&read);
        assert_eq!(read.as_ref().map(Zone::name), Some(zone));
    }
}

#[test]
fn an_event_over_midnight_needs_no_last_day() {
    for (end, shown, ends_at) in [
        ("02:00", "2026-12-02", "2026-12-02T02:00:00+01:00"),
        ("18:00", "", "2026-12-01T18:00:00+01:00"),
        ("23:00", "", "2026-12-01T23:00:00+01:00"),
    ] {
        let fields = [
            ("start_date", "2026-12-01"),
            ("start_time", "18:00"),
            ("end_time", end),
            ("time_zone", "Europe/Berlin"),
        ];
        let made = read(&mut typed(&fields), &Zone::utc()).expect("is an event");
        assert_eq!(made.when.to_fields().ends_at.as_deref(), Some(ends_at));
        let form = EventForm::stored(&made, &Zone::utc());
        assert_eq!(form.value("end_date"), shown, "{end}");
        let same = edited(&made, &[]).expect("is valid");
        assert!(same.is_empty(), "{same:?}");
    }
    let evening = berlin("2026-12-01T18:00", "2026-12-01T20:00");
    let night = edited(&evening, &[("end_time", "02:00")]).expect("is valid");
    assert_eq!(night.ends_at, some("2026-12-02T02:00"));
    // Another beginning does not move an unchanged end.
    let night = berlin("2026-12-01T18:00", "2026-12-02T02:00");
    let later = edited(&night, &[("start_time", "01:00")]).expect("is valid");
    assert_eq!(
        (later.ends_at, later.starts_at),
        (None, some("2026-12-01T01:00"))
    );
    let long = berlin("2026-12-01T18:00", "2026-12-02T20:00");
    let form = EventForm::stored(&long, &Zone::utc());
    assert_eq!(form.value("end_date"), "2026-12-02");
}

#[test]
fn a_skipped_time_is_replaced_and_the_user_is_asked() {
    let fields = [
        ("start_date", "2027-03-28"),
        ("start_time", "02:30"),
        ("time_zone", "Europe/Berlin"),
    ];
    let mut form = typed(&fields);
    let wrongs = read(&mut form, &Zone::utc()).expect_err("is asked about");
    assert_eq!((wrongs.len(), &*wrongs[0].field), (1, "start_time"));
    assert!(
        wrongs[0].words.contains("Sunday 28 March 2027"),
        "{wrongs:?}"
    );
    assert!(wrongs[0].words.contains("02:30") && wrongs[0].words.contains("03:30"));
    assert_eq!(form.value("start_time"), "03:30");
    assert_eq!(form.value("title"), "Tea", "nothing is lost");
    let made = read(&mut form, &Zone::utc()).expect("is an event");
    let starts_at = made.when.to_fields().starts_at;
    assert_eq!(starts_at.as_deref(), Some("2027-03-28T03:30:00+02:00"));
    // The skipped time is on the day after the first day.
    let mut night = typed(&[
        ("start_date", "2027-03-27"),
        ("start_time", "22:00"),
        ("end_time", "02:30"),
        ("time_zone", "Europe/Berlin"),
    ]);
    let wrongs = read(&mut night, &Zone::utc()).expect_err("is asked about");
    assert_eq!((wrongs.len(), &*wrongs[0].field), (1, "end_time"));
    assert_eq!(
        (night.value("end_time"), night.value("end_date")),
        ("03:30", "")
    );
    assert!(read(&mut night, &Zone::utc()).is_ok());
}

#[test]
fn a_time_that_clocks_show_twice_offers_a_choice() {
    let fields = [
        ("start_date", "2027-10-31"),
        ("start_time", "02:15"),
        ("time_zone", "Europe/Berlin"),
    ];
    let choice = |form: &EventForm, name: &str| {
        let filled = form.filled(Vec::new());
        filled.value(name).to_owned()
    };
    for (chosen, starts_at) in [
        (None, "2027-10-31T02:15:00+02:00"),
        (Some("+01:00"), "2027-10-31T02:15:00+01:00"),
    ] {
        let mut form = typed(&fields);
        let wrongs = read(&mut form, &Zone::utc()).expect_err("is asked about");
        assert_eq!((wrongs.len(), &*wrongs[0].field), (1, "start_offset"));
        assert_eq!(choice(&form, "start_first"), "+02:00");
        assert_eq!(choice(&form, "start_second"), "+01:00");
        assert_eq!(choice(&form, "start_offset"), "+02:00", "one is chosen");
        if let Some(chosen) = chosen {
            form.set("start_offset", chosen);
        }
        let made = read(&mut form, &Zone::utc()).expect("is an event");
        assert_eq!(made.when.to_fields().starts_at.as_deref(), Some(starts_at));
    }
    let evening = berlin("2027-10-30T18:00", "2027-10-30T20:00");
    let wrongs = edited(&evening, &[("end_time", "02:15")]).expect_err("is asked about");
    assert_eq!(&*wrongs[0].field, "end_offset");
    let plain = EventForm::stored(&evening, &Zone::utc());
    assert_eq!(
        choice(&plain, "start_first"),
        "",
        "there is nothing to choose"
    );
}

#[test]
fn the_zone_is_the_events_own() {
    let zone = Zone::find("Asia/Tokyo").expect("is a zone");
    let in_berlin = When::Undecided {
        time_zone: Some("Europe/Berlin".to_owned()),
    };
    for (when, shown, named) in [
        (in_berlin, "Europe/Berlin", None),
        (When::UNDECIDED, "Asia/Tokyo", some("Asia/Tokyo")),
    ] {
        let stored = EventFields { when, ..evening() };
        let mut form = EventForm::stored(&stored, &zone);
        assert_eq!(form.value("time_zone"), shown);
        assert!(
            read_changes(&mut form, &stored, &zone)
                .expect("is valid")
                .is_empty()
        );
        form.set("start_date", "2027-07-17");
        form.set("start_time", "18:00");
        let changes = read_changes(&mut form, &stored, &zone)
            .expect("is valid")
            .when;
        assert_eq!(changes.starts_at, some("2027-07-17T18:00"));
        assert_eq!(changes.time_zone, named);
    }
    let mut made = typed(&[("time_zone", "Europe/Berlin")]);
    let made = read(&mut made, &zone).expect("is an event");
    assert_eq!(made.when.time_zone(), Some("Europe/Berlin"));
}
