//! Changing an event.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use guestlist_axum::{CurrentUser, Form, OwnForm, Problem};
use planner::{ChangeEventError, Event, Version};

use super::{
    assets,
    event_form::{Difference, EventForm, field_errors},
    filled::{Filled, Wrong},
    flash::FlashMessage,
    page::Page,
    visit::{FormVisit, Layout, MemberVisit},
};
use crate::{app::App, event_errors, event_in_path::find_own, id_in_path::IdInPath};

/// How often a form is put together with an event that changes at the same moment.
const TRIES: u32 = 3;

#[derive(Template)]
#[template(path = "change_event.html")]
pub(super) struct ChangeEvent {
    layout: Layout,
    id: String,
    /// The stored version, from which the next try is made.
    version: i64,
    /// Marks of what the form would show of the stored event.
    shown: String,
    form: Filled,
    /// The fields that are not saved, because they were changed elsewhere, too.
    differences: Vec<Difference>,
}

/// `GET /events/{id}/edit`: shows the form to the creator.
pub(super) async fn form(
    State(app): State<App>,
    MemberVisit(layout, user): MemberVisit,
    IdInPath(id): IdInPath,
) -> Result<Page<ChangeEvent>, Problem> {
    // A form that is shown again keeps the version that it was made from.
    let seen = layout.typed("version").and_then(|text| text.parse().ok());
    let shown = layout.typed("shown").map(str::to_owned);
    let (form, version, marks) = match user {
        Some(user) => {
            let event = find_own(&app.planner, &user, &id).await?;
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
        form: layout.refill(form),
        differences: Vec::new(),
        layout,
    };
    Ok(Page::private(page).filled_in())
}

/// `POST /events/{id}/edit`: changes the fields that were changed in the form. If the event has
/// changed since the form was shown, the fields that were not changed in the form keep what is
/// stored. A field that was changed on both sides is shown with both values.
pub(super) async fn change_event(
    State(app): State<App>,
    user: CurrentUser,
    FormVisit(layout): FormVisit,
    IdInPath(id): IdInPath,
    OwnForm(sent): OwnForm,
) -> Result<Response, Problem> {
    let zone = app.planner.time_zone();
    let seen = version(&sent);
    let marks = sent.get("shown").unwrap_or_default();
    let again = |layout, form: &EventForm, event: &Event, wrongs: Vec<Wrong>, places: &[usize]| {
        let stored = EventForm::stored(&event.fields, zone);
        let refusal = if places.is_empty() {
            Problem::INVALID_STATUS
        } else {
            Problem::STALE_STATUS
        };
        let page = ChangeEvent {
            layout,
            id: event.id.to_string(),
            version: event.version.0,
            shown: stored.marks(),
            form: form.filled(wrongs),
            differences: form.differences(&stored, places),
        };
        Page::refused(refusal, page).filled_in().into_response()
    };
    let mut tries = 0..TRIES;
    loop {
        let event = find_own(&app.planner, &user, &id).await?;
        let stored = EventForm::stored(&event.fields, zone);
        let mut form = EventForm::sent_back(&sent, &event.fields, zone);
        if seen != event.version {
            let merged = form.merged(&stored, marks);
            form = merged.form;
            if !merged.conflicts.is_empty() {
                return Ok(again(layout, &form, &event, Vec::new(), &merged.conflicts));
            }
        }
        let changes = match form.changes(&event.fields, zone) {
            Ok(changes) => changes,
            Err(wrongs) => return Ok(again(layout, &form, &event, wrongs, &[])),
        };
        let changed = app
            .planner
            .change_event(user.id(), event.id, Some(event.version), &changes)
            .await;
        match changed {
            Ok(_) => {
                let saved = FlashMessage::EventChanged.then(&format!("/events/{id}"));
                return Ok(saved.into_response());
            }
            // Another change came first: the form is put together with its result.
            Err(ChangeEventError::Stale) if tries.next().is_some() => {}
            Err(ChangeEventError::Invalid(invalid)) => {
                let wrongs = field_errors(&invalid);
                return Ok(again(layout, &form, &event, wrongs, &[]));
            }
            Err(error) => return Err(event_errors::change_event(error)),
        }
    }
}

/// Returns the version that a form was made from, or a version that no event has if the form does
/// not name one.
pub(super) fn version(form: &Form) -> Version {
    let version = form.get("version").and_then(|text| text.parse().ok());
    Version(version.unwrap_or_default())
}
