//! When an event is, in words: in its own time zone, which is named, and from where the reader stands.

use std::fmt;

use guestlist::Timestamp;
use jiff::{civil::Date, civil::DateTime};
use planner::{Moment, When};

const DAY: &str = "%A %-d %B %Y";
const MINUTE: i64 = 60_000;

/// When an event is.
pub(super) struct Said {
    /// Its beginning, unless nobody knows it.
    pub(super) starts: Option<Stamp>,
    /// Its end, where there is one besides.
    pub(super) ends: Option<Stamp>,
    /// The zone of a time of day, named, with its offset then.
    pub(super) zone: Option<String>,
    /// The zone's IANA name alone.
    pub(super) zone_name: String,
    /// The beginning as an instant in UTC, where it is one.
    pub(super) instant: Option<String>,
    /// From where the reader stands.
    pub(super) relative: Option<Relative>,
}

/// A day, and perhaps what the clock shows.
pub(super) struct Stamp {
    /// For programs: what stands in `<time datetime>`.
    pub(super) machine: String,
    /// Such as `Saturday 21 November 2026`.
    pub(super) day: String,
    /// Such as `18:00`.
    pub(super) clock: Option<String>,
}

/// Such as `in 4 days`.
pub(super) struct Relative(String);

impl Said {
    /// How to say that to somebody who reads it now.
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

    /// An end. It names its offset where clocks are put forward or back before it.
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

    /// The day, unless it is the same as that one's.
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
    /// Where that is from whoever reads it now; nowhere while it is not decided.
    pub(super) fn new(when: &When, now: Timestamp) -> Option<Self> {
        relative(when, now).map(Self)
    }

    /// With a capital in front.
    pub(super) fn as_sentence(&self) -> String {
        capitalised(&self.0)
    }
}

/// The text with a capital in front.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

/// What the clock on the wall shows, to the minute.
pub(super) fn clock(wall: DateTime) -> String {
    wall.strftime("%H:%M").to_string()
}

/// The first day of an event where it is; none while that is not decided.
pub(super) fn first_day(when: &When) -> Option<Date> {
    match when {
        When::At { starts, .. } => Some(starts.wall.date()),
        When::Dates { first, .. } => Some(*first),
        When::Undecided { .. } => None,
    }
}

/// How many days the event's first day is away, by the clock where it is.
pub(super) fn days_until(when: &When, now: Timestamp) -> Option<i64> {
    let first = first_day(when)?;
    Some(days_between(when.day_at(now)?, first))
}

/// A number of days from today, in words.
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

/// The day of that moment, in UTC.
pub(super) fn date(at: Timestamp) -> String {
    utc(at)
        .map(|at| at.strftime("%-d %B %Y").to_string())
        .unwrap_or_default()
}

/// How long ago that was, in words.
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

fn counted(number: i64, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
}

fn days_between(one: Date, other: Date) -> i64 {
    other.duration_since(one).as_hours() / 24
}

fn utc(at: Timestamp) -> Option<DateTime> {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?;
    Some(at.to_zoned(jiff::tz::TimeZone::UTC).datetime())
}

/// How far the clock on the wall is from UTC at that moment, in milliseconds.
fn offset(moment: &Moment) -> Option<i64> {
    let ahead = moment.wall.duration_since(utc(moment.at)?);
    i64::try_from(ahead.as_millis()).ok()
}

/// Such as `UTC+1`, `UTC+5:30` or `UTC`.
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

/// The zone as people write it, such as `America/New York`, and how far it is from UTC then.
fn named(zone: &str, moment: &Moment) -> String {
    match offset_of(moment) {
        offset if offset == zone => offset,
        offset => format!("{}, {offset}", zone.replace('_', " ")),
    }
}

#[cfg(test)]
mod tests;
