//! Parses the time of an event from texts.

use jiff::civil::Date;

use super::{
    Moment, When, WhenFields, Zone,
    text::{Spoken, is_in_range, read_date},
};
use crate::event::{
    empty_text::given,
    field::Field,
    problem::{InvalidEvent, ProblemCode},
};

impl When {
    /// Parses the texts. An event with a date and without a zone gets the zone `default`.
    ///
    /// If a text has an offset, the offset determines the instant and the zone the local time. A
    /// time without an offset requires the zone. If the clocks skip that time, it moves forward by
    /// the skipped amount. If they show it twice, the first one is used (RFC 5545, section 3.3.5;
    /// [`Zone::local`] tells in advance). Fractions of a millisecond are dropped. A whole day that
    /// the zone skips is refused, and so is a time without an offset on such a day.
    ///
    /// # Errors
    ///
    /// All invalid texts, and texts that exclude each other.
    pub fn parse(fields: &WhenFields, default: &Zone) -> Result<Self, InvalidEvent> {
        parse(fields, default, None, &[])
    }

    /// Parses the texts as [`parse`](Self::parse) does, without the fields that `unread` names. The
    /// caller could not read their values and left them empty in `fields`. Reports no problem of
    /// these fields, and no problem of another field that depends on one of them. If `unread` names
    /// a field, only the problems count: the caller must not store the returned value.
    pub(crate) fn parse_beside(
        fields: &WhenFields,
        default: &Zone,
        unread: &[Field],
    ) -> Result<Self, InvalidEvent> {
        parse(fields, default, None, unread)
    }

    /// Parses the texts as [`parse_beside`](Self::parse_beside) does, for a change of an event that
    /// was at `before`. A text that has not changed keeps its exact moment, even if the rules or
    /// the list of zones have changed.
    pub(crate) fn parse_change(
        fields: &WhenFields,
        before: &Self,
        default: &Zone,
        unread: &[Field],
    ) -> Result<Self, InvalidEvent> {
        parse(fields, default, Some(before), unread)
    }
}

/// Reads the texts. `before` is the time of the event before a change: a text that has not changed
/// keeps its moment.
/// `unread` names the fields whose value could not be read as text.
fn parse(
    fields: &WhenFields,
    default: &Zone,
    before: Option<&When>,
    unread: &[Field],
) -> Result<When, InvalidEvent> {
    let mut invalid = InvalidEvent::default();
    check_combination(&mut invalid, fields, unread);
    let said = before.map(When::to_fields).unwrap_or_default();
    let name = given(fields.time_zone.as_deref());
    let zone = match name {
        None if unread.contains(&Field::TimeZone) => None,
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
    let mut dates = Dates {
        zone: zone.as_ref(),
        kept: keeps_zone.then_some(&said),
        fields,
        invalid: &mut invalid,
    };
    let days = dates.read();
    let is_timed = given(fields.starts_at.as_deref()).is_some();
    let needs_zone = [&starts, &ends].into_iter().flatten().any(Told::is_said);
    // A zone that has not changed is kept, even if the list of zones does not have it any more.
    if zone.is_none() && name.is_some() && (!keeps_zone || needs_zone) {
        invalid.add(Field::TimeZone, ProblemCode::UnknownTimeZone);
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
fn check_combination(invalid: &mut InvalidEvent, fields: &WhenFields, unread: &[Field]) {
    let is_given = |text: &Option<String>| given(text.as_deref()).is_some();
    let (timed, dated) = (is_given(&fields.starts_at), is_given(&fields.start_date));
    let has_start = timed || unread.contains(&Field::StartsAt);
    let has_first = dated || unread.contains(&Field::StartDate);
    if is_given(&fields.ends_at) && !has_start {
        invalid.add(Field::EndsAt, ProblemCode::Requires(Field::StartsAt));
    }
    if dated && timed {
        invalid.add(Field::StartDate, ProblemCode::Excludes(Field::StartsAt));
    }
    if is_given(&fields.end_date) && !has_first {
        invalid.add(Field::EndDate, ProblemCode::Requires(Field::StartDate));
    }
    let is_local = |text: &Option<String>| text.as_deref().is_some_and(Spoken::is_local);
    let has_zone = is_given(&fields.time_zone) || unread.contains(&Field::TimeZone);
    if !has_zone && (is_local(&fields.starts_at) || is_local(&fields.ends_at)) {
        invalid.add(Field::TimeZone, ProblemCode::NoTimeZone);
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
        let starts = self.read_one(Field::StartsAt, given(starts_at.as_deref()), kept_start);
        let ends = self.read_one(Field::EndsAt, given(ends_at.as_deref()), kept_end);
        let is_unchanged = kept_start.is_some() && kept_end.is_some();
        let is_backwards = starts
            .zip(ends)
            .is_some_and(|(starts, ends)| ends.is_before(starts));
        if is_backwards && !is_unchanged {
            let code = ProblemCode::Before(Field::StartsAt);
            self.invalid.add(Field::EndsAt, code);
        }
        (starts, ends)
    }

    fn read_one(&mut self, field: Field, text: Option<&str>, kept: Option<Moment>) -> Option<Told> {
        let text = text?;
        if let Some(kept) = kept {
            return Some(Told::Kept(kept));
        }
        let read = Spoken::read(text).map_err(|why| why.code(ProblemCode::NotTime));
        let spoken = match read {
            Ok(spoken) => spoken,
            Err(code) => {
                self.invalid.add(field, code);
                return None;
            }
        };
        let day = spoken.local.date();
        if let (Some(zone), None) = (self.zone, spoken.offset)
            && is_in_range(day)
            && !zone.has(day)
        {
            self.invalid.add(field, zone.skipped(day));
            return None;
        }
        let told = match self.zone {
            Some(zone) => spoken.settle(&zone.rules).map(Told::Said),
            None => is_in_range(spoken.local.date()).then_some(Told::Somewhere(spoken)),
        };
        if told.is_none() {
            self.invalid.add(field, ProblemCode::YearOutOfRange);
        }
        told
    }
}

/// Reads the two dates.
struct Dates<'a> {
    zone: Option<&'a Zone>,
    /// The texts of the event before, if its zone stays.
    kept: Option<&'a WhenFields>,
    fields: &'a WhenFields,
    invalid: &'a mut InvalidEvent,
}

impl Dates<'_> {
    /// Returns the first and the last day, unless one of them is wrong or there is no first day.
    fn read(&mut self) -> Option<(Date, Date)> {
        let (start_date, end_date) = (&self.fields.start_date, &self.fields.end_date);
        let kept_first = self.kept.is_some_and(|kept| kept.start_date == *start_date);
        let kept_last = self.kept.is_some_and(|kept| kept.end_date == *end_date);
        let first = given(start_date.as_deref());
        let first = first.map(|text| self.read_one(Field::StartDate, text, kept_first));
        let last = given(end_date.as_deref());
        let last = last.map(|text| self.read_one(Field::EndDate, text, kept_last));
        let first = first.flatten();
        let both = first.zip(last.map_or(first, |last| last));
        if both.is_some_and(|(first, last)| last < first) {
            let code = ProblemCode::Before(Field::StartDate);
            self.invalid.add(Field::EndDate, code);
        }
        both
    }

    /// Reads one date. A date that the event had before may be one that its zone left out.
    fn read_one(&mut self, field: Field, text: &str, is_kept: bool) -> Option<Date> {
        let read = read_date(text).map_err(|why| why.code(ProblemCode::NotDate));
        let date = match read {
            Ok(date) => date,
            Err(code) => {
                self.invalid.add(field, code);
                return None;
            }
        };
        if !is_in_range(date) {
            self.invalid.add(field, ProblemCode::YearOutOfRange);
        } else if let Some(zone) = self.zone.filter(|zone| !is_kept && !zone.has(date)) {
            self.invalid.add(field, zone.skipped(date));
        }
        Some(date)
    }
}
