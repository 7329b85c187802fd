//! Parses dates and times strictly (RFC 3339, section 5.6). The date library accepts much more
//! (week dates, brackets, years of six digits), which other programs would not understand.

use std::str::FromStr;

use guestlist::Timestamp;
use jiff::{
    civil::{Date, DateTime, Time},
    tz::{Offset, TimeZone},
};

use super::{Moment, epoch::EPOCH, text_error::TextError};

/// A parsed text, before the time zone is applied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spoken {
    /// The local time.
    pub(super) local: DateTime,
    /// The UTC offset, if the text has one.
    pub(super) offset: Option<Offset>,
}

impl Spoken {
    /// Parses a date and time. Second 60, a leap second, is refused.
    pub(super) fn read(text: &str) -> Result<Self, TextError> {
        let (date, rest) = text.split_once(['T', 't']).ok_or(TextError::Form)?;
        let (time, offset) = read_clock(rest).ok_or(TextError::Form)?;
        let local = read_date(date)?.to_datetime(time);
        Ok(Self { local, offset })
    }

    /// Whether the text has the form of a date and time without an offset. The day need not exist.
    pub(super) fn is_local(text: &str) -> bool {
        let parts = text.split_once(['T', 't']);
        parts.is_some_and(|(date, rest)| {
            read_numbers(date).is_some() && matches!(read_clock(rest), Some((_, None)))
        })
    }

    /// Whether this is before the other in every zone, or on the same clock. Nothing is known of
    /// two times of which only one has an offset.
    pub(super) fn is_before(self, other: Self) -> bool {
        match (self.offset, other.offset) {
            (None, None) => self.local < other.local,
            (Some(one), Some(another)) => {
                let instant = |offset: Offset, local| offset.to_timestamp(local).ok();
                instant(one, self.local) < instant(another, other.local)
            }
            _ => false,
        }
    }

    /// Returns the moment in that zone; `None` if its year is out of range.
    pub(super) fn settle(self, zone: &TimeZone) -> Option<Moment> {
        let instant = match self.offset {
            Some(offset) => offset.to_timestamp(self.local).ok()?,
            None => {
                let meant = zone.to_ambiguous_zoned(self.local).compatible();
                meant.ok()?.timestamp()
            }
        };
        let wall = zone.to_datetime(instant);
        let millis = instant.as_millisecond();
        let is_taken = is_in_range(self.local.date())
            && is_in_range(wall.date())
            && instant >= jiff::Timestamp::UNIX_EPOCH
            // The library has no milliseconds in its last second, so the time could not be shown.
            && jiff::Timestamp::from_millisecond(millis).is_ok();
        is_taken.then_some(Moment {
            at: Timestamp::from_millis(millis),
            wall,
        })
    }
}

/// Whether the year is in range: 1970 or later. The date type ends at 9999. Instants end at
/// 9999-12-30T22:00:00Z, so that each has a date in every time zone.
pub(super) fn is_in_range(date: Date) -> bool {
    date >= EPOCH
}

/// Parses `YYYY-MM-DD`.
pub(super) fn read_date(text: &str) -> Result<Date, TextError> {
    let (year, month, day) = read_numbers(text).ok_or(TextError::Form)?;
    Date::new(year, month, day).map_err(|_| TextError::NoSuchDay { year, month, day })
}

fn read_numbers(text: &str) -> Option<(i16, i8, i8)> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    Some((digits(year, 4)?, digits(month, 2)?, digits(day, 2)?))
}

/// Parses a time of day, and the UTC offset if there is one.
fn read_clock(text: &str) -> Option<(Time, Option<Offset>)> {
    let (time, offset) = match (text.strip_suffix(['Z', 'z']), text.rfind(['+', '-'])) {
        (Some(time), _) => (time, Some(Offset::UTC)),
        (None, Some(at)) => (text.get(..at)?, Some(read_offset(text.get(at..)?)?)),
        (None, None) => (text, None),
    };
    Some((read_time(time)?, offset))
}

/// Parses `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fraction`.
fn read_time(text: &str) -> Option<Time> {
    let (hour, rest) = text.split_once(':')?;
    let (minute, seconds) = rest.split_once(':').unwrap_or((rest, "00"));
    let (second, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let millis: i32 = format!("{fraction:0<3.3}").parse().ok()?;
    Time::new(
        digits(hour, 2)?,
        digits(minute, 2)?,
        digits(second, 2)?,
        millis * 1_000_000,
    )
    .ok()
}

/// Parses `+HH:MM` or `-HH:MM`.
fn read_offset(text: &str) -> Option<Offset> {
    let sign = if text.starts_with('-') { -60 } else { 60 };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let (hours, minutes): (i32, i32) = (digits(hours, 2)?, digits(minutes, 2)?);
    let is_taken = hours < 24 && minutes < 60;
    Offset::from_seconds(sign * (hours * 60 + minutes))
        .ok()
        .filter(|_| is_taken)
}

/// Parses exactly `count` digits. A sign, which a number may have, is refused.
fn digits<T: FromStr>(text: &str, count: usize) -> Option<T> {
    let are_digits = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| are_digits)
}
