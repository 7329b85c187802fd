use super::*;

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn evening() -> When {
    let fields = WhenFields {
        starts_at: text("2026-12-01T18:00"),
        ends_at: text("2026-12-01T20:00"),
        time_zone: text("Europe/Paris"),
        ..WhenFields::default()
    };
    When::parse(&fields, &Zone::utc()).expect("is a time")
}

fn weekend() -> When {
    let fields = WhenFields {
        start_date: text("2026-12-05"),
        end_date: text("2026-12-06"),
        ..WhenFields::default()
    };
    When::parse(&fields, &Zone::utc()).expect("are days")
}

fn event(when: When) -> EventFields {
    EventFields {
        title: "Tea".to_owned(),
        description: "With milk".to_owned(),
        image: text("tea.jpg"),
        tags: vec!["tea".to_owned()],
        location: text("London"),
        online_url: text("https://example.com"),
        when,
        capacity: Some(4),
        visibility: Visibility::Public,
    }
}

/// Returns the names of the fields and the words of the codes of all problems.
fn problems<T>(changed: Result<T, InvalidEvent>) -> Vec<(String, &'static str)> {
    let problems = changed.err().unwrap_or_default().problems;
    problems
        .into_iter()
        .map(|problem| (problem.field.to_string(), problem.code.as_str()))
        .collect()
}

#[test]
fn an_empty_change_keeps_everything() {
    assert!(EventChanges::default().is_empty());
    let before = event(evening());
    assert_eq!(
        EventChanges::default().apply_to(&before, &Zone::utc()),
        Ok(before)
    );
}

#[test]
fn everything_can_be_changed() {
    let changes = EventChanges {
        title: text("Coffee"),
        description: text(""),
        image: Some(text("coffee.jpg")),
        tags: Some(vec![]),
        location: Some(text("Wien")),
        online_url: Some(text("https://example.org")),
        when: WhenChanges {
            starts_at: Some(text("2026-12-01T17:00")),
            ..WhenChanges::default()
        },
        capacity: Some(Some(5)),
        visibility: Some(text("unlisted")),
        image_rule: ImageRule::AnyText,
    };
    assert!(!changes.is_empty());
    let changed = changes
        .apply_to(&event(evening()), &Zone::utc())
        .expect("is valid");
    let fields = changed.when.to_fields();
    assert_eq!(fields.starts_at, text("2026-12-01T17:00:00+01:00"));
    assert_eq!(fields.ends_at, text("2026-12-01T20:00:00+01:00"));
    let expected = EventFields {
        title: "Coffee".to_owned(),
        description: String::new(),
        image: text("coffee.jpg"),
        tags: vec![],
        location: text("Wien"),
        online_url: text("https://example.org"),
        when: changed.when.clone(),
        capacity: Some(5),
        visibility: Visibility::Unlisted,
    };
    assert_eq!(changed, expected);
}

#[test]
fn optional_fields_can_be_removed() {
    for none in [None, text("")] {
        let changes = EventChanges {
            image: Some(none.clone()),
            location: Some(none.clone()),
            online_url: Some(none),
            capacity: Some(None),
            ..EventChanges::default()
        };
        let changed = changes
            .apply_to(&event(evening()), &Zone::utc())
            .expect("is valid");
        assert_eq!((changed.image, changed.location), (None, None));
        assert_eq!((changed.online_url, changed.capacity), (None, None));
    }
}

#[test]
fn all_problems_are_reported_at_once() {
    let changes = EventChanges {
        title: text(" "),
        when: WhenChanges {
            ends_at: Some(text("never")),
            ..WhenChanges::default()
        },
        ..EventChanges::default()
    };
    let problems = problems(changes.apply_to(&event(evening()), &Zone::utc()));
    let fields: Vec<_> = problems.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["title", "ends_at"], "in the order of the fields");
}

/// An event stored before a rule became stricter can still move to another day.
#[test]
fn a_stored_value_that_breaks_a_new_rule_is_accepted_until_it_changes() {
    let before = EventFields {
        title: "\u{202e}aeT".to_owned(),
        description: "a\u{200b}".to_owned(),
        tags: vec!["\u{3164}".to_owned()],
        location: text("\u{2066}London"),
        online_url: text("https://example.com/\u{202e}"),
        ..event(evening())
    };
    let moved = EventChanges {
        capacity: Some(Some(9)),
        location: Some(text("Wien")),
        title: Some(before.title.clone()),
        ..EventChanges::default()
    };
    let changed = moved.apply_to(&before, &Zone::utc()).expect("is valid");
    assert_eq!(changed.title, before.title);
    assert_eq!(
        (changed.capacity, changed.location),
        (Some(9), text("Wien"))
    );
    let touched = EventChanges {
        title: text("\u{202e}eeffoC"),
        tags: Some(vec!["a".to_owned(), "\u{3164}b".to_owned()]),
        ..EventChanges::default()
    };
    let expected = [
        ("title".to_owned(), "unseen_character"),
        ("tags/1".to_owned(), "unseen_character"),
    ];
    assert_eq!(problems(touched.apply_to(&before, &Zone::utc())), expected);
}

#[test]
fn only_new_tags_are_checked() {
    let long = "x".repeat(60);
    let before = EventFields {
        tags: vec![long.clone(), "tea".to_owned()],
        ..event(evening())
    };
    let tags = |tags: &[&str]| EventChanges {
        tags: Some(tags.iter().map(|tag| (*tag).to_owned()).collect()),
        ..EventChanges::default()
    };
    let changed = tags(&[&long, "tea", "wine"]).apply_to(&before, &Zone::utc());
    assert_eq!(changed.expect("is valid").tags, [&*long, "tea", "wine"]);
    for (wrong, pointer, code) in [
        (tags(&[&long, "tea", "tea"]), "tags/2", "duplicate"),
        (tags(&[&format!("{long}x"), "tea"]), "tags/0", "too_long"),
    ] {
        let problems = problems(wrong.apply_to(&before, &Zone::utc()));
        assert_eq!(problems, [(pointer.to_owned(), code)]);
    }
    let two_spellings = tags(&["caf\u{e9}", "cafe\u{301}", "", "cafe\u{301}"]);
    let problems_of_two = problems(two_spellings.apply_to(&before, &Zone::utc()));
    let expected = [("tags/2", "required"), ("tags/3", "duplicate")];
    let expected = expected.map(|(pointer, code)| (pointer.to_owned(), code));
    assert_eq!(problems_of_two, expected, "at their places in the change");
    let many: Vec<String> = (0..22).map(|n| n.to_string()).collect();
    let before = EventFields {
        tags: many.clone(),
        ..before
    };
    let few = EventChanges {
        tags: Some(many[1..].to_vec()),
        ..EventChanges::default()
    };
    assert!(
        few.apply_to(&before, &Zone::utc()).is_ok(),
        "it is fewer than before"
    );
}

/// An unchanged time is not parsed again.
#[test]
fn an_unchanged_time_keeps_its_moment() {
    let fields = WhenFields {
        starts_at: text("2027-10-31T02:15:30.250+01:00"),
        ends_at: text("2027-10-31T05:00"),
        time_zone: text("Europe/Berlin"),
        ..WhenFields::default()
    };
    let before = When::parse(&fields, &Zone::utc()).expect("is a time");
    let ends_at = Some(text("2027-10-31T06:00"));
    let later = WhenChanges {
        ends_at,
        ..WhenChanges::default()
    };
    let after = later.apply_to(&before, &Zone::utc()).expect("is valid");
    let fields = after.to_fields();
    assert_eq!(fields.starts_at, text("2027-10-31T02:15:30.25+01:00"));
    assert_eq!(fields.ends_at, text("2027-10-31T06:00:00+01:00"));
    // The same holds for a zone that the time zone database no longer has.
    let When::At { starts, ends, .. } = before else {
        panic!("{before:?}");
    };
    let lost = When::At {
        starts,
        ends,
        time_zone: "Europe/Atlantis".to_owned(),
    };
    let same = WhenChanges {
        starts_at: Some(lost.to_fields().starts_at),
        ..WhenChanges::default()
    };
    assert_eq!(same.apply_to(&lost, &Zone::utc()), Ok(lost.clone()));
    let no_end = WhenChanges {
        ends_at: Some(None),
        ..WhenChanges::default()
    };
    let after = no_end.apply_to(&lost, &Zone::utc()).expect("is valid");
    assert_eq!(after.sort_at(), lost.sort_at());
    assert_eq!(
        problems(later.apply_to(&lost, &Zone::utc()))[0].0,
        "time_zone"
    );
}

#[test]
fn an_event_that_gets_a_date_later_keeps_its_zone() {
    let berlin = When::Undecided {
        time_zone: text("Europe/Berlin"),
    };
    let evening = WhenChanges {
        starts_at: Some(text("2027-07-17T18:00")),
        ..WhenChanges::default()
    };
    let after = evening.apply_to(&berlin, &Zone::utc()).expect("is valid");
    assert_eq!(
        after.to_fields().starts_at,
        text("2027-07-17T18:00:00+02:00")
    );
    let day = WhenChanges {
        start_date: Some(text("2027-07-17")),
        ..WhenChanges::default()
    };
    let after = day.apply_to(&berlin, &Zone::utc()).expect("is valid");
    assert_eq!(after.time_zone(), Some("Europe/Berlin"));
    let default = Zone::find("Asia/Tokyo").expect("is a zone");
    let after = day.apply_to(&When::UNDECIDED, &default).expect("is valid");
    assert_eq!(after.time_zone(), Some("Asia/Tokyo"));
}

#[test]
fn a_change_from_times_to_dates_must_remove_the_start() {
    let start_date = Some(text("2026-12-05"));
    let both = WhenChanges {
        start_date,
        ..WhenChanges::default()
    };
    let conflict = vec![("start_date".to_owned(), "conflict")];
    assert_eq!(problems(both.apply_to(&evening(), &Zone::utc())), conflict);
    let gone = WhenChanges {
        starts_at: Some(None),
        ..both
    };
    let changed = gone.apply_to(&evening(), &Zone::utc()).expect("is valid");
    assert_eq!(changed.to_fields().start_date, text("2026-12-05"));
    assert_eq!(
        changed.time_zone(),
        Some("Europe/Paris"),
        "the zone is its own"
    );
    // Removing the end explicitly is allowed; keeping it is an error.
    let all = WhenChanges {
        ends_at: Some(None),
        ..gone.clone()
    };
    assert_eq!(all.apply_to(&evening(), &Zone::utc()), Ok(changed));
    let end = WhenChanges {
        ends_at: Some(text("2026-12-05T20:00Z")),
        ..gone
    };
    assert_eq!(
        problems(end.apply_to(&evening(), &Zone::utc())),
        [("ends_at".to_owned(), "conflict")]
    );
}

#[test]
fn a_change_is_checked_beside_fields_that_are_no_texts() {
    let beside = |when: WhenChanges, stored: When, unread: &[Field]| {
        let changes = EventChanges {
            when,
            title: text(""),
            ..EventChanges::default()
        };
        problems(changes.check(&event(stored), &Zone::utc(), unread))
    };
    let end = |ends_at: &str| WhenChanges {
        ends_at: Some(text(ends_at)),
        ..WhenChanges::default()
    };
    let title = ("title".to_owned(), "required");
    let ends_at = ("ends_at".to_owned(), "invalid");
    assert_eq!(
        beside(end("soon"), evening(), &[Field::StartsAt]),
        [title.clone(), ends_at]
    );
    // Neither the stored start nor its absence says anything of this end.
    let title_alone = [title.clone()];
    for stored in [evening(), weekend()] {
        let early = end("2026-01-01T18:00Z");
        let told = beside(early, stored, &[Field::StartsAt, Field::StartDate]);
        assert_eq!(told, title_alone);
    }
    assert_eq!(
        beside(WhenChanges::default(), evening(), &[Field::TimeZone]),
        [title]
    );
}

#[test]
fn an_image_is_checked_when_it_changes() {
    let image = |text: &str, image_rule| EventChanges {
        image: Some(Some(text.to_owned())),
        image_rule,
        ..EventChanges::default()
    };
    let check = |changes: EventChanges| problems(changes.apply_to(&event(evening()), &Zone::utc()));
    let refused = vec![("image".to_owned(), "invalid")];
    assert_eq!(check(image("cake.jpg", ImageRule::WebAddress)), refused);
    for (text, image_rule) in [
        ("tea.jpg", ImageRule::WebAddress),
        ("https://example.com/cake.jpg", ImageRule::WebAddress),
        ("", ImageRule::WebAddress),
        ("cake.jpg", ImageRule::AnyText),
    ] {
        assert_eq!(check(image(text, image_rule)), [], "{text}");
    }
    let nothing = EventChanges {
        image_rule: ImageRule::AnyText,
        ..EventChanges::default()
    };
    assert!(nothing.is_empty());
}

#[test]
fn a_change_is_checked_without_its_event() {
    let changes = EventChanges {
        title: text(""),
        tags: Some(vec!["a".to_owned(), "a".to_owned()]),
        visibility: Some(text("secret")),
        ..EventChanges::default()
    };
    let expected = [
        ("title".to_owned(), "required"),
        ("tags/1".to_owned(), "duplicate"),
        ("visibility".to_owned(), "invalid"),
    ];
    assert_eq!(problems(changes.check_alone(&Zone::utc())), expected);
    let nothing = EventChanges::default();
    assert_eq!(nothing.check_alone(&Zone::utc()), Ok(()));
}

/// A date of an earlier version may be one that its zone left out.
#[test]
fn a_stored_day_that_its_zone_left_out_is_accepted_until_it_changes() {
    let day = |text: &str| text.parse().expect("is a day");
    let in_apia = When::Dates {
        first: day("2011-12-30"),
        last: day("2011-12-31"),
        time_zone: text("Pacific/Apia"),
    };
    let later = WhenChanges {
        end_date: Some(text("2012-01-01")),
        ..WhenChanges::default()
    };
    let after = later.apply_to(&in_apia, &Zone::utc()).expect("is valid");
    assert_eq!(after.to_fields().start_date, text("2011-12-30"));
    let shorter = WhenChanges {
        start_date: Some(text("2011-12-29")),
        end_date: Some(text("2011-12-30")),
        ..WhenChanges::default()
    };
    let refused = [("end_date".to_owned(), "invalid")];
    assert_eq!(problems(shorter.apply_to(&in_apia, &Zone::utc())), refused);
}

#[test]
fn from_dates_to_times_or_to_nothing_yet() {
    let gone = WhenChanges {
        start_date: Some(text("")),
        ..WhenChanges::default()
    };
    let undecided = When::Undecided {
        time_zone: text("UTC"),
    };
    assert_eq!(gone.apply_to(&weekend(), &Zone::utc()), Ok(undecided));
    let changes = WhenChanges {
        starts_at: Some(text("2026-12-01T18:00")),
        ends_at: Some(text("2026-12-01T20:00")),
        time_zone: Some(text("Europe/Paris")),
        ..gone
    };
    assert_eq!(changes.apply_to(&weekend(), &Zone::utc()), Ok(evening()));
}

#[test]
fn another_zone_changes_the_local_time_and_not_the_instant() {
    let zone = Some(text("America/New_York"));
    let changes = WhenChanges {
        time_zone: zone,
        ..WhenChanges::default()
    };
    let changed = changes
        .apply_to(&evening(), &Zone::utc())
        .expect("is valid");
    assert_eq!(
        changed.to_fields().starts_at,
        text("2026-12-01T12:00:00-05:00")
    );
    assert_eq!(changed.sort_at(), evening().sort_at());
}
