//! Changing an event.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use guestlist_axum::{CurrentUser, Form, OwnForm, Problem};
use planner::{ChangeEventError, Event, Version};

use super::{
    assets,
    done::Done,
    event_form::{Difference, EventForm, said},
    filled::{Filled, Wrong},
    page::Page,
    visit::{FormVisit, Frame},
};
use crate::{
    api::{refusal, show_event::find},
    app::App,
    id_in_path::IdInPath,
};

#[derive(Template)]
#[template(path = "change_event.html")]
pub(super) struct ChangeEvent {
    frame: Frame,
    id: String,
    /// Of what is stored, from which the next try is made.
    version: i64,
    /// What the form would show of what is stored, in marks.
    shown: String,
    form: Filled,
    /// Where what was typed is not what somebody has stored meanwhile.
    differences: Vec<Difference>,
}

/// `GET /events/{id}/edit`: the form, for the creator.
pub(super) async fn form(
    State(app): State<App>,
    user: CurrentUser,
    FormVisit(frame): FormVisit,
    IdInPath(id): IdInPath,
) -> Result<Page<ChangeEvent>, Problem> {
    let event = own(&app, &user, &id).await?;
    let form = EventForm::stored(&event.fields, app.planner.time_zone());
    Ok(Page::private(ChangeEvent {
        frame,
        id,
        version: event.version.0,
        shown: form.marks(),
        form: form.filled(Vec::new()),
        differences: Vec::new(),
    }))
}

/// `POST /events/{id}/edit`: changes the event, if it still is as the form has shown it. If it is not, what
/// was typed stays in the form, and beside it stands what is stored now.
pub(super) async fn change_event(
    State(app): State<App>,
    user: CurrentUser,
    FormVisit(frame): FormVisit,
    IdInPath(id): IdInPath,
    OwnForm(sent): OwnForm,
) -> Result<Response, Problem> {
    let event = own(&app, &user, &id).await?;
    let zone = app.planner.time_zone();
    let mut form = EventForm::sent_back(&sent, &event.fields, zone);
    let seen = version(&sent);
    let again = |frame, form: &EventForm, status: StatusCode, event: &Event, wrongs: Vec<Wrong>| {
        let is_stale = seen != event.version;
        let stored = EventForm::stored(&event.fields, zone);
        let page = ChangeEvent {
            frame,
            id: event.id.to_string(),
            version: event.version.0,
            shown: stored.marks(),
            form: if is_stale {
                let marks = sent.get("shown").unwrap_or_default();
                form.over(&stored, marks).filled(wrongs)
            } else {
                form.filled(wrongs)
            },
            differences: if is_stale {
                form.differences(&stored)
            } else {
                Vec::new()
            },
        };
        Page::refused(status, page).into_response()
    };
    if seen != event.version {
        let stale = Problem::stale().status();
        return Ok(again(frame, &form, stale, &event, Vec::new()));
    }
    let unprocessable = Problem::invalid(Vec::new()).status();
    let changes = match form.changes(&event.fields, zone) {
        Ok(changes) => changes,
        Err(wrongs) => return Ok(again(frame, &form, unprocessable, &event, wrongs)),
    };
    let changed = app
        .planner
        .change_event(user.id(), event.id, Some(seen), &changes)
        .await;
    match changed {
        Ok(_) => {
            let address = format!("/events/{id}");
            Ok(Done::EventChanged.then(&address).into_response())
        }
        Err(ChangeEventError::Stale) => {
            let now = own(&app, &user, &id).await?;
            let stale = Problem::stale().status();
            Ok(again(frame, &form, stale, &now, Vec::new()))
        }
        Err(ChangeEventError::Invalid(invalid)) => {
            let wrongs = said(&invalid);
            Ok(again(frame, &form, unprocessable, &event, wrongs))
        }
        Err(error) => Err(refusal::change_event(error)),
    }
}

/// The event, if the planner would let that user change it.
pub(super) async fn own(app: &App, user: &CurrentUser, id: &str) -> Result<Event, Problem> {
    let event = find(&app.planner, id).await?.event;
    if event.creator == user.id() {
        Ok(event)
    } else {
        Err(refusal::change_event(ChangeEventError::NotCreator))
    }
}

/// The version that a form was made from; one that no event has, if it does not say.
pub(super) fn version(form: &Form) -> Version {
    let version = form.get("version").and_then(|text| text.parse().ok());
    Version(version.unwrap_or_default())
}
