//! Rows of an event list, grouped by month.

use guestlist::Timestamp;
use jiff::civil::Date;
use planner::{Event, Visibility, When};

use super::when_text::{Relative, clock, first_day};

/// An event in a list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) day: Option<Day>,
    /// The beginning, machine-readable, for `<time datetime>`.
    pub(super) starts: Option<String>,
    pub(super) relative: Option<Relative>,
    /// The time in short words.
    pub(super) short: String,
    pub(super) place: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) is_unlisted: bool,
    month_name: String,
    /// Year and month; `None` without a date.
    month: Option<(i16, i8)>,
}

/// The day in the margin.
pub(super) struct Day {
    /// The day of the month.
    pub(super) number: String,
    /// Such as `Sat`.
    pub(super) name: String,
    /// Such as `Nov`.
    pub(super) month: String,
}

/// The events of a month.
pub(super) struct Month {
    /// Such as `November 2026`.
    pub(super) name: String,
    pub(super) rows: Vec<Row>,
}

impl Row {
    /// Builds the row of an event. Relative times are relative to `now`.
    pub(super) fn new(event: Event, now: Timestamp) -> Self {
        let fields = event.fields;
        let day = first_day(&fields.when);
        let is_online = fields.online_url.is_some();
        Self {
            id: event.id.to_string(),
            title: fields.title,
            day: day.map(|day| Day {
                number: day.day().to_string(),
                name: day.strftime("%a").to_string(),
                month: day.strftime("%b").to_string(),
            }),
            starts: machine(&fields.when),
            relative: Relative::new(&fields.when, now),
            short: in_short(&fields.when),
            place: fields
                .location
                .or_else(|| is_online.then(|| "Online".to_owned())),
            tags: fields.tags,
            is_unlisted: fields.visibility == Visibility::Unlisted,
            month_name: day.map_or_else(|| "No date yet".to_owned(), month),
            month: day.map(|day| (day.year(), day.month())),
        }
    }
}

/// Groups the rows by month, each month once, earliest or latest first, and keeps their order
/// within a month. Sorting is necessary: rows are ordered by instant, and the local month of a
/// later instant may be earlier.
pub(super) fn by_month(rows: impl IntoIterator<Item = Row>, latest_first: bool) -> Vec<Month> {
    let mut rows: Vec<Row> = rows.into_iter().collect();
    // Events without a date come after all months.
    let rank = |row: &Row| row.month.unwrap_or((i16::MAX, 0));
    rows.sort_by(|one, other| {
        let order = rank(one).cmp(&rank(other));
        if latest_first { order.reverse() } else { order }
    });
    let mut months: Vec<Month> = Vec::new();
    let mut last = None;
    for row in rows {
        match months.last_mut() {
            Some(month) if last == Some(row.month) => month.rows.push(row),
            _ => {
                last = Some(row.month);
                months.push(Month {
                    name: row.month_name.clone(),
                    rows: vec![row],
                });
            }
        }
    }
    months
}

fn month(day: Date) -> String {
    day.strftime("%B %Y").to_string()
}

/// Returns the everyday name of the zone: `Berlin time` for `Europe/Berlin`.
fn place_of(zone: &str) -> String {
    match zone.rsplit_once('/') {
        Some((_, city)) => format!("{} time", city.replace('_', " ")),
        None => zone.to_owned(),
    }
}

fn machine(when: &When) -> Option<String> {
    let fields = when.to_fields();
    fields.starts_at.or(fields.start_date)
}

fn in_short(when: &When) -> String {
    match when {
        When::At {
            starts, time_zone, ..
        } => format!("{}, {}", clock(starts.wall), place_of(time_zone)),
        When::Dates { first, last, .. } if first == last => "All day".to_owned(),
        When::Dates { last, .. } => format!("Until {}", last.strftime("%a %-d %B")),
        When::Undecided { .. } => "No date yet".to_owned(),
    }
}
