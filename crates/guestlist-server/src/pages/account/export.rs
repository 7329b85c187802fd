//! All that is kept of somebody, to take along.

use axum::{
    Json,
    extract::State,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    response::IntoResponse,
};
use guestlist::{StoreError, UserId};
use guestlist_axum::{
    CurrentSession, CurrentUser, PersonalTokenBody, Problem, SessionBody, UserBody,
};
use planner::{Event, EventFilter, EventSort, shown_name};
use serde::Serialize;

use crate::{api::event::EventBody, app::App, pages::calendar};

/// So many are read at once.
const BATCH: u32 = 100;

/// An account, as its owner may have it.
#[derive(Serialize)]
struct Data {
    user: UserBody,
    name: Option<String>,
    sessions: Vec<SessionBody>,
    personal_tokens: Vec<PersonalTokenBody>,
    events: Vec<EventBody>,
}

/// `GET /account/data.json`: everything that is kept of whoever asks, but for what must not be told: hashes
/// of passwords and tokens.
pub(in crate::pages) async fn data(
    State(app): State<App>,
    current: CurrentSession,
) -> Result<impl IntoResponse, Problem> {
    let (user, session) = (current.user(), current.session().id);
    let sessions = app
        .guestlist
        .list_sessions(user.id, session, None, u32::MAX)
        .await?;
    let tokens = app.guestlist.list_tokens(user.id, None, u32::MAX).await?;
    let events = events_of(&app, user.id).await?;
    let data = Data {
        user: UserBody::from(user),
        name: user.name.as_ref().map(ToString::to_string),
        sessions: sessions
            .iter()
            .map(|open| SessionBody::new(&open.session, open.is_current))
            .collect(),
        personal_tokens: tokens.iter().map(PersonalTokenBody::from).collect(),
        events: events
            .iter()
            .map(|event| EventBody::new(event, shown_name(user.name.as_ref())))
            .collect(),
    };
    let headers = [
        (CONTENT_DISPOSITION, "attachment; filename=\"my-data.json\""),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Json(data)))
}

/// `GET /account/events.ics`: one's own events as a calendar.
pub(in crate::pages) async fn calendar(
    State(app): State<App>,
    user: CurrentUser,
) -> Result<impl IntoResponse, Problem> {
    let events = events_of(&app, user.id()).await?;
    let headers = [
        (CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"my-events.ics\"",
        ),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, calendar::text(&events, &app.base_url)))
}

async fn events_of(app: &App, user: UserId) -> Result<Vec<Event>, StoreError> {
    let filter = EventFilter {
        creator: Some(user),
        sort: EventSort::CreatedAt,
        ..EventFilter::default()
    };
    let (mut events, mut after) = (Vec::new(), None);
    loop {
        let page = app.planner.list_events(&filter, after.as_ref(), BATCH);
        let page = page.await?;
        events.extend(page.items.into_iter().map(|shown| shown.event));
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(events),
        }
    }
}
