//! The times of a filter, as bounds that a statement always has.

use guestlist::Timestamp;
use planner::EventFilter;

/// The bounds in milliseconds. A filter without a bound has one that every event is within.
pub(super) struct TimeBounds {
    pub(super) starts_after: i64,
    pub(super) starts_before: i64,
    /// Whether events without a date are wanted.
    pub(super) undecided: bool,
    pub(super) over_after: i64,
    pub(super) over_by: i64,
}

impl From<&EventFilter> for TimeBounds {
    fn from(filter: &EventFilter) -> Self {
        let (after, before) = (filter.sorts_after(), filter.starts_before);
        Self {
            starts_after: after.unwrap_or(i64::MIN),
            starts_before: before.map_or(i64::MAX, Timestamp::as_millis),
            undecided: after.is_none() && before.is_none(),
            over_after: filter.over_after.map_or(i64::MIN, Timestamp::as_millis),
            over_by: filter.over_by.map_or(i64::MAX, Timestamp::as_millis),
        }
    }
}
