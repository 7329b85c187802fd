//! Parses the time of an event from texts.

use guestlist::Timestamp;

use super::{
    InvalidEvent, Moment, When, WhenFields, Zone, given,
    text::{Spoken, is_in_range, read_date},
};

const BAD_TIME: &str = "must be a date and time such as 2026-12-01T18:00:00+01:00";
const BAD_DATE: &str = "must be a date such as 2026-12-01";
const OUT_OF_RANGE: &str = "must be in the years 1970 to 9999";

/// See [`When::parse`] and [`When::parse_change`].
pub(super) fn parse(
    fields: &WhenFields,
    default: &Zone,
    before: Option<&When>,
) -> Result<When, InvalidEvent> {
    check_combination(fields)?;
    let said = before.map(When::to_fields).unwrap_or_default();
    let is_timed = given(fields.starts_at.as_deref()).is_some();
    if is_timed {
        return parse_times(fields, default, before, &said);
    }
    let zone = match given(fields.time_zone.as_deref()) {
        // A zone that has not changed is kept, even if the list of zones does not have it any more.
        Some(name) if said.time_zone.as_deref() == Some(name) => Ok(Some(name.to_owned())),
        Some(name) => match Zone::find(name) {
            Some(zone) => Ok(Some(zone.name().to_owned())),
            None => Err(unknown_zone()),
        },
        None => Ok(None),
    };
    let Some(first) = given(fields.start_date.as_deref()) else {
        return zone.map(|time_zone| When::Undecided { time_zone });
    };
    let mut invalid = InvalidEvent::default();
    let zone = invalid.take(zone).flatten();
    let days = invalid.take(parse_dates(first, given(fields.end_date.as_deref())));
    invalid.into_result()?;
    let (first, last) = days.unwrap_or_default();
    Ok(When::Dates {
        first,
        last,
        time_zone: Some(zone.unwrap_or_else(|| default.name().to_owned())),
    })
}

/// Refuses times beside dates, and an end without a start.
fn check_combination(fields: &WhenFields) -> Result<(), InvalidEvent> {
    let is_given = |text: &Option<String>| given(text.as_deref()).is_some();
    let (timed, dated) = (is_given(&fields.starts_at), is_given(&fields.start_date));
    let mut invalid = InvalidEvent::default();
    for (conflicts, field, detail) in [
        (
            is_given(&fields.ends_at) && !timed,
            "/ends_at",
            "requires starts_at",
        ),
        (
            dated && timed,
            "/start_date",
            "must not be given together with starts_at",
        ),
        (
            is_given(&fields.end_date) && !dated,
            "/end_date",
            "requires start_date",
        ),
    ] {
        if conflicts {
            invalid.add(field, "conflict", detail);
        }
    }
    invalid.into_result()
}

/// A time of the event.
enum Told {
    /// The text has not changed, so the stored moment is kept.
    Kept(Moment),
    /// It has to be read.
    Said(Spoken),
}

fn parse_times(
    fields: &WhenFields,
    default: &Zone,
    before: Option<&When>,
    said: &WhenFields,
) -> Result<When, InvalidEvent> {
    let mut invalid = InvalidEvent::default();
    let name = given(fields.time_zone.as_deref());
    let keeps_zone = name.is_some() && name == said.time_zone.as_deref();
    let (mut kept_start, mut kept_end) = (None, None);
    if let Some(When::At { starts, ends, .. }) = before.filter(|_| keeps_zone) {
        kept_start = Some(*starts).filter(|_| fields.starts_at == said.starts_at);
        kept_end = ends.filter(|_| fields.ends_at == said.ends_at);
    }
    let mut read = |field: &str, text: &str, kept: Option<Moment>| {
        if let Some(kept) = kept {
            return Some(Told::Kept(kept));
        }
        let spoken = Spoken::read(text);
        if spoken.is_none() {
            invalid.add(field, "invalid", BAD_TIME);
        }
        spoken.map(Told::Said)
    };
    let starts_at = fields.starts_at.as_deref().unwrap_or_default();
    let starts = read("/starts_at", starts_at, kept_start);
    let ends = given(fields.ends_at.as_deref()).map(|text| read("/ends_at", text, kept_end));
    let is_local =
        |told: Option<&Told>| matches!(told, Some(Told::Said(spoken)) if spoken.offset.is_none());
    if name.is_none() && (is_local(starts.as_ref()) || is_local(ends.iter().flatten().next())) {
        invalid.add(
            "/time_zone",
            "required",
            "must be there for a time without an offset",
        );
    }
    let zone = match name {
        None => Some(default.clone()),
        Some(name) => Zone::find(name),
    };
    let is_all_kept =
        matches!(starts, Some(Told::Kept(_))) && matches!(ends, None | Some(Some(Told::Kept(_))));
    if zone.is_none() && !(keeps_zone && is_all_kept) {
        invalid.problems.extend(unknown_zone().problems);
    }
    let mut settle = |field: &str, told: Told| {
        let moment = match (told, &zone) {
            (Told::Kept(kept), _) => return Some(kept),
            (Told::Said(spoken), Some(zone)) => spoken.settle(&zone.rules),
            (Told::Said(_), None) => return None,
        };
        if moment.is_none() {
            invalid.add(field, "out_of_range", OUT_OF_RANGE);
        }
        moment
    };
    let starts = starts.and_then(|told| settle("/starts_at", told));
    let ends = ends.flatten().and_then(|told| settle("/ends_at", told));
    let at = |moment: Option<Moment>| moment.map(|moment| moment.at);
    let is_backwards = |(starts, ends): (Timestamp, Timestamp)| ends < starts;
    let is_unchanged = kept_start.is_some() && kept_end.is_some();
    if at(starts).zip(at(ends)).is_some_and(is_backwards) && !is_unchanged {
        invalid.add("/ends_at", "out_of_range", "must not be before starts_at");
    }
    invalid.into_result()?;
    let time_zone = match zone {
        Some(zone) => zone.name().to_owned(),
        None => name.unwrap_or_default().to_owned(),
    };
    // Without a start, a problem was returned above.
    let starts = starts.ok_or_else(InvalidEvent::default)?;
    Ok(When::At {
        starts,
        ends,
        time_zone,
    })
}

fn parse_dates(
    first: &str,
    last: Option<&str>,
) -> Result<(jiff::civil::Date, jiff::civil::Date), InvalidEvent> {
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
    invalid.into_result()?;
    first.zip(last).ok_or_else(InvalidEvent::default)
}

fn unknown_zone() -> InvalidEvent {
    let mut invalid = InvalidEvent::default();
    let detail = "must be the name of a time zone such as Europe/Paris";
    invalid.add("/time_zone", "invalid", detail);
    invalid
}
