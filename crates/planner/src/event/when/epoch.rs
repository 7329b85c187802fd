//! Times as milliseconds since 1970.

use jiff::{
    SignedDuration,
    civil::{Date, DateTime},
};

pub(super) const EPOCH: Date = Date::constant(1970, 1, 1);

/// Returns the milliseconds from 1970 to midnight of that day, on the same clock.
pub(super) fn days_since_epoch(date: Date) -> i64 {
    millis(date.duration_since(EPOCH))
}

/// Returns the milliseconds from 1970 to that time, on the same clock.
pub(super) fn since_epoch(wall: DateTime) -> i64 {
    millis(wall.duration_since(EPOCH.at(0, 0, 0, 0)))
}

fn millis(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
