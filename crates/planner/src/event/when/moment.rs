//! An instant and its local time.

use guestlist::Timestamp;
use jiff::civil::DateTime;

use super::epoch::since_epoch;

/// An instant and its local time. Both are stored, so that an event keeps its local time if a
/// government changes the rules of its zone. Both have millisecond precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Moment {
    /// The instant.
    pub at: Timestamp,
    /// The local time in the event's zone.
    pub wall: DateTime,
}

impl Moment {
    /// Returns by how much the local time is ahead of UTC, in milliseconds. This function does not
    /// use the time zone database, which may have changed since the moment was stored.
    pub(super) fn offset(&self) -> i64 {
        since_epoch(self.wall).saturating_sub(self.at.as_millis())
    }

    /// Formats the moment as RFC 3339.
    pub(super) fn rfc_3339(&self, time_zone: &str) -> String {
        let offset = self.offset();
        let minutes = offset / 60_000;
        // RFC 3339 offsets have no seconds. One zone had such an offset until 1972.
        if time_zone == "UTC" || offset % 60_000 != 0 || minutes.abs() >= 24 * 60 {
            return self.at.to_string();
        }
        let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, minutes.abs());
        let (hours, minutes) = (minutes / 60, minutes % 60);
        format!("{}{sign}{hours:02}:{minutes:02}", self.wall)
    }
}
