use super::*;

pub(super) fn typed(fields: &[(&str, &str)]) -> EventForm {
    let mut form = EventForm::empty(&Zone::utc());
    form.set("title", "Tea");
    for (name, value) in fields {
        form.set(name, value);
    }
    form
}

/// Reads the form, and checks it as the planner does.
pub(super) fn read(form: &mut EventForm, zone: &Zone) -> Result<EventFields, Vec<Wrong>> {
    let fields = form.draft(zone)?.read(zone);
    fields.map_err(|invalid| field_errors(&invalid))
}

/// Reads the change, and checks it as the planner does.
pub(super) fn read_changes(
    form: &mut EventForm,
    stored: &EventFields,
    zone: &Zone,
) -> Result<EventChanges, Vec<Wrong>> {
    let changes = form.changes(stored, zone)?;
    let checked = changes.check(stored, zone, &[]);
    checked.map_err(|invalid| field_errors(&invalid))?;
    Ok(changes)
}

fn wrongs(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let wrongs = read(&mut typed(fields), &Zone::utc()).expect_err("is wrong");
    wrongs
        .into_iter()
        .map(|wrong| (wrong.field.into_owned(), wrong.words))
        .collect()
}

pub(super) fn evening() -> EventFields {
    let mut form = typed(&[
        ("description", "One\nTwo"),
        ("tags", "tea, cake,, with milk "),
        ("start_date", "2026-12-01"),
        ("start_time", "18:00"),
        ("end_time", "20:00"),
        ("time_zone", "Europe/Paris"),
        ("location", "London"),
        ("capacity", "12"),
    ]);
    read(&mut form, &Zone::utc()).expect("is an event")
}

#[test]
fn a_day_with_a_time_is_a_moment_and_a_day_alone_lasts_all_day() {
    let when = |fields: &[(&str, &str)]| {
        let fields = read(&mut typed(fields), &Zone::utc()).expect("is an event");
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
fn each_error_is_shown_at_its_field() {
    let (date, time) = (("start_date", "2026-12-01"), ("start_time", "18:00"));
    let zone = ("time_zone", "Europe/Paris");
    for (fields, field, words) in [
        (&[("title", " ")][..], "title", "Enter a name."),
        (&[time], "start_date", "Enter the day it begins."),
        (
            &[("end_date", "2026-12-01")],
            "start_date",
            "Enter the day it begins.",
        ),
        (
            &[date, ("end_time", "20:00")],
            "start_time",
            "Enter the time it begins, or leave the end empty.",
        ),
        (
            &[date, time, ("end_date", "2026-12-02")],
            "end_time",
            "Enter the time it ends, or leave the last day empty.",
        ),
        (
            &[date, ("end_date", "2026-11-30")],
            "end_date",
            "The last day must not be before the first day.",
        ),
        (
            &[date, time, ("time_zone", "")],
            "time_zone",
            "Enter a time zone.",
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
            &[("start_date", "2026-02-30")],
            "start_date",
            "30 February 2026 does not exist. Enter another day.",
        ),
        (
            &[date, ("end_date", "2026-02-30")],
            "end_date",
            "30 February 2026 does not exist. Enter another day.",
        ),
        (
            &[
                ("start_date", "2026-02-30"),
                time,
                ("end_time", "20:00"),
                zone,
            ],
            "start_date",
            "30 February 2026 does not exist. Enter another day.",
        ),
        (
            &[
                date,
                time,
                ("end_date", "2027-02-29"),
                ("end_time", "20:00"),
                zone,
            ],
            "end_time",
            "29 February 2027 does not exist. Enter another day.",
        ),
        (
            &[("start_date", "2011-12-30"), ("time_zone", "Pacific/Apia")],
            "start_date",
            "There is no Friday 30 December 2011 in Pacific/Apia, because the calendar leaves that day out. \
             Enter another day.",
        ),
        (
            &[("tags", "tea, tea")],
            "tags",
            "A tag must not be repeated.",
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
            "The number of people is a whole number from 1 to 100,000, such as 40.",
        ),
        (
            &[("image", "javascript:x")],
            "image",
            "The picture must be a web address such as https://example.com/image.png.",
        ),
        (
            &[("visibility", "")],
            "visibility",
            "Choose who may see it.",
        ),
    ] {
        let expected = vec![(field.to_owned(), words.to_owned())];
        assert_eq!(wrongs(fields), expected, "{fields:?}");
    }
}

#[test]
fn all_errors_are_shown_at_once_in_the_order_of_the_fields() {
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
fn an_unchanged_form_changes_nothing() {
    let mut stored = evening();
    assert_eq!(stored.tags, ["tea", "cake", "with milk"]);
    // Values that a program may have stored.
    stored.description = "One\r\nTwo".to_owned();
    let mut form = EventForm::stored(&stored, &Zone::utc());
    let changes = read_changes(&mut form, &stored, &Zone::utc());
    assert!(changes.expect("is valid").is_empty());
    let mut days = typed(&[("start_date", "2026-12-01"), ("end_date", "2026-12-02")]);
    let days = read(&mut days, &Zone::utc()).expect("is an event");
    let mut form = EventForm::stored(&days, &Zone::utc());
    let changes = read_changes(&mut form, &days, &Zone::utc());
    assert!(changes.expect("is valid").is_empty());
}

#[test]
fn only_changed_fields_change() {
    let stored = evening();
    let mut form = EventForm::stored(&stored, &Zone::utc());
    form.set("title", "Coffee");
    form.set("location", "");
    let changes = read_changes(&mut form, &stored, &Zone::utc()).expect("is valid");
    let expected = EventChanges {
        title: Some("Coffee".to_owned()),
        location: Some(None),
        ..EventChanges::default()
    };
    assert_eq!(changes, expected);
    let places: Vec<_> = ["location", "tags", "title"]
        .iter()
        .filter_map(|name| place(name))
        .collect();
    let labels: Vec<_> = form
        .differences(&EventForm::stored(&stored, &Zone::utc()), &places)
        .into_iter()
        .map(|difference| difference.label)
        .collect();
    assert_eq!(labels, ["The name", "The tags", "The place"]);
}

/// Text from other programs may contain invisible control characters, which a user cannot remove.
#[test]
fn control_characters_become_what_they_mean() {
    for (name, typed, kept) in [
        (
            "title",
            "Long\u{b}table\tin\u{2028}May\u{7f}\0",
            "Long table in May",
        ),
        ("location", "Two\r\nlines", "Twolines"),
        (
            "description",
            "a\u{b}b\u{c}c\rd\r\ne\tf\u{8}\u{85}g",
            "a\nb\nc\nd\ne\tf\ng",
        ),
    ] {
        assert_eq!(sent(name, typed), kept);
    }
}

pub(super) fn berlin(starts_at: &str, ends_at: &str) -> EventFields {
    let text = |text: &str| Some(text.to_owned());
    let fields = planner::WhenFields {
        starts_at: text(starts_at),
        ends_at: text(ends_at),
        time_zone: text("Europe/Berlin"),
        ..planner::WhenFields::default()
    };
    EventFields {
        when: planner::When::parse(&fields, &Zone::utc()).expect("is a time"),
        ..evening()
    }
}

#[test]
fn one_changed_field_changes_only_that_field() {
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
        let changes = read_changes(&mut form, &stored, &Zone::utc()).expect(name);
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
    let tags = read_changes(&mut form, &stored, &Zone::utc())
        .expect("is valid")
        .tags;
    let mut expected = stored.tags.clone();
    expected.push("wine".to_owned());
    assert_eq!(tags, Some(expected));
}
