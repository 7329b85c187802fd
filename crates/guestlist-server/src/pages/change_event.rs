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
    visit::{FormVisit, Frame, MemberVisit},
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
    form: Filled,
    /// Where what was typed is not what somebody has stored meanwhile.
    differences: Vec<Difference>,
}

/// `GET /events/{id}/edit`: the form, for the creator.
pub(super) async fn form(
    State(app): State<App>,
    MemberVisit(frame, user): MemberVisit,
    IdInPath(id): IdInPath,
) -> Result<Page<ChangeEvent>, Problem> {
    // What the form was made from stays what it was.
    let seen = frame.typed("version").and_then(|text| text.parse().ok());
    let (form, version) = match user {
        Some(user) => {
            let event = own(&app, &user, &id).await?;
            let form = EventForm::stored(&event.fields).filled(Vec::new());
            (form, event.version)
        }
        None => (Filled::default(), Version(0)),
    };
    let page = ChangeEvent {
        id,
        version: seen.unwrap_or(version.0),
        form: frame.refill(form),
        differences: Vec::new(),
        frame,
    };
    Ok(Page::private(page).filled_in())
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
    let form = EventForm::typed(&sent);
    let seen = version(&sent);
    let again = |frame, status: StatusCode, event: &Event, wrongs: Vec<Wrong>| {
        let is_stale = seen != event.version;
        let stored = EventForm::stored(&event.fields);
        let page = ChangeEvent {
            frame,
            id: event.id.to_string(),
            version: event.version.0,
            form: form.filled(wrongs),
            differences: if is_stale {
                form.differences(&stored)
            } else {
                Vec::new()
            },
        };
        Page::refused(status, page).filled_in().into_response()
    };
    let unprocessable = Problem::invalid(Vec::new()).status();
    let changes = match form.changes(&event.fields) {
        Ok(changes) => changes,
        Err(wrongs) => return Ok(again(frame, unprocessable, &event, wrongs)),
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
            // It was sent twice.
            if form.differences(&EventForm::stored(&now.fields)).is_empty() {
                let address = format!("/events/{id}");
                return Ok(Done::EventChanged.then(&address).into_response());
            }
            Ok(again(frame, Problem::stale().status(), &now, Vec::new()))
        }
        Err(ChangeEventError::Invalid(invalid)) => {
            Ok(again(frame, unprocessable, &event, said(&invalid)))
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
