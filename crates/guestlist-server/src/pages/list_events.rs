//! The list of events, by month: upcoming or past.

use std::mem;

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::Method,
    response::{IntoResponse, Response},
};
use guestlist::{EventRemoval, RemovedEvent, Timestamp};
use guestlist_axum::{Problem, parse_query};
use planner::{
    EventFilter, EventId, EventSort, FilterProblem, InvalidFilter, Position, spelled_once,
};
use uuid::Uuid;

use super::{
    assets,
    page::{self, Page},
    row::{Month, Row, by_month},
    visit::{Layout, Visit},
    when_text,
};
use crate::{
    app::App,
    cursor::{cursor, read_cursor},
    serve::Room,
};

const SHOWN: u32 = 20;

#[derive(Template)]
#[template(path = "list_events.html")]
struct ListEvents {
    layout: Layout,
    heading: &'static str,
    asked: Asked,
    months: Vec<Month>,
    next: Option<String>,
    /// What administrators did with events of the user, the newest first.
    removed: Vec<Removed>,
    /// What is wrong with the search.
    wrongs: Vec<String>,
}

/// How many removed events the list of the user's events shows.
const REMOVED: u32 = 5;

/// An event of the user that an administrator removed.
struct Removed {
    title: String,
    is_deleted: bool,
    reason: String,
    on: String,
    at: String,
}

impl Removed {
    fn new((at, removed): (Timestamp, RemovedEvent)) -> Self {
        Self {
            title: removed.title,
            is_deleted: removed.removal == EventRemoval::Deleted,
            reason: removed.reason,
            on: when_text::date(at),
            at: at.to_string(),
        }
    }
}

/// What a visitor looks for. Unknown parameters are ignored, because people follow links that
/// others have written.
#[derive(Clone, Default)]
struct Asked {
    q: String,
    /// The search text, if the search is refused. It is in no link.
    refused: Option<String>,
    tags: Vec<String>,
    /// Past events, the latest first.
    past: bool,
    /// Those of the user, also unlisted ones.
    mine: bool,
    after: Option<String>,
}

/// `GET /events`: the upcoming or past events, public or of the user.
pub(super) async fn list_events(
    State(app): State<App>,
    method: Method,
    visit: Visit,
    RawQuery(query): RawQuery,
    room: Room,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let mut asked = Asked::parse(query.as_deref().unwrap_or_default())?;
    let is_known = visit.user().is_some();
    asked.mine &= is_known;
    let filter = match EventFilter::of_search(&asked.q, &asked.tags) {
        Ok(filter) => filter,
        Err(invalid) => return Ok(refused(visit, asked, invalid)),
    };
    if method == Method::HEAD {
        return Ok(page::head_of(is_known));
    }
    let filter = EventFilter {
        over_by: asked.past.then_some(now),
        over_after: (!asked.past).then_some(now),
        creator: visit.user().filter(|_| asked.mine).map(|user| user.id()),
        sort: asked.sort(),
        ..filter
    };
    // Past events have begun, so the list of them starts here.
    let from = asked.past.then(|| latest_begun(now));
    let after = asked.position().or(from);
    let page = app
        .planner
        .list_events(&filter, after.as_ref(), SHOWN)
        .await?;
    let next = page.next.map(|next| {
        let after = Some(cursor(&next, asked.sort()));
        let next = Asked {
            after,
            ..asked.clone()
        };
        next.address()
    });
    let removed = match visit.user() {
        Some(user) if asked.mine && !asked.is_narrow() && asked.after.is_none() => {
            let removed = app.guestlist.list_removed_events(user.id(), REMOVED);
            removed.await?
        }
        _ => Vec::new(),
    };
    let rows = page.items.into_iter();
    let rows = rows.map(|shown| Row::new(shown.event, now));
    let page = ListEvents {
        layout: visit.into_layout(),
        heading: asked.heading(),
        months: by_month(rows, asked.past),
        next,
        removed: removed.into_iter().map(Removed::new).collect(),
        wrongs: Vec::new(),
        asked,
    };
    Ok((room, Page::of(is_known, page)).into_response())
}

/// Returns the page with the limits that a search breaks. Its links have neither the text nor the
/// tags.
fn refused(visit: Visit, mut asked: Asked, invalid: InvalidFilter) -> Response {
    let wrongs = invalid.problems.into_iter().map(|problem| match problem {
        FilterProblem::LongText { most } => format!("Search for at most {most} characters."),
        FilterProblem::TooManyTags { most } => format!("Search for at most {most} tags."),
        FilterProblem::LongTag { most } => format!("A tag has at most {most} characters."),
    });
    asked.refused = Some(mem::take(&mut asked.q));
    asked.tags.clear();
    let page = ListEvents {
        layout: visit.into_layout(),
        heading: asked.heading(),
        months: Vec::new(),
        next: None,
        removed: Vec::new(),
        wrongs: wrongs.collect(),
        asked,
    };
    Page::refused(Problem::BAD_REQUEST_STATUS, page).into_response()
}

/// Returns the place in the order of starts right after all events that have begun.
fn latest_begun(now: Timestamp) -> Position {
    Position {
        key: now.as_millis(),
        id: EventId::from(Uuid::max()),
    }
}

impl Asked {
    fn parse(query: &str) -> Result<Self, Problem> {
        let fields = parse_query(query)?;
        let mut asked = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "q" => value.trim().clone_into(&mut asked.q),
                "tag" => {
                    let tag = spelled_once(&value);
                    if !tag.is_empty() && !asked.tags.iter().any(|other| *other == tag) {
                        asked.tags.push(tag.into_owned());
                    }
                }
                "past" => asked.past = true,
                "mine" => asked.mine = true,
                "after" => asked.after = Some(value),
                _ => {}
            }
        }
        Ok(asked)
    }

    /// The text for the search field.
    fn typed(&self) -> &str {
        self.refused.as_deref().unwrap_or(&self.q)
    }

    fn sort(&self) -> EventSort {
        if self.past {
            EventSort::StartsAtDesc
        } else {
            EventSort::StartsAt
        }
    }

    /// Returns where to continue; `None` (from the beginning) if the cursor is invalid.
    fn position(&self) -> Option<Position> {
        read_cursor(self.after.as_deref()?, self.sort())
    }

    fn heading(&self) -> &'static str {
        match (self.mine, self.past) {
            (false, false) => "Events",
            (false, true) => "Past events",
            (true, false) => "Your events",
            (true, true) => "Your past events",
        }
    }

    fn is_narrow(&self) -> bool {
        !self.q.is_empty() || !self.tags.is_empty()
    }

    fn address(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.q.is_empty() {
            query.append_pair("q", &self.q);
        }
        for tag in &self.tags {
            query.append_pair("tag", tag);
        }
        for (name, is_asked) in [("past", self.past), ("mine", self.mine)] {
            if is_asked {
                query.append_key_only(name);
            }
        }
        if let Some(after) = &self.after {
            query.append_pair("after", after);
        }
        match query.finish() {
            query if query.is_empty() => "/events".to_owned(),
            query => format!("/events?{query}"),
        }
    }

    fn upcoming(&self) -> String {
        let asked = Self {
            past: false,
            after: None,
            ..self.clone()
        };
        asked.address()
    }

    fn of_the_past(&self) -> String {
        let asked = Self {
            past: true,
            after: None,
            ..self.clone()
        };
        asked.address()
    }

    fn of_mine(&self) -> String {
        let asked = Self {
            mine: true,
            after: None,
            ..self.clone()
        };
        asked.address()
    }

    fn of_all_users(&self) -> String {
        let asked = Self {
            mine: false,
            after: None,
            ..self.clone()
        };
        asked.address()
    }

    fn without(&self, tag: &str) -> String {
        let mut asked = Self {
            after: None,
            ..self.clone()
        };
        asked.tags.retain(|other| other != tag);
        asked.address()
    }

    fn widest(&self) -> String {
        let asked = Self {
            past: self.past,
            mine: self.mine,
            ..Self::default()
        };
        asked.address()
    }
}
