//! Events as a file for calendars (RFC 5545).

use axum::{
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    response::IntoResponse,
};
use guestlist::Timestamp;
use icalendar::{Calendar, Component, Event as Entry, EventLike, Property};
use jiff::civil::Date;
use planner::{Event, When};

/// The file of one event.
pub(super) fn file(event: &Event, base_url: &str) -> impl IntoResponse + use<> {
    let headers = [
        (CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"event.ics\""),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, text([event], base_url))
}

/// Those events in one calendar. An event nobody has a date for is in none.
pub(super) fn text<'a>(events: impl IntoIterator<Item = &'a Event>, base_url: &str) -> String {
    let mut calendar = Calendar::empty();
    calendar.append_property(("VERSION", "2.0"));
    calendar.append_property(("PRODID", "-//guestlist//guestlist//EN"));
    for event in events {
        calendar.push(entry(event, base_url));
    }
    calendar.to_string()
}

fn entry(event: &Event, base_url: &str) -> Entry {
    let fields = &event.fields;
    let mut entry = Entry::new();
    entry.uid(&event.id.to_string());
    entry.add_property("DTSTAMP", instant(event.updated_at));
    entry.add_property("LAST-MODIFIED", instant(event.updated_at));
    entry.add_property("SEQUENCE", (event.version.0 - 1).to_string());
    entry.summary(&plain(&fields.title));
    if !fields.description.is_empty() {
        entry.description(&plain(&fields.description));
    }
    let place = fields.location.as_deref().or(fields.online_url.as_deref());
    if let Some(place) = place {
        entry.location(&plain(place));
    }
    entry.url(&format!("{base_url}/events/{}", event.id));
    match &fields.when {
        When::At { starts, ends, .. } => {
            entry.add_property("DTSTART", instant(starts.at));
            if let Some(ends) = ends {
                entry.add_property("DTEND", instant(ends.at));
            }
        }
        When::Dates { first, last } => {
            entry.append_property(day("DTSTART", *first));
            // The end of whole days is the day after the last (RFC 5545, section 3.6.1).
            if let Ok(after) = last.tomorrow() {
                entry.append_property(day("DTEND", after));
            }
        }
        When::Undecided => {}
    }
    entry.done()
}

/// In UTC (RFC 5545, section 3.3.5), so that no calendar needs to know the zone.
fn instant(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.as_millis());
    at.map(|at| at.strftime("%Y%m%dT%H%M%SZ").to_string())
        .unwrap_or_default()
}

fn day(name: &str, date: Date) -> Property {
    let mut property = Property::new(name, date.strftime("%Y%m%d").to_string());
    property.add_parameter("VALUE", "DATE");
    property.done()
}

/// Line breaks in one form: any other would end the line of the file.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}
