//! When an event is. Not how it is shown to somebody in another place: that is a front's business.

mod text;
mod zone;

use guestlist::Timestamp;
use jiff::{
    SignedDuration,
    civil::{Date, DateTime},
    tz::TimeZone,
};

use self::{
    text::{Spoken, is_in_range, read_date, rfc_3339},
    zone::find_zone,
};
use super::{fields::given, problem::InvalidEvent};

const EPOCH: Date = Date::constant(1970, 1, 1);
const A_DAY: i64 = 24 * 60 * 60 * 1_000;
const BAD_TIME: &str = "must be a date and time such as 2026-12-01T18:00:00+01:00";
const BAD_DATE: &str = "must be a date such as 2026-12-01";
const OUT_OF_RANGE: &str = "must be in the years 1970 to 9999";

/// When an event is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// At a time of day.
    At {
        /// The start.
        starts: Moment,
        /// The end, not before the start.
        ends: Option<Moment>,
        /// Where the clock on the wall hangs: an IANA name such as `Europe/Paris`.
        time_zone: String,
    },
    /// On whole days, wherever somebody is.
    Dates {
        /// The first day.
        first: Date,
        /// The last day, which belongs to the event; not before the first.
        last: Date,
    },
    /// Nobody knows yet.
    Undecided,
}

/// An instant, and what the clock on the wall shows then: kept beside it, so that an event reads
/// the same after a government has moved its clocks. Both in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The instant.
    pub at: Timestamp,
    /// The wall clock time in the event's zone.
    pub wall: DateTime,
}

/// [`When`] in texts, as an API or a form has it. An empty text is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhenFields {
    /// RFC 3339 with an offset (section 5.6; seconds may be left out), or the same without one:
    /// the wall clock time in `time_zone`.
    pub starts_at: Option<String>,
    /// As `starts_at`, and not before it.
    pub ends_at: Option<String>,
    /// An IANA name, in any case. UTC if there is none.
    pub time_zone: Option<String>,
    /// The first of whole days, `YYYY-MM-DD`.
    pub start_date: Option<String>,
    /// The last of whole days; the first one if there is none.
    pub end_date: Option<String>,
}

impl When {
    /// The rule: what the texts say. With both an offset and a time zone the offset tells the
    /// instant and the zone the clock on the wall; a time that the zone skips is moved on by the
    /// gap, of one that it has twice the first is meant (RFC 5545, section 3.3.5). What is finer
    /// than a millisecond is dropped.
    pub fn parse(fields: &WhenFields) -> Result<Self, InvalidEvent> {
        fields.check_combination()?;
        let WhenFields {
            starts_at,
            ends_at,
            time_zone,
            start_date,
            end_date,
        } = fields;
        if let Some(starts_at) = given(starts_at.as_deref()) {
            let (ends_at, zone) = (given(ends_at.as_deref()), given(time_zone.as_deref()));
            parse_times(starts_at, ends_at, zone)
        } else if let Some(first) = given(start_date.as_deref()) {
            parse_dates(first, given(end_date.as_deref()))
        } else {
            Ok(Self::Undecided)
        }
    }

    /// The texts that [`parse`](Self::parse) reads as this. Times have the zone's offset at that
    /// instant (`Z` in UTC), and an end on the first day is left out.
    pub fn to_fields(&self) -> WhenFields {
        match self {
            Self::At {
                starts,
                ends,
                time_zone,
            } => WhenFields {
                starts_at: Some(rfc_3339(starts, time_zone)),
                ends_at: ends.as_ref().map(|ends| rfc_3339(ends, time_zone)),
                time_zone: Some(time_zone.clone()),
                ..WhenFields::default()
            },
            Self::Dates { first, last } => WhenFields {
                start_date: Some(first.to_string()),
                end_date: (first != last).then(|| last.to_string()),
                ..WhenFields::default()
            },
            Self::Undecided => WhenFields::default(),
        }
    }

    /// What events are sorted by, in milliseconds since the Unix epoch: the start; midnight UTC of
    /// the first day; [`i64::MAX`] while undecided, so that those come last.
    pub fn sort_at(&self) -> i64 {
        match self {
            Self::At { starts, .. } => starts.at.as_millis(),
            Self::Dates { first, .. } => millis(first.duration_since(EPOCH)),
            Self::Undecided => i64::MAX,
        }
    }

    /// From when on the event is over, in milliseconds since the Unix epoch: its end, or without one
    /// its start (RFC 5545, section 3.6.1); midnight UTC after the last day; [`i64::MAX`] while
    /// undecided. Never before [`sort_at`](Self::sort_at).
    pub fn over_at(&self) -> i64 {
        match self {
            Self::At { starts, ends, .. } => ends.as_ref().unwrap_or(starts).at.as_millis(),
            Self::Dates { last, .. } => millis(last.duration_since(EPOCH)).saturating_add(A_DAY),
            Self::Undecided => i64::MAX,
        }
    }
}

impl WhenFields {
    /// Times or dates or nothing, and no end of nothing.
    fn check_combination(&self) -> Result<(), InvalidEvent> {
        let is_given = |text: &Option<String>| given(text.as_deref()).is_some();
        let (timed, dated) = (is_given(&self.starts_at), is_given(&self.start_date));
        let mut invalid = InvalidEvent::default();
        for (conflicts, field, detail) in [
            (
                is_given(&self.ends_at) && !timed,
                "/ends_at",
                "needs starts_at beside it",
            ),
            (
                is_given(&self.time_zone) && !timed,
                "/time_zone",
                "needs starts_at beside it",
            ),
            (
                dated && timed,
                "/start_date",
                "must not be there beside starts_at",
            ),
            (
                is_given(&self.end_date) && !dated,
                "/end_date",
                "needs start_date beside it",
            ),
        ] {
            if conflicts {
                invalid.add(field, "conflict", detail);
            }
        }
        invalid.into_result()
    }
}

fn parse_times(
    starts_at: &str,
    ends_at: Option<&str>,
    zone: Option<&str>,
) -> Result<When, InvalidEvent> {
    let mut invalid = InvalidEvent::default();
    let mut read = |field: &str, text: &str| {
        let spoken = Spoken::read(text);
        if spoken.is_none() {
            invalid.add(field, "invalid", BAD_TIME);
        }
        spoken
    };
    let starts = read("/starts_at", starts_at);
    let ends = ends_at.map(|text| read("/ends_at", text));
    let is_local = |spoken: Option<Spoken>| spoken.is_some_and(|spoken| spoken.offset.is_none());
    if zone.is_none() && (is_local(starts) || is_local(ends.flatten())) {
        invalid.add(
            "/time_zone",
            "required",
            "must be there for a time without an offset",
        );
    }
    let known = zone.map_or(Some((TimeZone::UTC, "UTC".to_owned())), find_zone);
    if known.is_none() {
        let detail = "must be the name of a time zone such as Europe/Paris";
        invalid.add("/time_zone", "invalid", detail);
    }
    let (Some(starts), Some((zone, time_zone))) = (starts, known) else {
        return Err(invalid);
    };
    let mut settle = |field: &str, spoken: Spoken| {
        let moment = spoken.settle(&zone);
        if moment.is_none() {
            invalid.add(field, "out_of_range", OUT_OF_RANGE);
        }
        moment
    };
    let starts = settle("/starts_at", starts);
    let ends = ends.flatten().and_then(|ends| settle("/ends_at", ends));
    if starts
        .zip(ends)
        .is_some_and(|(starts, ends)| ends.at < starts.at)
    {
        invalid.add("/ends_at", "out_of_range", "must not be before starts_at");
    }
    match starts {
        Some(starts) if invalid.problems.is_empty() => Ok(When::At {
            starts,
            ends,
            time_zone,
        }),
        _ => Err(invalid),
    }
}

fn parse_dates(first: &str, last: Option<&str>) -> Result<When, InvalidEvent> {
    let mut invalid = InvalidEvent::default();
    let mut read = |field: &str, text: &str| {
        let date = read_date(text);
        match date {
            None => invalid.add(field, "invalid", BAD_DATE),
            Some(date) if !is_in_range(date) => invalid.add(field, "out_of_range", OUT_OF_RANGE),
            Some(_) => {}
        }
        date
    };
    let first = read("/start_date", first);
    let last = last.map_or(first, |last| read("/end_date", last));
    if first.zip(last).is_some_and(|(first, last)| last < first) {
        invalid.add("/end_date", "out_of_range", "must not be before start_date");
    }
    match (first, last) {
        (Some(first), Some(last)) if invalid.problems.is_empty() => Ok(When::Dates { first, last }),
        _ => Err(invalid),
    }
}

fn millis(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
