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
    /// What the form would show of what is stored, in marks.
    shown: String,
    form: Filled,
    /// Where what was typed is not what somebody has stored meanwhile.
    differences: Vec<Difference>,
}

/// `GET /events/{id}/edit`: shows the form to the creator.
pub(super) async fn form(
    State(app): State<App>,
    MemberVisit(frame, user): MemberVisit,
    IdInPath(id): IdInPath,
) -> Result<Page<ChangeEvent>, Problem> {
    // What the form was made from stays what it was.
    let seen = frame.typed("version").and_then(|text| text.parse().ok());
    let shown = frame.typed("shown").map(str::to_owned);
    let (form, version, marks) = match user {
        Some(user) => {
            let event = own(&app, &user, &id).await?;
            let stored = EventForm::stored(&event.fields, app.planner.time_zone());
            let marks = stored.marks();
            (stored.filled(Vec::new()), event.version, marks)
        }
        None => (Filled::default(), Version(0), String::new()),
    };
    let page = ChangeEvent {
        id,
        version: seen.unwrap_or(version.0),
        shown: shown.unwrap_or(marks),
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
        Page::refused(status, page).filled_in().into_response()
    };
    // A form that was sent twice says what is stored already.
    let is_done = |form: &EventForm, event: &Event| {
        let stored = EventForm::stored(&event.fields, zone);
        form.differences(&stored).is_empty()
    };
    let saved = || Done::EventChanged.then(&format!("/events/{id}"));
    let stale = Problem::stale().status();
    if seen != event.version {
        if is_done(&form, &event) {
            return Ok(saved().into_response());
        }
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
        Ok(_) => Ok(saved().into_response()),
        Err(ChangeEventError::Stale) => {
            let now = own(&app, &user, &id).await?;
            if is_done(&form, &now) {
                return Ok(saved().into_response());
            }
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
