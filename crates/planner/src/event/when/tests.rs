use proptest::{option, prelude::*};

use super::*;
use crate::{Field, FieldProblem, ProblemCode};

fn fields(
    starts_at: &str,
    ends_at: &str,
    time_zone: &str,
    start_date: &str,
    end_date: &str,
) -> WhenFields {
    let text = |text: &str| Some(text.to_owned());
    WhenFields {
        starts_at: text(starts_at),
        ends_at: text(ends_at),
        time_zone: text(time_zone),
        start_date: text(start_date),
        end_date: text(end_date),
    }
}

/// Parses a start in a zone; returns its text and zone.
fn start(starts_at: &str, time_zone: &str) -> (String, String) {
    let when =
        When::parse(&fields(starts_at, "", time_zone, "", ""), &Zone::utc()).expect(starts_at);
    let fields = when.to_fields();
    (
        fields.starts_at.unwrap_or_default(),
        fields.time_zone.unwrap_or_default(),
    )
}

/// Returns the names of the fields and the words of the codes of all problems.
fn problems(fields: &WhenFields) -> Vec<(String, &'static str)> {
    let problems = When::parse(fields, &Zone::utc())
        .err()
        .unwrap_or_default()
        .problems;
    problems
        .into_iter()
        .map(|problem| (problem.field.to_string(), problem.code.as_str()))
        .collect()
}

fn one(field: &str, code: &'static str) -> Vec<(String, &'static str)> {
    vec![(field.to_owned(), code)]
}

#[test]
fn no_texts_mean_undecided() {
    assert_eq!(
        When::parse(&WhenFields::default(), &Zone::utc()),
        Ok(When::UNDECIDED)
    );
    assert_eq!(
        When::parse(&fields("", "", "", "", ""), &Zone::utc()),
        Ok(When::UNDECIDED)
    );
}

#[test]
fn a_time_with_an_offset_needs_no_zone() {
    for (text, read) in [
        ("2026-12-01T18:00:00+01:00", "2026-12-01T17:00:00Z"),
        ("2026-12-01T18:00:00Z", "2026-12-01T18:00:00Z"),
        ("2026-12-01t18:00z", "2026-12-01T18:00:00Z"),
        ("2026-12-01T18:00-00:30", "2026-12-01T18:30:00Z"),
        ("2026-12-01T18:00:00.5Z", "2026-12-01T18:00:00.5Z"),
        ("2026-12-01T18:00:00.123999Z", "2026-12-01T18:00:00.123Z"),
    ] {
        assert_eq!(start(text, ""), (read.to_owned(), "UTC".to_owned()));
    }
}

#[test]
fn the_offset_sets_the_instant_and_the_zone_the_local_time() {
    let when = When::parse(
        &fields("2026-12-01T18:00:00Z", "", "europe/paris", "", ""),
        &Zone::utc(),
    );
    let Ok(When::At {
        starts, time_zone, ..
    }) = when
    else {
        panic!("{when:?}");
    };
    assert_eq!(starts.at.as_millis(), 1_796_148_000_000);
    assert_eq!(starts.wall.to_string(), "2026-12-01T19:00:00");
    assert_eq!(time_zone, "Europe/Paris");
}

#[test]
fn a_local_time_uses_its_zone() {
    for (text, zone, read) in [
        (
            "2026-12-01T18:00",
            "Europe/Paris",
            "2026-12-01T18:00:00+01:00",
        ),
        (
            "2026-07-01T18:00:07.25",
            "Europe/Paris",
            "2026-07-01T18:00:07.25+02:00",
        ),
        (
            "2026-12-01T18:00",
            "America/St_Johns",
            "2026-12-01T18:00:00-03:30",
        ),
        (
            "2026-12-01T18:00",
            "Europe/London",
            "2026-12-01T18:00:00+00:00",
        ),
        // The clock skips from two to three, and in autumn goes back from three to two.
        (
            "2026-03-29T02:30",
            "Europe/Berlin",
            "2026-03-29T03:30:00+02:00",
        ),
        (
            "2026-10-25T02:30",
            "Europe/Berlin",
            "2026-10-25T02:30:00+02:00",
        ),
        (
            "2026-10-25T02:30+01:00",
            "Europe/Berlin",
            "2026-10-25T02:30:00+01:00",
        ),
    ] {
        assert_eq!(start(text, zone), (read.to_owned(), zone.to_owned()));
    }
    assert_eq!(
        problems(&fields("2026-12-01T18:00", "2026-12-01T19:00", "", "", "")),
        one("time_zone", "required")
    );
}

#[test]
fn an_offset_with_seconds_is_written_in_utc() {
    let (text, zone) = start("1971-06-01T12:00", "Africa/Monrovia");
    assert_eq!(text, "1971-06-01T12:44:30Z");
    assert_eq!(start(&text, &zone), (text, zone));
}

#[test]
fn an_end_is_not_before_its_start() {
    let times = |start, end| fields(start, end, "Europe/Paris", "", "");
    let (six, seven) = ("2026-12-01T18:00", "2026-12-01T19:00");
    assert_eq!(problems(&times(six, seven)), []);
    assert_eq!(problems(&times(six, six)), []);
    assert_eq!(problems(&times(seven, six)), one("ends_at", "out_of_range"));
    // Nine in Tokyo is before six in Paris.
    assert_eq!(
        problems(&times(six, "2026-12-01T21:00+09:00")),
        one("ends_at", "out_of_range")
    );
    let dates = |first, last| fields("", "", "", first, last);
    assert_eq!(problems(&dates("2026-12-01", "2026-12-01")), []);
    assert_eq!(
        problems(&dates("2026-12-01", "2026-11-30")),
        one("end_date", "out_of_range")
    );
}

#[test]
fn dates_include_the_last_and_default_to_one_day() {
    let read =
        |first, last| When::parse(&fields("", "", "", first, last), &Zone::utc()).expect(first);
    let three = read("2026-12-01", "2026-12-03");
    assert_eq!(three.to_fields().end_date.as_deref(), Some("2026-12-03"));
    let (one, same) = (read("2026-12-01", ""), read("2026-12-01", "2026-12-01"));
    assert_eq!(one, same);
    assert_eq!(one.to_fields().end_date, None);
}

#[test]
fn a_date_without_a_zone_gets_the_default_zone() {
    let default = Zone::find("Pacific/Honolulu").expect("is a zone");
    for (starts_at, zone, date, kept) in [
        ("", "Europe/Berlin", "", Some("Europe/Berlin")),
        ("", "europe/berlin", "2026-12-01", Some("Europe/Berlin")),
        (
            "2026-12-01T18:00Z",
            "Europe/Berlin",
            "",
            Some("Europe/Berlin"),
        ),
        ("", "", "", None),
        ("", "", "2026-12-01", Some("Pacific/Honolulu")),
        ("2026-12-01T18:00Z", "", "", Some("Pacific/Honolulu")),
    ] {
        let when = When::parse(&fields(starts_at, "", zone, date, ""), &default);
        let when = when.expect("goes together");
        assert_eq!(when.time_zone(), kept, "{when:?}");
    }
    for date in ["", "2026-12-01"] {
        let problems = problems(&fields("", "", "Mars", date, ""));
        assert_eq!(problems, one("time_zone", "invalid"));
    }
}

#[test]
fn an_event_without_an_end_is_over_when_its_day_ends_in_its_zone() {
    let parse = |starts_at, ends_at, zone, first, last| {
        let fields = fields(starts_at, ends_at, zone, first, last);
        When::parse(&fields, &Zone::utc()).expect("is a time")
    };
    let of_earlier = |when: When| match when {
        When::Dates { first, last, .. } => When::Dates {
            first,
            last,
            time_zone: None,
        },
        other => other,
    };
    let day = |zone| parse("", "", zone, "2026-11-30", "2026-12-01");
    for (when, over) in [
        (
            parse(
                "2026-12-01T18:00",
                "2026-12-01T20:00",
                "Europe/Berlin",
                "",
                "",
            ),
            "2026-12-01T19:00:00Z",
        ),
        (
            parse("2026-12-01T18:00", "", "Europe/Berlin", "", ""),
            "2026-12-01T23:00:00Z",
        ),
        (
            parse(
                "2026-12-01T18:00",
                "2026-12-01T18:00",
                "Europe/Berlin",
                "",
                "",
            ),
            "2026-12-01T23:00:00Z",
        ),
        // The clock goes back during this day.
        (
            parse("2026-10-25T00:30", "", "Europe/Berlin", "", ""),
            "2026-10-25T23:00:00Z",
        ),
        (day("Pacific/Honolulu"), "2026-12-02T10:00:00Z"),
        (day("Pacific/Kiritimati"), "2026-12-01T10:00:00Z"),
        (day("UTC"), "2026-12-02T00:00:00Z"),
        (of_earlier(day("UTC")), "2026-12-02T12:00:00Z"),
    ] {
        let over: jiff::Timestamp = over.parse().expect("is a moment");
        assert_eq!(when.over_at(), over.as_millisecond(), "{when:?}");
        assert!(when.sort_at() <= when.over_at());
    }
}

#[test]
fn conflicting_texts_are_reported_at_their_field() {
    let (time, date) = ("2026-12-01T18:00Z", "2026-12-01");
    let conflict = |field| one(field, "conflict");
    assert_eq!(problems(&fields("", time, "", "", "")), conflict("ends_at"));
    assert_eq!(
        problems(&fields("", "", "", "", date)),
        conflict("end_date")
    );
    assert_eq!(
        problems(&fields(time, "", "", date, "")),
        conflict("start_date")
    );
    assert_eq!(
        problems(&fields(time, "", "", "", date)),
        conflict("end_date")
    );
    assert_eq!(
        problems(&fields("", time, "", date, "")),
        conflict("ends_at")
    );
}

#[test]
fn all_invalid_texts_are_reported_at_once() {
    assert_eq!(
        problems(&fields("tomorrow", "later", "Nowhere", "", "")),
        [
            one("starts_at", "invalid"),
            one("ends_at", "invalid"),
            one("time_zone", "invalid")
        ]
        .concat()
    );
    assert_eq!(
        problems(&fields("", "", "", "soon", "later")),
        [one("start_date", "invalid"), one("end_date", "invalid")].concat()
    );
    // What does not go together hides nothing that is wrong by itself.
    assert_eq!(
        problems(&fields("soon", "1969-01-01T00:00Z", "", "2026-13-01", "x")),
        [
            one("starts_at", "invalid"),
            one("ends_at", "out_of_range"),
            one("start_date", "conflict"),
            one("start_date", "invalid"),
            one("end_date", "invalid"),
        ]
        .concat()
    );
    // An unknown zone hides neither a year that is not taken nor an end before its start.
    assert_eq!(
        problems(&fields(
            "1960-01-01T00:00",
            "1950-01-01T00:00",
            "Mars",
            "",
            ""
        )),
        [
            one("starts_at", "out_of_range"),
            one("ends_at", "out_of_range"),
            one("time_zone", "invalid"),
        ]
        .concat()
    );
    // A day that does not exist does not hide that the time zone is missing.
    for (start, end, field) in [
        ("2026-02-30T10:00", "", "starts_at"),
        ("2026-02-28T10:00Z", "2026-13-01T10:00", "ends_at"),
    ] {
        assert_eq!(
            problems(&fields(start, end, "", "", "")),
            [one(field, "invalid"), one("time_zone", "required")].concat()
        );
    }
    assert_eq!(
        problems(&fields("2026-02-30T10:00Z", "", "", "", "")),
        one("starts_at", "invalid")
    );
    for (start, end) in [
        ("2026-12-01T18:00", "2026-12-01T17:00"),
        ("2026-12-01T18:00Z", "2026-12-01T18:00+01:00"),
    ] {
        assert_eq!(
            problems(&fields(start, end, "Mars", "", "")),
            [one("ends_at", "out_of_range"), one("time_zone", "invalid")].concat()
        );
    }
}

#[test]
fn a_field_that_is_no_text_hides_nothing_that_is_wrong_with_the_others() {
    let (time, day) = ("2026-12-01T18:00", "2026-12-01");
    let beside = |fields: &WhenFields, unread: &[Field]| {
        let read = When::parse_beside(fields, &Zone::utc(), unread);
        let invalid = read.err().unwrap_or_default();
        let problems = invalid.problems.into_iter();
        problems
            .map(|problem| (problem.field.to_string(), problem.code.as_str()))
            .collect::<Vec<_>>()
    };
    for (fields, unread, told) in [
        // Nothing is said of what depends on it.
        (
            fields("", time, "UTC", "", ""),
            &[Field::StartsAt][..],
            vec![],
        ),
        (fields("", "", "", "", day), &[Field::StartDate], vec![]),
        (fields(time, "", "", "", ""), &[Field::TimeZone], vec![]),
        (fields(time, "", "UTC", "", ""), &[Field::EndsAt], vec![]),
        // What is wrong by itself is told.
        (
            fields("", "later", "Mars", "x", "y"),
            &[Field::StartsAt],
            [
                one("ends_at", "invalid"),
                one("time_zone", "invalid"),
                one("start_date", "invalid"),
                one("end_date", "invalid"),
            ]
            .concat(),
        ),
        (
            fields("soon", "2026-12-01T18:00", "", "", ""),
            &[Field::TimeZone, Field::StartDate],
            one("starts_at", "invalid"),
        ),
        (
            fields("", "", "", "", "2026-02-30"),
            &[
                Field::StartsAt,
                Field::EndsAt,
                Field::TimeZone,
                Field::StartDate,
            ],
            one("end_date", "invalid"),
        ),
        (
            fields("2026-12-01T18:00", "2026-12-01T17:00", "", day, ""),
            &[Field::TimeZone],
            [
                one("ends_at", "out_of_range"),
                one("start_date", "conflict"),
            ]
            .concat(),
        ),
    ] {
        assert_eq!(
            beside(&fields, unread),
            told,
            "{fields:?} beside {unread:?}"
        );
    }
}

#[test]
fn texts_that_are_not_rfc_3339_are_refused() {
    for text in [
        "2026-12-01",
        "2026-12-01 18:00Z",
        "2026-12-01T18Z",
        "2026-12-01T1800Z",
        "20261201T180000Z",
        "2026-12-01T18:00:00,5Z",
        "2026-12-01T18:00.5Z",
        "2026-12-01T18:00:00.Z",
        "2026-12-01T18:00:60Z",
        "2026-12-01T24:00:00Z",
        "2026-12-01T18:60Z",
        "2026-02-29T18:00Z",
        "2026-13-01T18:00Z",
        "2026-12-01T18:00+0100",
        "2026-12-01T18:00+01",
        "2026-12-01T18:00+24:00",
        "2026-12-01T18:00+01:60",
        "2026-12-01T18:00+01:00:00",
        "2026-12-01T18:00ZZ",
        "2026-12-01T18:00Z[Europe/Paris]",
        "T18:00Z",
        "10000-01-01T00:00Z",
        "+2026-12-01T18:00Z",
        "-2026-12-01T18:00Z",
        "026-12-01T18:00Z",
        "2026-12-01T+8:00Z",
        "2026-W49-2T18:00Z",
        " 2026-12-01T18:00Z",
        "2026-12-01T18:00Z ",
        "T",
        "Tz",
        "2026-12-01T18:00:00Z\0",
        "２０２６-12-01T18:00Z",
        "2026-12-01T18:00\u{2212}01:00",
    ] {
        assert_eq!(
            problems(&fields(text, "", "", "", "")),
            one("starts_at", "invalid"),
            "{text}"
        );
    }
    for text in [
        "2026-12",
        "2026-12-32",
        "2026-1-1",
        "20261201",
        "10000-01-01",
        "2026-12-01T00:00Z",
    ] {
        assert_eq!(
            problems(&fields("", "", "", text, "")),
            one("start_date", "invalid"),
            "{text}"
        );
    }
}

#[test]
fn a_date_that_does_not_exist_is_no_date_of_another_form() {
    let codes = |fields: &WhenFields| {
        let invalid = When::parse(fields, &Zone::utc()).err().unwrap_or_default();
        let problems = invalid.problems.into_iter();
        problems.map(|problem| problem.code).collect::<Vec<_>>()
    };
    let none = |year, month, day| ProblemCode::NoSuchDay { year, month, day };
    for (text, code) in [
        ("2026-02-30", none(2026, 2, 30)),
        ("2027-02-29", none(2027, 2, 29)),
        ("2026-12-00", none(2026, 12, 0)),
        ("2026-13-01", none(2026, 13, 1)),
        ("2026-2-30", ProblemCode::NotDate),
        ("2026-02-30x", ProblemCode::NotDate),
    ] {
        assert_eq!(codes(&fields("", "", "", text, "")), [code], "{text}");
    }
    for (text, code) in [
        ("2026-02-30T18:00", none(2026, 2, 30)),
        ("2026-02-30T18:00:00+01:00", none(2026, 2, 30)),
        ("2026-02-30T18:70", ProblemCode::NotTime),
        ("2026-02-28T24:00", ProblemCode::NotTime),
    ] {
        assert_eq!(codes(&fields(text, "", "UTC", "", "")), [code], "{text}");
    }
}

#[test]
fn a_day_that_its_zone_left_out_is_refused() {
    let apia = Zone::find("Pacific/Apia").expect("is a zone");
    let skipped = |field| FieldProblem {
        field,
        code: ProblemCode::SkippedDay {
            day: "2011-12-30".parse().expect("is a day"),
            time_zone: "Pacific/Apia".to_owned(),
        },
    };
    let refused = |fields: &WhenFields, default: &Zone| {
        let read = When::parse(fields, default);
        read.err().unwrap_or_default().problems
    };
    let days = |zone, first, last| fields("", "", zone, first, last);
    for (fields, default, field) in [
        (
            days("pacific/apia", "2011-12-30", ""),
            Zone::utc(),
            Field::StartDate,
        ),
        (days("", "2011-12-30", ""), apia, Field::StartDate),
        (
            days("Pacific/Apia", "2011-12-29", "2011-12-30"),
            Zone::utc(),
            Field::EndDate,
        ),
    ] {
        assert_eq!(refused(&fields, &default), [skipped(field)]);
    }
    let times = |starts_at, ends_at| fields(starts_at, ends_at, "Pacific/Apia", "", "");
    for (fields, field) in [
        (times("2011-12-30T18:00", ""), Field::StartsAt),
        (times("2011-12-29T18:00", "2011-12-30T00:00"), Field::EndsAt),
    ] {
        assert_eq!(refused(&fields, &Zone::utc()), [skipped(field)]);
    }
    // An offset says which moment is meant.
    let exact = times("2011-12-30T18:00Z", "2011-12-31T18:00");
    assert_eq!(refused(&exact, &Zone::utc()), []);
    for (zone, first, last) in [
        ("Pacific/Apia", "2011-12-29", "2011-12-31"),
        ("Pacific/Pago_Pago", "2011-12-30", ""),
    ] {
        assert_eq!(refused(&days(zone, first, last), &Zone::utc()), []);
    }
}

#[test]
fn years_from_1970_to_9999_are_accepted() {
    for text in [
        "1970-01-01T00:00:00Z",
        "9999-12-30T22:00:00Z",
        "2016-12-31T23:59:59Z",
    ] {
        assert_eq!(start(text, "").0, text);
    }
    for (text, zone) in [
        ("1969-12-31T23:59:59Z", ""),
        ("1970-01-01T00:30:00+01:00", ""),
        ("1970-01-01T00:30:00Z", "America/New_York"),
        ("9999-12-30T22:00:00.001Z", ""),
        ("9999-12-31T23:59:59Z", ""),
        ("9999-12-31T23:59:59-23:59", ""),
        ("9999-12-31T23:59", "America/New_York"),
        ("0000-01-01T00:00Z", ""),
    ] {
        let problems = problems(&fields(text, "", zone, "", ""));
        assert_eq!(problems, one("starts_at", "out_of_range"), "{text}");
    }
    let last_day =
        When::parse(&fields("", "", "", "9999-12-31", ""), &Zone::utc()).expect("is a day");
    assert_eq!(last_day.sort_at(), 253_402_214_400_000);
    assert_eq!(
        problems(&fields("", "", "", "1969-12-31", "")),
        one("start_date", "out_of_range")
    );
}

#[test]
fn undecided_events_sort_last_and_days_at_midnight_utc() {
    let sort_at =
        |fields: &WhenFields| When::parse(fields, &Zone::utc()).expect("parses").sort_at();
    let day = sort_at(&fields("", "", "", "2026-12-01", ""));
    assert_eq!(day, sort_at(&fields("2026-12-01T00:00Z", "", "", "", "")));
    assert_eq!(sort_at(&WhenFields::default()), i64::MAX);
}

/// Any text, and texts that look valid.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9]{0,5}-[0-9]{0,3}-[0-9]{0,3}[Tt ][0-9:.]{0,12}[Zz+-]?[0-9:]{0,6}",
        "(19[67][0-9]|20[0-9]{2}|9999)-[01][0-9]-[0-3][0-9]",
        "(19[67][0-9]|20[0-9]{2}|9999)-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9](:[0-6][0-9](\\.[0-9]{1,10})?)?(Z|[+-][0-2][0-9]:[0-5][0-9])?",
    ]
}

fn any_zone() -> impl Strategy<Value = String> {
    let names: Vec<_> = jiff::tz::TimeZoneDatabase::bundled()
        .available()
        .map(|name| name.to_string())
        .collect();
    prop_oneof![any::<String>(), proptest::sample::select(names)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn parsed_texts_are_written_so_that_they_parse_the_same(
        starts_at in option::of(any_text()),
        ends_at in option::weighted(0.3, any_text()),
        time_zone in option::of(any_zone()),
        start_date in option::weighted(0.2, any_text()),
        end_date in option::weighted(0.1, any_text()),
    ) {
        let fields = WhenFields { starts_at, ends_at, time_zone, start_date, end_date };
        if let Ok(when) = When::parse(&fields, &Zone::utc()) {
            prop_assert_eq!(When::parse(&when.to_fields(), &Zone::utc()), Ok(when));
        }
    }
}
