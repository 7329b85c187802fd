//! Deleting an event.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use guestlist_axum::{CurrentUser, OwnForm, Problem};
use planner::{DeleteEventError, Event, EventId, OwnEventError};

use super::{
    assets,
    change_event::version,
    flash::FlashMessage,
    page::Page,
    visit::{FormVisit, Layout, MemberVisit},
};
use crate::{
    app::App,
    event_errors,
    event_in_path::{find, find_own},
    id_in_path::IdInPath,
};

#[derive(Template)]
#[template(path = "delete_event.html")]
pub(super) struct DeleteEvent {
    layout: Layout,
    id: String,
    /// `None` while the stores do not answer.
    title: Option<String>,
    version: i64,
    /// Whether the event was changed since the page was shown.
    is_stale: bool,
}

impl DeleteEvent {
    fn new(layout: Layout, event: Event, is_stale: bool) -> Self {
        Self {
            layout,
            id: event.id.to_string(),
            title: Some(event.fields.title),
            version: event.version.0,
            is_stale,
        }
    }
}

/// `GET /events/{id}/delete`: asks the creator to confirm.
pub(super) async fn ask(
    State(app): State<App>,
    MemberVisit(layout, user): MemberVisit,
    IdInPath(id): IdInPath,
) -> Result<Page<DeleteEvent>, Problem> {
    let page = match user {
        Some(user) => DeleteEvent::new(layout, find_own(&app.planner, &user, &id).await?, false),
        None => DeleteEvent {
            version: layout
                .typed("version")
                .map_or(0, |text| text.parse().unwrap_or(0)),
            layout,
            id,
            title: None,
            is_stale: false,
        },
    };
    Ok(Page::private(page))
}

/// `POST /events/{id}/delete`: deletes the event, if it was not changed since the page was shown.
pub(super) async fn delete_event(
    State(app): State<App>,
    user: CurrentUser,
    FormVisit(layout): FormVisit,
    IdInPath(id): IdInPath,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let event = match find(&app.planner, &id).await {
        // The form was sent twice, or another request deleted the event first.
        Err(problem) if problem.code() == "not_found" && id.parse::<EventId>().is_ok() => {
            return Ok(FlashMessage::EventDeleted.then("/").into_response());
        }
        found => found?.event,
    };
    let deleted = app
        .planner
        .delete_event(user.id(), event.id, Some(version(&form)))
        .await;
    match deleted {
        Ok(()) => Ok(FlashMessage::EventDeleted.then("/").into_response()),
        Err(DeleteEventError::Stale) => {
            let now = find_own(&app.planner, &user, &id).await?;
            let page = DeleteEvent::new(layout, now, true);
            Ok(Page::refused(Problem::STALE_STATUS, page).into_response())
        }
        Err(DeleteEventError::Own(OwnEventError::NotFound)) => {
            Ok(FlashMessage::EventDeleted.then("/").into_response())
        }
        Err(error) => Err(event_errors::delete_event(error)),
    }
}
