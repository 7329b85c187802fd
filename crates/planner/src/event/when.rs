//! When an event is. Not how it is shown in another time zone: that is the front's task.

mod epoch;
mod local;
mod moment;
mod parse;
mod text;
mod text_error;
mod zone;

use guestlist::Timestamp;
use jiff::civil::{Date, DateTime};

use self::epoch::days_since_epoch;

pub use local::LocalTime;
pub use moment::Moment;
pub use zone::Zone;

const A_DAY: i64 = 24 * 60 * 60 * 1_000;
/// The UTC offset of the last clock on Earth, as a positive number of milliseconds.
const LAST_CLOCK: i64 = A_DAY / 2;

/// When an event takes place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum When {
    /// At a time of day.
    At {
        /// The start.
        starts: Moment,
        /// The end, not before the start.
        ends: Option<Moment>,
        /// The event's time zone: an IANA name such as `Europe/Paris`.
        time_zone: String,
    },
    /// On whole days.
    Dates {
        /// The first day.
        first: Date,
        /// The last day, inclusive; not before the first.
        last: Date,
        /// The zone whose midnight ends the last day. Events of earlier versions have no zone.
        time_zone: Option<String>,
    },
    /// The date is not known yet.
    Undecided {
        /// The zone of the time that the event will have, if the creator named one.
        time_zone: Option<String>,
    },
}

/// [`When`] as texts, for an API or a form. An empty text counts as `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhenFields {
    /// RFC 3339 with an offset (section 5.6; seconds are optional), or without an offset the local
    /// time in `time_zone`.
    pub starts_at: Option<String>,
    /// As `starts_at`, and not before it.
    pub ends_at: Option<String>,
    /// An IANA name; case is ignored.
    pub time_zone: Option<String>,
    /// The first of whole days, `YYYY-MM-DD`.
    pub start_date: Option<String>,
    /// The last of whole days; the same as the first one if `None`.
    pub end_date: Option<String>,
}

impl When {
    /// An event without a date and without a zone.
    pub const UNDECIDED: Self = Self::Undecided { time_zone: None };

    /// Returns texts that [`parse`](Self::parse) turns into this value. Times have the zone's
    /// offset at that instant (`Z` in UTC). An end on the first day is left out.
    pub fn to_fields(&self) -> WhenFields {
        let fields = WhenFields {
            time_zone: self.time_zone().map(str::to_owned),
            ..WhenFields::default()
        };
        match self {
            Self::At {
                starts,
                ends,
                time_zone,
            } => WhenFields {
                starts_at: Some(starts.rfc_3339(time_zone)),
                ends_at: ends.as_ref().map(|ends| ends.rfc_3339(time_zone)),
                ..fields
            },
            Self::Dates { first, last, .. } => WhenFields {
                start_date: Some(first.to_string()),
                end_date: (first != last).then(|| last.to_string()),
                ..fields
            },
            Self::Undecided { .. } => fields,
        }
    }

    /// Returns the name of the event's zone.
    pub fn time_zone(&self) -> Option<&str> {
        match self {
            Self::At { time_zone, .. } => Some(time_zone),
            Self::Dates { time_zone, .. } | Self::Undecided { time_zone } => time_zone.as_deref(),
        }
    }

    /// Whether the event has no date yet.
    pub fn is_undecided(&self) -> bool {
        matches!(self, Self::Undecided { .. })
    }

    /// Returns the date at that moment in the event's zone, or in UTC if the event has no zone.
    pub fn day_at(&self, now: Timestamp) -> Option<Date> {
        let zone = self.time_zone().and_then(Zone::find);
        let wall = match (zone, self) {
            (Some(zone), _) => zone.wall(now)?,
            // The time zone database no longer has the zone, so use the offset at the start.
            (None, Self::At { starts, .. }) => {
                wall_in_utc(now.as_millis().saturating_add(starts.offset()))?
            }
            (None, _) => wall_in_utc(now.as_millis())?,
        };
        Some(wall.date())
    }

    /// Returns the sort key, in milliseconds since the Unix epoch: the start; midnight UTC of the
    /// first day; or [`i64::MAX`] while undecided, so that such events come last.
    pub fn sort_at(&self) -> i64 {
        match self {
            Self::At { starts, .. } => starts.at.as_millis(),
            Self::Dates { first, .. } => days_since_epoch(*first),
            Self::Undecided { .. } => i64::MAX,
        }
    }

    /// Returns the moment at which the event ends, in milliseconds since the Unix epoch.
    ///
    /// With an end after its start, an event is over at its end. Otherwise the event is over when
    /// the day of its start ends in its zone. Events of whole days are over when the last day ends
    /// in their zone, or everywhere on Earth if they have no zone. An undecided event is over at
    /// [`i64::MAX`]. The result is never before [`sort_at`](Self::sort_at).
    pub fn over_at(&self) -> i64 {
        match self {
            Self::At {
                starts,
                ends: Some(ends),
                ..
            } if ends.at > starts.at => ends.at.as_millis(),
            Self::At {
                starts, time_zone, ..
            } => {
                let over = Zone::find(time_zone).and_then(|zone| zone.end_of(starts.wall.date()));
                let over = over.unwrap_or_else(|| {
                    let midnight = days_since_epoch(starts.wall.date()).saturating_add(A_DAY);
                    midnight.saturating_sub(starts.offset())
                });
                over.max(starts.at.as_millis())
            }
            Self::Dates {
                last, time_zone, ..
            } => {
                let zone = time_zone.as_deref().and_then(Zone::find);
                zone.and_then(|zone| zone.end_of(*last)).unwrap_or_else(|| {
                    let midnight = days_since_epoch(*last).saturating_add(A_DAY);
                    midnight.saturating_add(LAST_CLOCK)
                })
            }
            Self::Undecided { .. } => i64::MAX,
        }
    }
}

fn wall_in_utc(at: i64) -> Option<DateTime> {
    let at = jiff::Timestamp::from_millisecond(at).ok()?;
    Some(at.to_zoned(jiff::tz::TimeZone::UTC).datetime())
}

#[cfg(test)]
mod tests;
