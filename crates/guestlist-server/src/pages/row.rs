//! An event as one row of a list, and rows by month.

use guestlist::Timestamp;
use jiff::civil::Date;
use planner::{Event, Visibility, When};

use super::said::{Relative, clock, first_day};

/// What a list shows of an event.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) day: Option<Day>,
    /// The beginning for programs: what stands in `<time datetime>`.
    pub(super) starts: Option<String>,
    pub(super) relative: Option<Relative>,
    /// The time in a few words.
    pub(super) short: String,
    pub(super) place: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) is_unlisted: bool,
    month_name: String,
    /// Year and month; none without a date.
    month: Option<(i16, i8)>,
}

/// The day in the margin.
pub(super) struct Day {
    /// Of the month.
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
    /// The row that somebody reads now.
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

/// The rows by month: each month once, the earliest first or last, and within it the rows in their
/// order. Rows are in the order of their instants, and a clock elsewhere may show another month then.
pub(super) fn by_month(rows: impl IntoIterator<Item = Row>, latest_first: bool) -> Vec<Month> {
    let mut rows: Vec<Row> = rows.into_iter().collect();
    // What has no date comes after all months.
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

/// What a zone is called among people: `Berlin time` of `Europe/Berlin`.
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
