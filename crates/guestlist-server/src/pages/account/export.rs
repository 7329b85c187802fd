//! Everything that is stored about a user, as a download. It is made in batches; see `exports.rs`.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{
        Method,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::Response,
};
use guestlist::StoreError;
use guestlist_axum::{CurrentSession, CurrentUser, Problem, SeenFrom};
use planner::ShownEvent;

use crate::{
    app::App,
    data_export::{self, OwnEvents, answer},
    exports::Document,
    pages::calendar,
};

/// `GET /account/data.json`: everything that is stored about the user, except secrets
/// and hashes of secrets.
pub(super) async fn data(
    State(app): State<App>,
    SeenFrom(guestlist): SeenFrom,
    method: Method,
    current: CurrentSession,
) -> Result<Response, Problem> {
    data_export::of_user(&app, &guestlist, &method, &current).await
}

/// `GET /account/events.ics`: the user's own events as a calendar, except those without a date.
pub(super) async fn calendar(
    State(app): State<App>,
    method: Method,
    user: CurrentUser,
) -> Result<Response, Problem> {
    let events = Calendar {
        base_url: app.base_url.as_str().into(),
        events: OwnEvents::of(&app, user.id()),
        is_begun: false,
        has_events: false,
    };
    let headers = [
        (CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"my-events.ics\"",
        ),
        (CACHE_CONTROL, "no-store"),
    ];
    answer(&app, &method, user.id(), headers, events).await
}

/// A calendar of a user's events, except those without a date.
struct Calendar {
    base_url: Arc<str>,
    events: OwnEvents,
    is_begun: bool,
    /// Whether an event with a date was read.
    has_events: bool,
}

struct CalendarBatch {
    base_url: Arc<str>,
    events: Vec<ShownEvent>,
    is_first: bool,
    is_last: bool,
    /// Whether the calendar has an event by the end of this batch.
    has_events: bool,
}

impl Document for Calendar {
    type Batch = CalendarBatch;

    async fn read(&mut self) -> Result<Option<CalendarBatch>, StoreError> {
        if self.events.is_over {
            return Ok(None);
        }
        let events = self.events.next().await?;
        self.has_events |= events
            .iter()
            .any(|shown| calendar::has_date(&shown.event.fields.when));
        Ok(Some(CalendarBatch {
            base_url: Arc::clone(&self.base_url),
            events,
            is_first: !std::mem::replace(&mut self.is_begun, true),
            is_last: self.events.is_over,
            has_events: self.has_events,
        }))
    }

    fn spell(batch: CalendarBatch) -> Vec<u8> {
        let mut text = String::new();
        if batch.is_first {
            text.push_str(calendar::BEGINNING);
        }
        for shown in &batch.events {
            calendar::write_event(&mut text, &shown.event, &batch.base_url);
        }
        if batch.is_last {
            if !batch.has_events {
                text.push_str(calendar::NO_EVENTS);
            }
            text.push_str(calendar::END);
        }
        text.into_bytes()
    }
}
