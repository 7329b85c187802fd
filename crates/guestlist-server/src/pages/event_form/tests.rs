use super::*;

fn typed(fields: &[(&str, &str)]) -> EventForm {
    let mut form = EventForm::empty(&Zone::utc());
    form.set("title", "Tea");
    for (name, value) in fields {
        form.set(name, value);
    }
    form
}

fn wrongs(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let wrongs = typed(fields).fields(&Zone::utc()).expect_err("is wrong");
    wrongs
        .into_iter()
        .map(|wrong| (wrong.field.into_owned(), wrong.words))
        .collect()
}

fn evening() -> EventFields {
    typed(&[
        ("description", "One\nTwo"),
        ("tags", "tea, cake,, with milk "),
        ("start_date", "2026-12-01"),
        ("start_time", "18:00"),
        ("end_time", "20:00"),
        ("time_zone", "Europe/Paris"),
        ("location", "London"),
        ("capacity", "12"),
    ])
    .fields(&Zone::utc())
    .expect("is an event")
}

#[test]
fn a_day_with_a_time_is_a_moment_a_day_alone_a_day_and_none_is_open() {
    let when = |fields: &[(&str, &str)]| {
        let fields = typed(fields).fields(&Zone::utc()).expect("is an event");
        let texts = fields.when.to_fields();
        (
            texts.starts_at,
            texts.ends_at,
            texts.start_date,
            texts.end_date,
        )
    };
    let text = |text: &str| Some(text.to_owned());
    let (date, time) = (("start_date", "2026-12-01"), ("start_time", "18:00"));
    let zone = ("time_zone", "Europe/Paris");
    assert_eq!(
        when(&[date, time, zone, ("end_time", "20:00")]),
        (
            text("2026-12-01T18:00:00+01:00"),
            text("2026-12-01T20:00:00+01:00"),
            None,
            None
        )
    );
    assert_eq!(
        when(&[
            date,
            time,
            zone,
            ("end_date", "2026-12-02"),
            ("end_time", "02:00")
        ])
        .1,
        text("2026-12-02T02:00:00+01:00")
    );
    assert_eq!(when(&[date, zone]), (None, None, text("2026-12-01"), None));
    assert_eq!(
        when(&[date, ("end_date", "2026-12-03")]).3,
        text("2026-12-03")
    );
    assert_eq!(when(&[zone]), (None, None, None, None));
}

#[test]
fn what_is_wrong_is_said_at_its_field_in_words_for_people() {
    let (date, time) = (("start_date", "2026-12-01"), ("start_time", "18:00"));
    let zone = ("time_zone", "Europe/Paris");
    for (fields, field, words) in [
        (&[("title", " ")][..], "title", "Say what it is called."),
        (&[time], "start_date", "Say on which day it begins."),
        (
            &[("end_date", "2026-12-01")],
            "start_date",
            "Say on which day it begins.",
        ),
        (
            &[date, ("end_time", "20:00")],
            "start_time",
            "Say at what time it begins, or leave out when it ends.",
        ),
        (
            &[date, time, ("end_date", "2026-12-02")],
            "end_time",
            "Say at what time it ends, or leave out the day.",
        ),
        (
            &[date, ("end_date", "2026-11-30")],
            "end_date",
            "The last day must not be before the first day.",
        ),
        (
            &[date, time, ("time_zone", "")],
            "time_zone",
            "Say in which time zone.",
        ),
        (
            &[date, time, ("time_zone", "Mars")],
            "time_zone",
            "The time zone must be the name of a time zone such as Europe/Paris.",
        ),
        (
            &[("start_date", "tomorrow")],
            "start_date",
            "The first day must be a date such as 2026-12-01.",
        ),
        (
            &[("tags", "tea, tea")],
            "tags",
            "A tag must not be there twice.",
        ),
        (
            &[(
                "tags",
                "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21",
            )],
            "tags",
            "An event has at most 20 tags.",
        ),
        (
            &[
                date,
                time,
                zone,
                ("end_date", "2026-12-01"),
                ("end_time", "17:00"),
            ],
            "end_time",
            "The end must not be before the beginning.",
        ),
        (
            &[("time_zone", "Mars")],
            "time_zone",
            "The time zone must be the name of a time zone such as Europe/Paris.",
        ),
        (
            &[("capacity", "many")],
            "capacity",
            "The number of people is a whole number, such as 40.",
        ),
        (
            &[("image", "javascript:x")],
            "image",
            "The picture must be a web address such as https://example.com/image.png.",
        ),
        (&[("visibility", "")], "visibility", "Say who may see it."),
    ] {
        let expected = vec![(field.to_owned(), words.to_owned())];
        assert_eq!(wrongs(fields), expected, "{fields:?}");
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once_in_the_order_of_the_fields() {
    let wrongs = wrongs(&[
        ("capacity", "0"),
        ("online_url", "x"),
        ("start_time", "18:00"),
        ("title", ""),
    ]);
    let fields: Vec<_> = wrongs.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["title", "start_date", "online_url", "capacity"]);
}

#[test]
fn a_form_that_is_sent_back_as_it_was_shown_changes_nothing() {
    let mut stored = evening();
    assert_eq!(stored.tags, ["tea", "cake", "with milk"]);
    // As a program may have stored it.
    stored.description = "One\r\nTwo".to_owned();
    let changes = EventForm::stored(&stored, &Zone::utc()).changes(&stored, &Zone::utc());
    assert!(changes.expect("is valid").is_empty());
    let mut days = typed(&[("start_date", "2026-12-01"), ("end_date", "2026-12-02")]);
    let days = days.fields(&Zone::utc()).expect("is an event");
    let changes = EventForm::stored(&days, &Zone::utc()).changes(&days, &Zone::utc());
    assert!(changes.expect("is valid").is_empty());
}

#[test]
fn only_what_was_typed_anew_changes() {
    let stored = evening();
    let mut form = EventForm::stored(&stored, &Zone::utc());
    form.set("title", "Coffee");
    form.set("location", "");
    let changes = form.changes(&stored, &Zone::utc()).expect("is valid");
    let expected = EventChanges {
        title: Some("Coffee".to_owned()),
        location: Some(None),
        ..EventChanges::default()
    };
    assert_eq!(changes, expected);
    let labels: Vec<_> = form
        .differences(&EventForm::stored(&stored, &Zone::utc()))
        .into_iter()
        .map(|difference| difference.label)
        .collect();
    assert_eq!(labels, ["The name", "The place"]);
}

fn berlin(starts_at: &str, ends_at: &str) -> EventFields {
    let text = |text: &str| Some(text.to_owned());
    let fields = planner::WhenFields {
        starts_at: text(starts_at),
        ends_at: text(ends_at),
        time_zone: text("Europe/Berlin"),
        ..planner::WhenFields::default()
    };
    EventFields {
        when: When::parse(&fields, &Zone::utc()).expect("is a time"),
        ..evening()
    }
}

/// What the event says of its times after these fields of its form were typed anew.
fn edited(stored: &EventFields, typed: &[(&str, &str)]) -> Result<WhenChanges, Vec<Wrong>> {
    let mut form = EventForm::stored(stored, &Zone::utc());
    for (name, value) in typed {
        form.set(name, value);
    }
    form.changes(stored, &Zone::utc())
        .map(|changes| changes.when)
}

fn some(text: &str) -> Option<Option<String>> {
    Some(Some(text.to_owned()))
}

#[test]
fn a_time_that_nobody_touched_stays_to_the_millisecond() {
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
    // Another day keeps the time of day, and the field shows no milliseconds.
    let moved = edited(
        &stored,
        &[("start_date", "2027-10-30"), ("end_date", "2027-10-31")],
    );
    let expected = WhenChanges {
        starts_at: some("2027-10-30T02:15:30.25"),
        ..WhenChanges::default()
    };
    assert_eq!(moved.expect("is valid"), expected);
    // The other of the two times that the clocks show alike.
    let earlier = edited(&stored, &[("start_offset", "+02:00")]).expect("is valid");
    let expected = WhenChanges {
        starts_at: some("2027-10-31T02:15:30.25+02:00"),
        ..WhenChanges::default()
    };
    assert_eq!(earlier, expected);
}

#[test]
fn an_event_over_midnight_needs_no_last_day() {
    for (end, shown, ends_at) in [
        ("02:00", "", "2026-12-02T02:00:00+01:00"),
        ("18:00", "", "2026-12-01T18:00:00+01:00"),
        ("23:00", "", "2026-12-01T23:00:00+01:00"),
    ] {
        let fields = [
            ("start_date", "2026-12-01"),
            ("start_time", "18:00"),
            ("end_time", end),
            ("time_zone", "Europe/Berlin"),
        ];
        let made = typed(&fields).fields(&Zone::utc()).expect("is an event");
        assert_eq!(made.when.to_fields().ends_at.as_deref(), Some(ends_at));
        let form = EventForm::stored(&made, &Zone::utc());
        assert_eq!(form.value("end_date"), shown, "{end}");
        let same = edited(&made, &[]).expect("is valid");
        assert!(same.is_empty(), "{same:?}");
    }
    let evening = berlin("2026-12-01T18:00", "2026-12-01T20:00");
    let night = edited(&evening, &[("end_time", "02:00")]).expect("is valid");
    assert_eq!(night.ends_at, some("2026-12-02T02:00"));
    let long = berlin("2026-12-01T18:00", "2026-12-02T20:00");
    let form = EventForm::stored(&long, &Zone::utc());
    assert_eq!(form.value("end_date"), "2026-12-02");
}

#[test]
fn a_time_that_clocks_skip_is_shown_as_what_it_means_and_asked_about() {
    let fields = [
        ("start_date", "2027-03-28"),
        ("start_time", "02:30"),
        ("time_zone", "Europe/Berlin"),
    ];
    let mut form = typed(&fields);
    let wrongs = form.fields(&Zone::utc()).expect_err("is asked about");
    assert_eq!((wrongs.len(), &*wrongs[0].field), (1, "start_time"));
    assert!(
        wrongs[0].words.contains("Sunday 28 March 2027"),
        "{wrongs:?}"
    );
    assert!(wrongs[0].words.contains("02:30") && wrongs[0].words.contains("03:30"));
    assert_eq!(form.value("start_time"), "03:30");
    assert_eq!(form.value("title"), "Tea", "nothing is lost");
    let made = form.fields(&Zone::utc()).expect("is an event");
    let starts_at = made.when.to_fields().starts_at;
    assert_eq!(starts_at.as_deref(), Some("2027-03-28T03:30:00+02:00"));
    // The end of a night, by its own day.
    let mut night = typed(&[
        ("start_date", "2027-03-27"),
        ("start_time", "22:00"),
        ("end_time", "02:30"),
        ("time_zone", "Europe/Berlin"),
    ]);
    let wrongs = night.fields(&Zone::utc()).expect_err("is asked about");
    assert_eq!((wrongs.len(), &*wrongs[0].field), (1, "end_time"));
    assert_eq!(
        (night.value("end_time"), night.value("end_date")),
        ("03:30", "")
    );
    assert!(night.fields(&Zone::utc()).is_ok());
}

#[test]
fn a_time_that_clocks_show_twice_is_a_choice() {
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
        let wrongs = form.fields(&Zone::utc()).expect_err("is asked about");
        assert_eq!((wrongs.len(), &*wrongs[0].field), (1, "start_offset"));
        assert_eq!(choice(&form, "start_first"), "+02:00");
        assert_eq!(choice(&form, "start_second"), "+01:00");
        assert_eq!(choice(&form, "start_offset"), "+02:00", "one is chosen");
        if let Some(chosen) = chosen {
            form.set("start_offset", chosen);
        }
        let made = form.fields(&Zone::utc()).expect("is an event");
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
        assert!(form.changes(&stored, &zone).expect("is valid").is_empty());
        form.set("start_date", "2027-07-17");
        form.set("start_time", "18:00");
        let changes = form.changes(&stored, &zone).expect("is valid").when;
        assert_eq!(changes.starts_at, some("2027-07-17T18:00"));
        assert_eq!(changes.time_zone, named);
    }
    let mut made = typed(&[("time_zone", "Europe/Berlin")]);
    let made = made.fields(&zone).expect("is an event");
    assert_eq!(made.when.time_zone(), Some("Europe/Berlin"));
}

#[test]
fn one_field_typed_anew_changes_that_field_whatever_the_others_hold() {
    let stored = EventFields {
        title: format!("Two\nlines \u{202e}{}", "x".repeat(300)),
        description: "One\rTwo\r\nThree".to_owned(),
        image: Some(" tea.png".to_owned()),
        tags: [
            "Berlin, Mitte",
            "a \"b\"",
            " wide ",
            "x\u{200b}y",
            "two\nlines",
        ]
        .map(str::to_owned)
        .to_vec(),
        location: Some("\u{3164}".to_owned()),
        online_url: Some("not an address".to_owned()),
        capacity: Some(4_000_000),
        ..berlin("2027-10-31T02:15:30.250+01:00", "2027-10-31T05:00")
    };
    let untouched = EventForm::stored(&stored, &Zone::utc());
    for (name, value) in [
        ("title", "Tea"),
        ("description", "One"),
        ("tags", "wine"),
        ("end_time", "06:00"),
        ("location", "Wien"),
        ("online_url", "https://example.com"),
        ("visibility", "unlisted"),
        ("capacity", "12"),
        ("image", ""),
    ] {
        let mut form = untouched.clone();
        form.set(name, value);
        let changes = form.changes(&stored, &Zone::utc()).expect(name);
        let changed = [
            changes.title.is_some(),
            changes.description.is_some(),
            changes.image.is_some(),
            changes.tags.is_some(),
            changes.location.is_some(),
            changes.online_url.is_some(),
            !changes.when.is_empty(),
            changes.capacity.is_some(),
            changes.visibility.is_some(),
        ];
        let count = changed.into_iter().filter(|is_changed| *is_changed).count();
        assert_eq!(count, 1, "{name}: {changes:?}");
    }
    let mut form = untouched;
    let line = format!("{}, wine", form.value("tags"));
    form.set("tags", &line);
    let tags = form.changes(&stored, &Zone::utc()).expect("is valid").tags;
    let mut expected = stored.tags.clone();
    expected.push("wine".to_owned());
    assert_eq!(tags, Some(expected));
}
