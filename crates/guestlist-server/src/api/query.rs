//! The parameters of a list of events: filters, order, and where to go on.

use guestlist::Timestamp;
use guestlist_axum::{DEFAULT_LIMIT, Problem, QueryMistakes, parse_query, read_limit};
use planner::{
    EventFilter, EventSort, FilterProblem, InvalidFilter, Position, ProblemCode, When, WhenFields,
    Zone,
};
use utoipa::IntoParams;

use crate::{cursor::read_cursor, event_words::day_name};

const KNOWN: [&str; 9] = [
    "q",
    "tag",
    "starts_after",
    "starts_from",
    "starts_before",
    "mine",
    "sort",
    "limit",
    "cursor",
];

/// The parameters, for the OpenAPI description only. [`Query`] reads them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only the OpenAPI description uses it")]
pub(crate) struct EventsQuery {
    /// Words in title, description or location. Upper and lower case are the same.
    q: Option<String>,
    /// A tag of the event, case-sensitive, of at most 50 characters. If it is repeated, at most 20
    /// times, the event must have every one of the tags.
    tag: Option<Vec<String>>,
    /// Events that start after this moment, exclusive: RFC 3339, or a date (midnight UTC).
    starts_after: Option<String>,
    /// Events that start at this moment or after it. Use it with `starts_before` for adjacent
    /// ranges, such as the days of a calendar: each event is then in exactly one range.
    starts_from: Option<String>,
    /// Events that start before this moment, exclusive. Events of whole days start at midnight UTC.
    starts_before: Option<String>,
    /// `true`: your own events, including unlisted ones.
    mine: Option<bool>,
    /// `starts_at` (the default; events without a date come last) or `-created_at`.
    sort: Option<String>,
    /// The number of events on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// Where to continue: `next` of the previous page.
    cursor: Option<String>,
}

/// The parsed query.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) filter: EventFilter,
    pub(crate) mine: bool,
    pub(crate) limit: u32,
    pub(crate) after: Option<Position>,
    /// The parameters except for the cursor, for the address of the next page.
    asked: Vec<(String, String)>,
}

impl Query {
    /// Reads the query of an address. An unknown parameter is refused, and so is one that is
    /// repeated, except for `tag`.
    ///
    /// # Errors
    ///
    /// All mistakes of the parameters.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let fields = parse_query(text)?;
        let mut query = Self {
            filter: EventFilter::default(),
            mine: false,
            limit: DEFAULT_LIMIT,
            after: None,
            asked: Vec::new(),
        };
        let mut cursor = None;
        let mut order = Some(query.filter.sort);
        let mut mistakes = QueryMistakes::default();
        let known = mistakes.known_once(&fields, &KNOWN, &["tag"]);
        let values = |of: &'static str| known.iter().filter(move |(name, _)| *name == of);
        let words = values("q").next().map_or("", |(_, words)| *words);
        let tags: Vec<_> = values("tag").map(|(_, tag)| (*tag).to_owned()).collect();
        match EventFilter::of_search(words, &tags) {
            Ok(filter) => query.filter = filter,
            Err(InvalidFilter { problems }) => {
                for (name, words) in problems.into_iter().map(limit_of_search) {
                    mistakes.take::<()>(name, Err(words));
                }
            }
        }
        for (name, value) in known {
            let mut moment = || mistakes.take(name, moment(value));
            let filter = &mut query.filter;
            match name {
                "starts_after" => filter.starts_after = moment(),
                "starts_from" => filter.starts_from = moment(),
                "starts_before" => filter.starts_before = moment(),
                "mine" => query.mine = mistakes.take(name, boolean(value)).unwrap_or(false),
                "sort" => order = mistakes.take(name, sort(value)),
                "limit" => query.limit = mistakes.take(name, read_limit(value)).unwrap_or_default(),
                "cursor" => cursor = Some(value),
                _ => {}
            }
            if name != "cursor" {
                query.asked.push((name.to_owned(), value.to_owned()));
            }
        }
        // Whether a cursor is right depends on the order.
        if let Some(order) = order {
            query.filter.sort = order;
            let after = cursor.map(|cursor| {
                let words = "is `next` of a page in the same order, as it is";
                read_cursor(cursor, order).ok_or_else(|| words.to_owned())
            });
            let after = after.map(|after| mistakes.take("cursor", after));
            query.after = after.flatten();
        }
        mistakes.into_result()?;
        Ok(query)
    }

    /// Returns the query string of the page that starts at the cursor.
    pub(crate) fn going_on(&self, cursor: &str) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.asked)
            .append_pair("cursor", cursor)
            .finish()
    }
}

/// Returns the parameter that breaks a limit, and the limit.
fn limit_of_search(problem: FilterProblem) -> (&'static str, String) {
    match problem {
        FilterProblem::LongText { most } => ("q", format!("has at most {most} characters")),
        FilterProblem::TooManyTags { most } => ("tag", format!("is there at most {most} times")),
        FilterProblem::LongTag { most } => ("tag", format!("has at most {most} characters")),
    }
}

fn boolean(value: &str) -> Result<bool, String> {
    value.parse().map_err(|_| "is true or false".to_owned())
}

fn sort(value: &str) -> Result<EventSort, String> {
    match value {
        "starts_at" => Ok(EventSort::StartsAt),
        "-created_at" => Ok(EventSort::CreatedAtDesc),
        _ => Err("is starts_at or -created_at".to_owned()),
    }
}

/// Reads a moment as strictly as the planner reads the times of events.
fn moment(value: &str) -> Result<Timestamp, String> {
    let date = WhenFields {
        start_date: Some(value.to_owned()),
        ..WhenFields::default()
    };
    let time = WhenFields {
        starts_at: Some(value.to_owned()),
        ..WhenFields::default()
    };
    // An instant is the same in every zone.
    let read = |fields| When::parse(fields, &Zone::utc());
    let mut problems = Vec::new();
    for fields in [&time, &date] {
        match read(fields) {
            Ok(when) if !when.is_undecided() => {
                return Ok(Timestamp::from_millis(when.sort_at()));
            }
            Ok(_) => {}
            Err(invalid) => problems.extend(invalid.problems),
        }
    }
    let known = problems.iter().find_map(|problem| match problem.code {
        ProblemCode::NoSuchDay { year, month, day } => {
            let day = day_name(year, month, day);
            Some(format!("is a moment that exists; {day} does not exist"))
        }
        ProblemCode::YearOutOfRange => {
            let last = "the last moment is 9999-12-30T22:00:00Z";
            Some(format!("is in the years 1970 to 9999; {last}"))
        }
        _ => None,
    });
    Err(known.unwrap_or_else(|| {
        let form = "2026-12-01T18:00:00+01:00 (with + written as %2B) or 2026-12-01";
        format!("is a moment such as {form}")
    }))
}
