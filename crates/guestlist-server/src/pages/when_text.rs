//! Describes in words when an event takes place, in its own time zone and relative to now.

use std::fmt;

use guestlist::{Timestamp, counted};
use jiff::{civil::Date, civil::DateTime};
use planner::{Moment, When};

const DAY: &str = "%A %-d %B %Y";
const MINUTE: i64 = 60_000;

/// When an event takes place.
pub(super) struct WhenText {
    /// The beginning; `None` if the date is undecided.
    pub(super) starts: Option<Stamp>,
    /// The end, if the event has one.
    pub(super) ends: Option<Stamp>,
    /// The time zone and its offset at that moment.
    pub(super) zone: Option<String>,
    /// The IANA name of the zone.
    pub(super) zone_name: String,
    /// The beginning in UTC, if it has a time of day.
    pub(super) instant: Option<String>,
    /// The beginning relative to now.
    pub(super) relative: Option<Relative>,
}

/// A day, and optionally a time of day.
pub(super) struct Stamp {
    /// Machine-readable, for `<time datetime>`.
    pub(super) machine: String,
    /// Such as `Saturday 21 November 2026`.
    pub(super) day: String,
    /// Such as `18:00`.
    pub(super) clock: Option<String>,
}

/// Such as `in 4 days`.
pub(super) struct Relative(String);

impl WhenText {
    /// Describes `when`. Relative times are relative to `now`.
    pub(super) fn new(when: &When, now: Timestamp) -> Self {
        let fields = when.to_fields();
        let relative = Relative::new(when, now);
        match when {
            When::At {
                starts,
                ends,
                time_zone,
            } => Self {
                starts: fields.starts_at.map(|text| Stamp::at(text, starts)),
                ends: ends
                    .as_ref()
                    .filter(|ends| ends.at != starts.at)
                    .and_then(|ends| Some(Stamp::ending(fields.ends_at?, ends, starts))),
                zone: Some(named(time_zone, starts)),
                zone_name: time_zone.clone(),
                instant: Some(starts.at.to_string()),
                relative,
            },
            When::Dates { first, last, .. } => Self {
                starts: Some(Stamp::on(*first)),
                ends: (first != last).then(|| Stamp::on(*last)),
                zone: None,
                zone_name: String::new(),
                instant: None,
                relative,
            },
            When::Undecided { .. } => Self {
                starts: None,
                ends: None,
                zone: None,
                zone_name: String::new(),
                instant: None,
                relative,
            },
        }
    }
}

impl Stamp {
    fn at(machine: String, moment: &Moment) -> Self {
        Self {
            machine,
            day: moment.wall.strftime(DAY).to_string(),
            clock: Some(clock(moment.wall)),
        }
    }

    /// Describes an end. It names its UTC offset if that differs from the beginning's.
    fn ending(machine: String, ends: &Moment, starts: &Moment) -> Self {
        let stamp = Self::at(machine, ends);
        let clock = stamp.clock.map(|clock| match offset_of(ends) {
            offset if offset == offset_of(starts) => clock,
            offset => format!("{clock} ({offset})"),
        });
        Self { clock, ..stamp }
    }

    fn on(date: Date) -> Self {
        Self {
            machine: date.to_string(),
            day: date.strftime(DAY).to_string(),
            clock: None,
        }
    }

    /// Returns the day, or `None` if `other` is on the same day.
    pub(super) fn day_if_another(&self, other: &Self) -> Option<&str> {
        (self.day != other.day).then_some(&self.day)
    }
}

impl fmt::Display for Relative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Relative {
    /// Describes how far away the event is; `None` while its date is undecided.
    pub(super) fn new(when: &When, now: Timestamp) -> Option<Self> {
        relative(when, now).map(Self)
    }

    /// Returns the text with a capital first letter.
    pub(super) fn as_sentence(&self) -> String {
        capitalised(&self.0)
    }
}

/// Returns the text with a capital first letter.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

/// Makes a sentence of the text: with a capital first letter, and a full stop unless it has an end.
pub(super) fn sentence(text: &str) -> String {
    let stop = if text.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{}{stop}", capitalised(text))
}

/// Formats a time of day to the minute.
pub(super) fn clock(wall: DateTime) -> String {
    wall.strftime("%H:%M").to_string()
}

/// Returns the event's first day in its own zone; `None` while the date is undecided.
pub(super) fn first_day(when: &When) -> Option<Date> {
    match when {
        When::At { starts, .. } => Some(starts.wall.date()),
        When::Dates { first, .. } => Some(*first),
        When::Undecided { .. } => None,
    }
}

/// Returns the number of days until the event's first day, in its own zone.
pub(super) fn days_until(when: &When, now: Timestamp) -> Option<i64> {
    let first = first_day(when)?;
    Some(days_between(when.day_at(now)?, first))
}

/// Describes a number of days from today.
pub(super) fn in_days(days: i64) -> String {
    let away = days.abs();
    let so_far = match (days, away) {
        (0, _) => return "today".to_owned(),
        (1, _) => return "tomorrow".to_owned(),
        (-1, _) => return "yesterday".to_owned(),
        (_, 2..14) => counted(away, "day"),
        (_, 14..60) => counted(away / 7, "week"),
        (_, 60..730) => counted(away / 30, "month"),
        _ => counted(away / 365, "year"),
    };
    directed(days, &so_far)
}

/// Formats the UTC date of that moment.
pub(super) fn date(at: Timestamp) -> String {
    utc(at)
        .map(|at| at.strftime("%-d %B %Y").to_string())
        .unwrap_or_default()
}

/// Formats the UTC date and time of that moment.
pub(super) fn moment(at: Timestamp) -> String {
    utc(at)
        .map(|at| at.strftime("%-d %B %Y, %H:%M UTC").to_string())
        .unwrap_or_default()
}

/// Describes how long ago `then` was.
pub(super) fn ago(then: Timestamp, now: Timestamp) -> String {
    let minutes = now.as_millis().saturating_sub(then.as_millis()) / MINUTE;
    match minutes {
        ..1 => "just now".to_owned(),
        1..60 => directed(-1, &counted(minutes, "minute")),
        60..1_440 => directed(-1, &counted(minutes / 60, "hour")),
        _ => directed(-1, &counted(minutes / 1_440, "day")),
    }
}

fn relative(when: &When, now: Timestamp) -> Option<String> {
    let days = days_until(when, now)?;
    match when {
        When::At { starts, ends, .. } => {
            let away = starts.at.as_millis().saturating_sub(now.as_millis());
            if away <= 0 && ends.is_some_and(|ends| now < ends.at) {
                return Some("on now".to_owned());
            }
            if days != 0 {
                return Some(in_days(days));
            }
            let minutes = away.abs() / MINUTE;
            let so_far = match minutes {
                0 => return Some("now".to_owned()),
                1..60 => counted(minutes, "minute"),
                _ => counted(minutes / 60, "hour"),
            };
            let has_begun_and_may_go_on = away < 0 && now.as_millis() < when.over_at();
            Some(if has_begun_and_may_go_on {
                format!("began {so_far} ago")
            } else {
                directed(away, &so_far)
            })
        }
        When::Dates { first, last, .. } if days <= 0 => {
            let since_last = days.saturating_add(days_between(*first, *last));
            match (since_last >= 0, first == last) {
                (true, true) => Some("today".to_owned()),
                (true, false) => Some("on now".to_owned()),
                (false, _) => Some(in_days(since_last)),
            }
        }
        When::Dates { .. } => Some(in_days(days)),
        When::Undecided { .. } => None,
    }
}

fn directed(towards: i64, so_far: &str) -> String {
    if towards < 0 {
        format!("{so_far} ago")
    } else {
        format!("in {so_far}")
    }
}

fn days_between(one: Date, other: Date) -> i64 {
    other.duration_since(one).as_hours() / 24
}

fn utc(at: Timestamp) -> Option<DateTime> {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?;
    Some(at.to_zoned(jiff::tz::TimeZone::UTC).datetime())
}

/// Returns the moment's UTC offset, in milliseconds.
fn offset(moment: &Moment) -> Option<i64> {
    let ahead = moment.wall.duration_since(utc(moment.at)?);
    i64::try_from(ahead.as_millis()).ok()
}

/// Formats the UTC offset, such as `UTC+1`, `UTC+5:30` or `UTC`.
fn offset_of(moment: &Moment) -> String {
    let minutes = offset(moment).unwrap_or_default() / MINUTE;
    let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
    let sign = if minutes < 0 { '−' } else { '+' };
    match (hours, rest) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, rest) => format!("UTC{sign}{hours}:{rest:02}"),
    }
}

/// Returns the zone with spaces, such as `America/New York`, and its UTC offset at that moment.
fn named(zone: &str, moment: &Moment) -> String {
    match offset_of(moment) {
        offset if offset == zone => offset,
        offset => format!("{}, {offset}", zone.replace('_', " ")),
    }
}

#[cfg(test)]
mod tests;
