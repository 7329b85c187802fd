//! Events as iCalendar files (RFC 5545).

mod file_name;
mod line;
#[cfg(test)]
mod tests;

use axum::{
    body::Body,
    http::{
        Method,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use guestlist::Timestamp;
use planner::{Event, When};

use self::line::{text, uri, write_line};
use crate::head;

/// The start of a calendar, before its events (RFC 5545, section 3.4).
pub(super) const BEGINNING: &str =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//guestlist//guestlist//EN\r\n";
/// The end of a calendar.
pub(super) const END: &str = "END:VCALENDAR\r\n";
/// The only component of a calendar without events, because a calendar needs at least one (RFC
/// 5545, section 3.6).
pub(super) const NO_EVENTS: &str = "BEGIN:VTIMEZONE\r\nTZID:UTC\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n\
    TZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";

/// Whether the event can be in a calendar. It needs a date, because `DTSTART` is required (RFC
/// 5545, section 3.6.1).
pub(super) fn has_date(when: &When) -> bool {
    match when {
        When::At { .. } | When::Dates { .. } => true,
        When::Undecided { .. } => false,
    }
}

/// Returns the calendar file of one event, or `None` if the event has no date.
pub(super) fn file(event: &Event, base_url: &str, method: &Method) -> Option<Response> {
    if !has_date(&event.fields.when) {
        return None;
    }
    let name = file_name::attachment(&event.fields.title);
    let headers = [
        (CONTENT_TYPE, "text/calendar; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, name),
        (CACHE_CONTROL, "no-cache".to_owned()),
    ];
    if method == Method::HEAD {
        return Some((headers, head::unmade_body()).into_response());
    }
    let mut text = BEGINNING.to_owned();
    write_event(&mut text, event, base_url);
    text.push_str(END);
    Some((headers, Body::from(text)).into_response())
}

/// Writes an event into a calendar, unless the event has no date.
pub(super) fn write_event(calendar: &mut String, event: &Event, base_url: &str) {
    let fields = &event.fields;
    if !has_date(&fields.when) {
        return;
    }
    let updated_at = instant(event.updated_at);
    let mut line = |name: &str, value: &str| write_line(calendar, name, value);
    line("BEGIN", "VEVENT");
    line("UID", &event.id.to_string());
    line("DTSTAMP", &updated_at);
    line("LAST-MODIFIED", &updated_at);
    line("SEQUENCE", &event.changes().to_string());
    match &fields.when {
        When::At { starts, ends, .. } => {
            let starts = instant(starts.at);
            line("DTSTART", &starts);
            // The end must be after the start, and both have whole seconds (RFC 5545, section
            // 3.8.2.2).
            let ends = ends.as_ref().map(|ends| instant(ends.at));
            if let Some(ends) = ends.filter(|ends| *ends > starts) {
                line("DTEND", &ends);
            }
        }
        When::Dates { first, last, .. } => {
            line("DTSTART;VALUE=DATE", &first.strftime("%Y%m%d").to_string());
            // The end is exclusive: the day after the last day (RFC 5545, section 3.6.1).
            match last.tomorrow() {
                Ok(after) if after > *first => {
                    line("DTEND;VALUE=DATE", &after.strftime("%Y%m%d").to_string());
                }
                Ok(_) => {}
                // The last day is the last supported date, 9999-12-31, so there is no day after it.
                Err(_) => {
                    let days = last.duration_since(*first).as_hours() / 24 + 1;
                    line("DURATION", &format!("P{days}D"));
                }
            }
        }
        When::Undecided { .. } => {}
    }
    line("SUMMARY", &text(&fields.title));
    if !fields.description.is_empty() {
        line("DESCRIPTION", &text(&fields.description));
    }
    // Many programs show a location but no conference.
    let place = fields.location.as_deref().or(fields.online_url.as_deref());
    if let Some(place) = place {
        line("LOCATION", &text(place));
    }
    if let Some(address) = &fields.online_url {
        // RFC 7986, section 5.11
        line("CONFERENCE;VALUE=URI", &uri(address));
    }
    line("URL", &uri(&format!("{base_url}/events/{}", event.id)));
    line("END", "VEVENT");
}

/// Formats an instant in UTC (RFC 5545, section 3.3.5), so that no program needs to know the zone.
fn instant(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.as_millis());
    let at = at.unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}
