//! Events as a file for calendars (RFC 5545).

use std::fmt::Write;

use axum::{
    body::Body,
    http::{
        Method,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::IntoResponse,
};
use guestlist::Timestamp;
use planner::{Event, When};

use crate::head;

/// What a calendar begins with, before its events (RFC 5545, section 3.4).
pub(super) const BEGINNING: &str =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//guestlist//guestlist//EN\r\n";
/// What it ends with.
pub(super) const END: &str = "END:VCALENDAR\r\n";
/// Of a line, in bytes, without its end (RFC 5545, section 3.1).
const LONGEST_LINE: usize = 75;

/// The file of one event.
pub(super) fn file(event: &Event, base_url: &str, method: &Method) -> impl IntoResponse + use<> {
    let headers = [
        (CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"event.ics\""),
        (CACHE_CONTROL, "no-cache"),
    ];
    if method == Method::HEAD {
        return (headers, head::unmade_body());
    }
    let mut text = BEGINNING.to_owned();
    write_event(&mut text, event, base_url);
    text.push_str(END);
    (headers, Body::from(text))
}

/// Writes an event into a calendar.
pub(super) fn write_event(calendar: &mut String, event: &Event, base_url: &str) {
    let fields = &event.fields;
    let updated_at = instant(event.updated_at);
    let mut line = |name: &str, value: &str| write_line(calendar, name, value);
    line("BEGIN", "VEVENT");
    line("UID", &event.id.to_string());
    line("DTSTAMP", &updated_at);
    line("LAST-MODIFIED", &updated_at);
    line("SEQUENCE", &(event.version.0 - 1).to_string());
    match &fields.when {
        When::At { starts, ends, .. } => {
            line("DTSTART", &instant(starts.at));
            if let Some(ends) = ends {
                line("DTEND", &instant(ends.at));
            }
        }
        When::Dates { first, last, .. } => {
            line("DTSTART;VALUE=DATE", &first.strftime("%Y%m%d").to_string());
            // The end of whole days is the day after the last (RFC 5545, section 3.6.1).
            if let Ok(after) = last.tomorrow() {
                line("DTEND;VALUE=DATE", &after.strftime("%Y%m%d").to_string());
            }
        }
        When::Undecided { .. } => {}
    }
    line("SUMMARY", &text(&fields.title));
    if !fields.description.is_empty() {
        line("DESCRIPTION", &text(&fields.description));
    }
    let place = fields.location.as_deref().or(fields.online_url.as_deref());
    if let Some(place) = place {
        line("LOCATION", &text(place));
    }
    line("URL", &format!("{base_url}/events/{}", event.id));
    line("END", "VEVENT");
}

/// In UTC (RFC 5545, section 3.3.5), so that no calendar needs to know the zone.
fn instant(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.as_millis());
    at.map(|at| at.strftime("%Y%m%dT%H%M%SZ").to_string())
        .unwrap_or_default()
}

/// A text with its line breaks, and what separates values, escaped (RFC 5545, section 3.3.11). Other control characters may
/// not stand in one, except a tab, and are left out.
fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 16);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' | ';' | ',' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '\r' => {
                characters.next_if_eq(&'\n');
                escaped.push_str("\\n");
            }
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push('\t'),
            character if character.is_ascii_control() => {}
            character => escaped.push(character),
        }
    }
    escaped
}

/// Writes a line, folded: what is too long goes on in the next line, behind a space, and no character is cut
/// (RFC 5545, section 3.1). It takes as long as the line is long.
fn write_line(calendar: &mut String, name: &str, value: &str) {
    let begin = calendar.len();
    let _ = write!(calendar, "{name}:");
    let mut room = LONGEST_LINE.saturating_sub(calendar.len() - begin);
    let mut rest = value;
    while rest.len() > room {
        let (this, next) = rest.split_at(rest.floor_char_boundary(room));
        calendar.push_str(this);
        calendar.push_str("\r\n ");
        rest = next;
        room = LONGEST_LINE - 1;
    }
    calendar.push_str(rest);
    calendar.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(value: &str) -> String {
        let mut calendar = String::new();
        write_line(&mut calendar, "DESCRIPTION", value);
        calendar
    }

    #[test]
    fn long_lines_are_folded_between_characters_and_nothing_is_lost() {
        for value in [
            "",
            "short",
            &"x".repeat(63),
            &"x".repeat(64),
            &"x".repeat(1_000),
            &"ü".repeat(500),
            &"x🎉".repeat(300),
            &"🎉 ".repeat(300),
        ] {
            let text = folded(value);
            assert!(text.ends_with("\r\n"));
            let lines: Vec<_> = text.trim_end_matches("\r\n").split("\r\n").collect();
            assert!(lines.iter().all(|line| line.len() <= 75), "{text}");
            assert!(
                lines[1..].iter().all(|line| line.starts_with(' ')),
                "{text}"
            );
            let unfolded = text.replace("\r\n ", "");
            assert_eq!(unfolded, format!("DESCRIPTION:{value}\r\n"));
        }
        assert_eq!(folded(&"x".repeat(63)).lines().count(), 1);
        assert_eq!(folded(&"x".repeat(64)).lines().count(), 2);
    }

    #[test]
    fn a_text_holds_no_character_that_would_end_it() {
        for (given, escaped) in [
            ("a\nb\r\nc\rd\r\r\n", "a\\nb\\nc\\nd\\n\\n"),
            ("a;b,c\\d:\"e\"", "a\\;b\\,c\\\\d:\"e\""),
            ("\0a\u{1b}\tb\u{7f}", "a\tb"),
        ] {
            assert_eq!(text(given), escaped, "{given:?}");
        }
    }
}
