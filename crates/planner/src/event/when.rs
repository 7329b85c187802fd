//! When an event is. Not how it is shown in another time zone: that is the front's task.

mod local;
mod parse;
mod text;
mod zone;

use guestlist::Timestamp;
use jiff::{
    SignedDuration,
    civil::{Date, DateTime},
};

use self::text::rfc_3339;
use super::{fields::given, problem::InvalidEvent};

pub use local::LocalTime;
pub use zone::Zone;

const EPOCH: Date = Date::constant(1970, 1, 1);
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

/// An instant and its local time. Both are stored, so that an event keeps its local time if a
/// government changes the rules of its zone. Both have millisecond precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Moment {
    /// The instant.
    pub at: Timestamp,
    /// The local time in the event's zone.
    pub wall: DateTime,
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

    /// Parses the texts. An event with a date and without a zone gets the zone `default`.
    ///
    /// If a text has an offset, the offset determines the instant and the zone the local time. A
    /// time without an offset requires the zone. If the clocks skip that time, it moves forward by
    /// the skipped amount. If they show it twice, the first one is used (RFC 5545, section 3.3.5;
    /// [`Zone::local`] tells in advance). Fractions of a millisecond are dropped.
    ///
    /// # Errors
    ///
    /// All invalid texts, and texts that exclude each other.
    pub fn parse(fields: &WhenFields, default: &Zone) -> Result<Self, InvalidEvent> {
        parse::parse(fields, default, None, &[])
    }

    /// Checks the texts as [`parse`](Self::parse) does if the values of some fields are no texts. Those are
    /// empty in `fields`, and `unread` has their names, such as `starts_at`. Nothing is said of them, nor of
    /// what depends on them.
    ///
    /// # Errors
    ///
    /// Every other text that cannot be read, and texts that do not go together.
    pub fn check_beside(fields: &WhenFields, unread: &[&str]) -> Result<(), InvalidEvent> {
        // Whether a text is valid does not depend on the default zone.
        parse::parse(fields, &Zone::utc(), None, unread).map(drop)
    }

    /// Reads the texts as [`parse`](Self::parse) does, for a change of an event that was at `before`. A text
    /// that has not changed keeps its exact moment, even if the rules or the list of zones have changed.
    pub(super) fn parse_change(
        fields: &WhenFields,
        before: &Self,
        default: &Zone,
    ) -> Result<Self, InvalidEvent> {
        parse::parse(fields, default, Some(before), &[])
    }

    /// Checks the texts as [`parse_change`](Self::parse_change) does, beside fields that are no texts, as
    /// [`check_beside`](Self::check_beside) does.
    pub(super) fn check_change_beside(
        fields: &WhenFields,
        before: &Self,
        unread: &[&str],
    ) -> Result<(), InvalidEvent> {
        parse::parse(fields, &Zone::utc(), Some(before), unread).map(drop)
    }

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
                starts_at: Some(rfc_3339(starts, time_zone)),
                ends_at: ends.as_ref().map(|ends| rfc_3339(ends, time_zone)),
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
                let ahead = since_epoch(starts.wall).saturating_sub(starts.at.as_millis());
                wall_in_utc(now.as_millis().saturating_add(ahead))?
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
    /// With an end after its start, an event is over at its end. Otherwise the event is over when the day
    /// of its start ends in its zone. Events of whole days are over when the last day ends in their
    /// zone, or everywhere on Earth if they have no zone. An undecided event is over at
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
                    let ahead = since_epoch(starts.wall).saturating_sub(starts.at.as_millis());
                    midnight.saturating_sub(ahead)
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

/// Returns the milliseconds from 1970 to midnight of that day, on the same clock.
fn days_since_epoch(date: Date) -> i64 {
    millis(date.duration_since(EPOCH))
}

/// Returns the milliseconds from 1970 to that time, on the same clock.
fn since_epoch(wall: DateTime) -> i64 {
    millis(wall.duration_since(EPOCH.at(0, 0, 0, 0)))
}

fn wall_in_utc(at: i64) -> Option<DateTime> {
    let at = jiff::Timestamp::from_millisecond(at).ok()?;
    Some(at.to_zoned(jiff::tz::TimeZone::UTC).datetime())
}

fn millis(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
