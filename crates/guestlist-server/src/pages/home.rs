//! The start page, for visitors and for signed-in users.

use askama::Template;
use axum::{
    extract::State,
    http::Method,
    response::{IntoResponse, Response},
};
use guestlist::{Admission, ShownInvitation, StoreError, Timestamp};
use guestlist_axum::Problem;
use planner::EventFilter;

use super::{
    assets,
    page::{self, Page},
    row::Row,
    visit::{Layout, Visit},
    when_text::{days_until, in_days},
};
use crate::{app::App, serve::Room};

/// The number of events shown of each kind.
const SHOWN: usize = 5;
/// The limit for counting the user's events on their next day.
const COUNTED: u32 = 100;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    layout: Layout,
    title: String,
    visitor: Visitor,
    admission: Admission,
    hosting: Vec<Row>,
    public: Vec<Row>,
}

impl Home {
    /// Whether visitors may sign up without an invitation.
    fn is_open(&self) -> bool {
        matches!(self.admission, Admission::Admitted(_))
    }
}

/// Who visits the page.
enum Visitor {
    /// There is no account yet.
    First,
    /// A visitor who is not signed in.
    Stranger,
    /// A signed-in user, and a sentence about their next events.
    Known { sentence: String },
}

/// `GET /`: introduces the site; shows signed-in users their next events.
pub(super) async fn home(
    State(app): State<App>,
    method: Method,
    visit: Visit,
    room: Room,
) -> Result<Response, Problem> {
    let is_known = visit.user().is_some();
    if method == Method::HEAD {
        return Ok(page::head_of(is_known));
    }
    let now = app.clock.now();
    let upcoming = async |filter: EventFilter, limit: u32| {
        let filter = EventFilter {
            over_after: Some(now),
            ..filter
        };
        let page = app.planner.list_events(&filter, None, limit);
        page.await.map(|page| page.items)
    };
    let shown = u32::try_from(SHOWN).unwrap_or(u32::MAX);
    let public = upcoming(EventFilter::default(), shown).await?;
    let mut hosting = Vec::new();
    let visitor = match visit.user() {
        Some(user) => {
            let mine = EventFilter {
                creator: Some(user.id()),
                ..EventFilter::default()
            };
            let mine = upcoming(mine, COUNTED).await?;
            let whens = mine.iter().map(|shown| &shown.event.fields.when);
            let sentence = next_up(whens.filter_map(|when| days_until(when, now)));
            hosting = mine;
            Visitor::Known { sentence }
        }
        None if is_empty(&app).await? => Visitor::First,
        None => Visitor::Stranger,
    };
    let rows = |events: Vec<planner::ShownEvent>, now: Timestamp| {
        let rows = events.into_iter().take(SHOWN);
        rows.map(|shown| Row::new(shown.event, now)).collect()
    };
    let page = Home {
        title: "An event planner".to_owned(),
        layout: visit.into_layout(),
        visitor,
        admission: app.guestlist.sign_up_policy().admit(ShownInvitation::None),
        hosting: rows(hosting, now),
        public: rows(public, now),
    };
    Ok((room, Page::of(is_known, page)).into_response())
}

async fn is_empty(app: &App) -> Result<bool, StoreError> {
    Ok(app.guestlist.list_users(None, 1).await?.is_empty())
}

/// Describes a user's next events, given how many days away each one is. An event that has begun
/// and is not over counts as today.
fn next_up(days: impl IntoIterator<Item = i64>) -> String {
    let days: Vec<i64> = days.into_iter().map(|day| day.max(0)).collect();
    let Some(next) = days.iter().min() else {
        return "You have nothing planned.".to_owned();
    };
    let then = in_days(*next);
    match days.iter().filter(|day| *day == next).count() {
        1 => format!("You have one event {then}."),
        several => format!("You have {several} events {then}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sentence_describes_the_next_events() {
        for (days, sentence) in [
            (&[][..], "You have nothing planned."),
            (&[1, 5], "You have one event tomorrow."),
            (&[0, 0, 1], "You have 2 events today."),
            (&[-1, 3], "You have one event today."),
            (&[4], "You have one event in 4 days."),
        ] {
            assert_eq!(next_up(days.iter().copied()), sentence);
        }
    }
}
