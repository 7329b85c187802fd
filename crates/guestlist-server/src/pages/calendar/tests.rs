//! Two independent parsers read the same values from the calendar of any event.

use calcard::icalendar::{ICalendar, ICalendarProperty, ICalendarValue};
use guestlist::UserId;
use icalendar::parser::{Property, read_calendar, unfold};
use jiff::{
    SignedDuration,
    civil::{Date, DateTime},
};
use planner::{EventFields, EventId, Moment, Version, Visibility};
use proptest::{collection::vec, option, prelude::*};

use super::*;

const BASE_URL: &str = "https://example.com/lists";
/// The last millisecond that jiff supports.
const LAST: i64 = 253_402_207_200_000 - 1;

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z,;:\\\\\"\\n\\r\\t é🎉%^=]{0,300}",
        "(END:VEVENT|BEGIN:VALARM|\\\\n|\r\n|\r|\n|\u{2028}|\u{85}| ){0,20}",
    ]
}

fn addresses() -> impl Strategy<Value = String> {
    "https://example\\.com/[a-zA-Z0-9é,;:?&=%\"<>{}|^`~-]{0,200}"
}

fn moment(millis: i64) -> Moment {
    Moment {
        at: Timestamp::from_millis(millis),
        wall: DateTime::constant(2026, 12, 1, 18, 0, 0, 0),
    }
}

fn times() -> impl Strategy<Value = When> {
    let lengths = prop_oneof![Just(0), 0..2_000_i64, 0..LAST];
    (0..=LAST, option::of(lengths)).prop_map(|(starts, length)| When::At {
        starts: moment(starts),
        ends: length.map(|length| moment((starts + length).min(LAST))),
        time_zone: "Europe/Paris".to_owned(),
    })
}

fn dates() -> impl Strategy<Value = When> {
    let days = prop_oneof![Just(0), 0..3_000_000_i64];
    (0..=2_932_896_i64, days).prop_map(|(first, days)| {
        let after =
            |days| Date::constant(1970, 1, 1).saturating_add(SignedDuration::from_hours(24 * days));
        When::Dates {
            first: after(first),
            last: after(first + days),
            time_zone: None,
        }
    })
}

prop_compose! {
    fn events()(
        title in texts(),
        description in texts(),
        location in option::of(texts()),
        online_url in option::of(addresses()),
        tags in vec(texts(), 0..3),
        when in prop_oneof![3 => times(), 2 => dates(), 1 => Just(When::UNDECIDED)],
        updated_at in 0..=LAST,
        version in 1..=i64::from(i32::MAX),
    ) -> Event {
        let at = Timestamp::from_millis(updated_at);
        Event {
            id: EventId::new(at),
            creator: UserId::new(at),
            fields: EventFields {
                title,
                description,
                image: None,
                tags,
                location,
                online_url,
                when,
                capacity: None,
                visibility: Visibility::Public,
            },
            created_at: at,
            updated_at: at,
            version: Version(version),
            fingerprint: None,
        }
    }
}

/// Returns the text as a calendar represents it.
fn held(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let text = text.replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    text.replace(|c: char| c.is_ascii_control() && c != '\n' && c != '\t', "")
}

/// What a parser found about an event.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    uid: Option<String>,
    summary: Option<String>,
    description: Option<String>,
    location: Option<String>,
    conference: Option<String>,
    url: Option<String>,
    starts: Option<String>,
    ends: Option<String>,
    duration: Option<String>,
    sequence: Option<String>,
}

/// Parses with the crate `icalendar`.
fn read_by_icalendar(text: &str) -> Vec<Found> {
    let unfolded = unfold(text);
    let calendar = read_calendar(&unfolded).expect("is a calendar");
    let events = calendar
        .components
        .iter()
        .filter(|part| part.name == "VEVENT");
    events
        .map(|event| {
            let mut found = Found::default();
            for Property { name, val, .. } in &event.properties {
                let place = match name.as_str() {
                    "UID" => &mut found.uid,
                    "SUMMARY" => &mut found.summary,
                    "DESCRIPTION" => &mut found.description,
                    "LOCATION" => &mut found.location,
                    "CONFERENCE" => &mut found.conference,
                    "URL" => &mut found.url,
                    "DTSTART" => &mut found.starts,
                    "DTEND" => &mut found.ends,
                    "DURATION" => &mut found.duration,
                    "SEQUENCE" => &mut found.sequence,
                    "DTSTAMP" | "LAST-MODIFIED" => continue,
                    other => panic!("{other}: {text}"),
                };
                assert_eq!(*place, None, "{name} is there once: {text}");
                *place = Some(val.as_str().to_owned());
            }
            found
        })
        .collect()
}

/// Parses with the crate `calcard`.
fn read_by_calcard(text: &str) -> Vec<Found> {
    let calendar = ICalendar::parse(text).expect("is a calendar");
    let events = calendar
        .components
        .iter()
        .filter(|part| part.component_type.as_str() == "VEVENT");
    events
        .map(|event| {
            let mut found = Found::default();
            for entry in &event.entries {
                let place = match entry.name {
                    ICalendarProperty::Uid => &mut found.uid,
                    ICalendarProperty::Summary => &mut found.summary,
                    ICalendarProperty::Description => &mut found.description,
                    ICalendarProperty::Location => &mut found.location,
                    ICalendarProperty::Conference => &mut found.conference,
                    ICalendarProperty::Url => &mut found.url,
                    ICalendarProperty::Dtstart => &mut found.starts,
                    ICalendarProperty::Dtend => &mut found.ends,
                    ICalendarProperty::Duration => &mut found.duration,
                    ICalendarProperty::Sequence => &mut found.sequence,
                    ICalendarProperty::Dtstamp | ICalendarProperty::LastModified => continue,
                    ref other => panic!("{other:?}: {text}"),
                };
                assert_eq!(*place, None, "{:?} is there once: {text}", entry.name);
                *place = Some(match entry.values.as_slice() {
                    [] => String::new(),
                    [value] => when_text(value),
                    values => panic!("{values:?} are one value: {text}"),
                });
            }
            found
        })
        .collect()
}

/// Formats a calcard value as the calendar writes it.
fn when_text(value: &ICalendarValue) -> String {
    match value {
        ICalendarValue::Text(text) => text.clone(),
        ICalendarValue::Integer(number) => number.to_string(),
        ICalendarValue::Uri(calcard::icalendar::Uri::Location(address)) => address.clone(),
        ICalendarValue::Duration(length) => format!("P{}D", length.days + 7 * length.weeks),
        ICalendarValue::PartialDateTime(at) => {
            let number = |number: Option<u8>| u32::from(number.expect("is there"));
            let year = at.year.expect("is there");
            let date = format!("{year:04}{:02}{:02}", number(at.month), number(at.day));
            if at.hour.is_none() {
                return date;
            }
            assert_eq!((at.tz_hour, at.tz_minute), (Some(0), Some(0)), "in UTC");
            let (hour, minute, second) = (number(at.hour), number(at.minute), number(at.second));
            format!("{date}T{hour:02}{minute:02}{second:02}Z")
        }
        other => panic!("{other:?}"),
    }
}

fn is_valid(text: &str) {
    assert!(text.ends_with("\r\n"), "{text:?}");
    for line in text.trim_end_matches("\r\n").split("\r\n") {
        assert!(line.len() <= 75, "{line:?}");
        assert!(
            !line.contains(|c: char| c.is_ascii_control() && c != '\t'),
            "{line:?}"
        );
        assert!(
            !line.contains(['\u{85}', '\u{2028}', '\u{2029}']),
            "{line:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_event_makes_a_valid_calendar(event in events()) {
        let mut text = BEGINNING.to_owned();
        write_event(&mut text, &event, BASE_URL);
        if !has_date(&event.fields.when) {
            prop_assert_eq!(text.as_str(), BEGINNING, "an event without a date is left out");
            prop_assert!(file(&event, BASE_URL, &Method::GET).is_none());
            prop_assert!(file(&event, BASE_URL, &Method::HEAD).is_none());
            return Ok(());
        }
        text.push_str(END);
        is_valid(&text);
        let [found] = read_by_icalendar(&text).try_into().expect("is one event");
        let [other] = read_by_calcard(&text).try_into().expect("is one event");
        prop_assert_eq!(&found, &other);

        let fields = &event.fields;
        prop_assert_eq!(found.uid, Some(event.id.to_string()));
        prop_assert_eq!(found.summary, Some(held(&fields.title)));
        let description = Some(held(&fields.description)).filter(|_| !fields.description.is_empty());
        prop_assert_eq!(found.description, description);
        let place = fields.location.as_ref().or(fields.online_url.as_ref());
        prop_assert_eq!(found.location, place.map(|place| held(place)));
        prop_assert_eq!(found.conference, fields.online_url.as_deref().map(uri));
        prop_assert_eq!(found.url, Some(format!("{BASE_URL}/events/{}", event.id)));
        prop_assert_eq!(found.sequence, Some(event.changes().to_string()));
        let starts = found.starts.expect("is there");
        let ends = found.ends;
        prop_assert!(ends.as_ref().is_none_or(|ends| *ends > starts), "{starts} {ends:?}");
        match &fields.when {
            When::At { starts: begins, ends: over, .. } => {
                prop_assert_eq!(starts, instant(begins.at));
                let is_longer = over.is_some_and(|over| over.at.as_secs() > begins.at.as_secs());
                prop_assert_eq!(ends, over.filter(|_| is_longer).map(|over| instant(over.at)));
                prop_assert_eq!(found.duration, None);
            }
            When::Dates { first, last, .. } => {
                let day = |date: &Date| date.strftime("%Y%m%d").to_string();
                prop_assert_eq!(starts, day(first));
                match last.tomorrow() {
                    Ok(after) => prop_assert_eq!(ends, Some(day(&after))),
                    Err(_) => prop_assert!(found.duration.is_some() && ends.is_none()),
                }
            }
            When::Undecided { .. } => unreachable!("has a date"),
        }
    }
}

#[test]
fn a_calendar_without_events_is_valid() {
    let text = format!("{BEGINNING}{NO_EVENTS}{END}");
    is_valid(&text);
    assert_eq!(read_by_icalendar(&text), []);
    assert_eq!(read_by_calcard(&text), []);
}
