//! Parses the time of an event from texts.

use jiff::civil::Date;

use super::{
    InvalidEvent, Moment, When, WhenFields, Zone, given,
    text::{Spoken, is_in_range, read_date},
};

const BAD_TIME: &str = "must be a date and time such as 2026-12-01T18:00:00+01:00";
const BAD_DATE: &str = "must be a date such as 2026-12-01";
const OUT_OF_RANGE: &str = "must be in the years 1970 to 9999";

/// Reads the texts. `before` is what an event was before a change: a text that stays keeps its moment.
/// `unread` names the fields whose value could not be read as text. They are empty in `fields`, and
/// nothing is said of them.
///
/// # Errors
///
/// All problems, in the order of the fields. The result of a call with unread fields is not an event's.
pub(super) fn parse(
    fields: &WhenFields,
    default: &Zone,
    before: Option<&When>,
    unread: &[&str],
) -> Result<When, InvalidEvent> {
    let mut invalid = InvalidEvent::default();
    check_combination(&mut invalid, fields, unread);
    let said = before.map(When::to_fields).unwrap_or_default();
    let name = given(fields.time_zone.as_deref());
    let zone = match name {
        None if unread.contains(&"time_zone") => None,
        None => Some(default.clone()),
        Some(name) => Zone::find(name),
    };
    let keeps_zone = name.is_some() && name == said.time_zone.as_deref();
    let mut times = Times {
        zone: zone.as_ref(),
        kept: before.filter(|_| keeps_zone),
        said: &said,
        fields,
        invalid: &mut invalid,
    };
    let (starts, ends) = times.read();
    let days = read_dates(&mut invalid, fields);
    let is_timed = given(fields.starts_at.as_deref()).is_some();
    let needs_zone = [&starts, &ends].into_iter().flatten().any(Told::is_said);
    // A zone that has not changed is kept, even if the list of zones does not have it any more.
    if zone.is_none() && name.is_some() && (!keeps_zone || needs_zone) {
        let detail = "must be the name of a time zone such as Europe/Paris";
        invalid.add("/time_zone", "invalid", detail);
    }
    invalid.into_result()?;
    let time_zone = match (zone, name) {
        (Some(zone), Some(_)) => Some(zone.name().to_owned()),
        (_, name) => name.map(str::to_owned),
    };
    let or_default =
        |time_zone: Option<String>| time_zone.unwrap_or_else(|| default.name().to_owned());
    if is_timed {
        // If there is no start, the function has returned an error above.
        let starts = starts.and_then(Told::into_moment);
        return Ok(When::At {
            starts: starts.ok_or_else(InvalidEvent::default)?,
            ends: ends.and_then(Told::into_moment),
            time_zone: or_default(time_zone),
        });
    }
    Ok(match days {
        Some((first, last)) => When::Dates {
            first,
            last,
            time_zone: Some(or_default(time_zone)),
        },
        None => When::Undecided { time_zone },
    })
}

/// Refuses times beside dates, an end without a start, and a local time without a zone.
fn check_combination(invalid: &mut InvalidEvent, fields: &WhenFields, unread: &[&str]) {
    let is_given = |text: &Option<String>| given(text.as_deref()).is_some();
    let (timed, dated) = (is_given(&fields.starts_at), is_given(&fields.start_date));
    let has_start = timed || unread.contains(&"starts_at");
    let has_first = dated || unread.contains(&"start_date");
    for (conflicts, field, detail) in [
        (
            is_given(&fields.ends_at) && !has_start,
            "/ends_at",
            "requires starts_at",
        ),
        (
            dated && timed,
            "/start_date",
            "must not be given together with starts_at",
        ),
        (
            is_given(&fields.end_date) && !has_first,
            "/end_date",
            "requires start_date",
        ),
    ] {
        if conflicts {
            invalid.add(field, "conflict", detail);
        }
    }
    let is_local = |text: &Option<String>| {
        let spoken = text.as_deref().and_then(Spoken::read);
        spoken.is_some_and(|spoken| spoken.offset.is_none())
    };
    let has_zone = is_given(&fields.time_zone) || unread.contains(&"time_zone");
    if !has_zone && (is_local(&fields.starts_at) || is_local(&fields.ends_at)) {
        let detail = "must be there for a time without an offset";
        invalid.add("/time_zone", "required", detail);
    }
}

/// A time of the event that could be read.
#[derive(Clone, Copy)]
enum Told {
    /// The text has not changed, so the stored moment is kept.
    Kept(Moment),
    /// It is the moment that the text means in the zone.
    Said(Moment),
    /// The zone is not known, and so the moment is not.
    Somewhere(Spoken),
}

impl Told {
    fn is_said(&self) -> bool {
        !matches!(self, Self::Kept(_))
    }

    fn into_moment(self) -> Option<Moment> {
        match self {
            Self::Kept(moment) | Self::Said(moment) => Some(moment),
            Self::Somewhere(_) => None,
        }
    }

    /// Whether this is before the other, as far as that can be told.
    fn is_before(self, other: Self) -> bool {
        match (self, other) {
            (Self::Somewhere(one), Self::Somewhere(other)) => one.is_before(other),
            (one, other) => {
                let both = one.into_moment().zip(other.into_moment());
                both.is_some_and(|(one, other)| one.at < other.at)
            }
        }
    }
}

/// Reads the two times.
struct Times<'a> {
    zone: Option<&'a Zone>,
    /// What the event was before, if its zone stays.
    kept: Option<&'a When>,
    said: &'a WhenFields,
    fields: &'a WhenFields,
    invalid: &'a mut InvalidEvent,
}

impl Times<'_> {
    fn read(&mut self) -> (Option<Told>, Option<Told>) {
        let (mut kept_start, mut kept_end) = (None, None);
        if let Some(When::At { starts, ends, .. }) = self.kept {
            kept_start = Some(*starts).filter(|_| self.fields.starts_at == self.said.starts_at);
            kept_end = ends.filter(|_| self.fields.ends_at == self.said.ends_at);
        }
        let (starts_at, ends_at) = (&self.fields.starts_at, &self.fields.ends_at);
        let starts = self.read_one("/starts_at", given(starts_at.as_deref()), kept_start);
        let ends = self.read_one("/ends_at", given(ends_at.as_deref()), kept_end);
        let is_unchanged = kept_start.is_some() && kept_end.is_some();
        let is_backwards = starts
            .zip(ends)
            .is_some_and(|(starts, ends)| ends.is_before(starts));
        if is_backwards && !is_unchanged {
            let detail = "must not be before starts_at";
            self.invalid.add("/ends_at", "out_of_range", detail);
        }
        (starts, ends)
    }

    fn read_one(&mut self, field: &str, text: Option<&str>, kept: Option<Moment>) -> Option<Told> {
        let text = text?;
        if let Some(kept) = kept {
            return Some(Told::Kept(kept));
        }
        let Some(spoken) = Spoken::read(text) else {
            self.invalid.add(field, "invalid", BAD_TIME);
            return None;
        };
        let told = match self.zone {
            Some(zone) => spoken.settle(&zone.rules).map(Told::Said),
            None => is_in_range(spoken.local.date()).then_some(Told::Somewhere(spoken)),
        };
        if told.is_none() {
            self.invalid.add(field, "out_of_range", OUT_OF_RANGE);
        }
        told
    }
}

/// The first and the last day, unless one of them is wrong or there is no first day.
fn read_dates(invalid: &mut InvalidEvent, fields: &WhenFields) -> Option<(Date, Date)> {
    let mut read = |field: &str, text: &str| {
        let date = read_date(text);
        match date {
            None => invalid.add(field, "invalid", BAD_DATE),
            Some(date) if !is_in_range(date) => invalid.add(field, "out_of_range", OUT_OF_RANGE),
            Some(_) => {}
        }
        date
    };
    let first = given(fields.start_date.as_deref()).map(|text| read("/start_date", text));
    let last = given(fields.end_date.as_deref()).map(|text| read("/end_date", text));
    let first = first.flatten();
    let last = last.map_or(first, |last| last);
    let both = first.zip(last);
    if both.is_some_and(|(first, last)| last < first) {
        invalid.add("/end_date", "out_of_range", "must not be before start_date");
    }
    both
}
