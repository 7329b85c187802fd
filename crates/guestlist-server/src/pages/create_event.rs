//! Creating an event.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use guestlist_axum::{CurrentUser, OwnForm, Problem};
use planner::{CreateEventError, RequestKey, Visibility};

use super::{
    assets,
    event_form::{EventForm, field_errors},
    filled::Filled,
    flash::FlashMessage,
    page::{Page, Refusal},
    visit::{FormVisit, Layout, MemberVisit},
};
use crate::{app::App, event_errors};

#[derive(Template)]
#[template(path = "create_event.html")]
pub(super) struct CreateEvent {
    layout: Layout,
    form: Filled,
    /// The event that the same form already created with other values.
    made: Option<String>,
}

/// `GET /events/new`
pub(super) async fn form(
    State(app): State<App>,
    MemberVisit(layout, _): MemberVisit,
) -> Page<CreateEvent> {
    // A field of a form that is shown again stays empty if it did not arrive. A default in its
    // place could publish an event that its creator wanted unlisted.
    let form = match layout.note() {
        None => EventForm::empty(app.planner.time_zone()),
        Some(_) => EventForm::default(),
    };
    let mut form = form.filled(Vec::new());
    if layout.typed("time_zone").is_none() {
        // The script may set the visitor's own time zone.
        form = form.with("is_fresh", "yes");
    }
    let form = layout.refill(keyed(form, None));
    let page = CreateEvent {
        layout,
        form,
        made: None,
    };
    Page::private(page).filled_in()
}

/// `POST /events/new`: creates an event. Its creator is the signed-in user. The form carries a key,
/// so that sending it twice creates one event.
pub(super) async fn create_event(
    State(app): State<App>,
    user: CurrentUser,
    FormVisit(layout): FormVisit,
    OwnForm(sent): OwnForm,
) -> Result<Response, Problem> {
    let mut form = EventForm::typed(&sent);
    let key = sent
        .get("key")
        .and_then(|key| key.parse::<RequestKey>().ok());
    let again = |layout, refusal: Refusal, form: Filled, made| {
        let page = CreateEvent { layout, form, made };
        Page::refused(refusal, page).filled_in().into_response()
    };
    let draft = match form.draft(app.planner.time_zone()) {
        Ok(draft) => draft,
        Err(wrongs) => {
            let form = keyed(form.filled(wrongs), key.as_ref());
            return Ok(again(layout, Problem::INVALID_STATUS.into(), form, None));
        }
    };
    let made = match &key {
        Some(key) => app.planner.create_event_once(user.id(), key, &draft).await,
        None => app.planner.create_event(user.id(), &draft).await,
    };
    match made {
        Ok(event) => {
            let done = match event.fields.visibility {
                Visibility::Public => FlashMessage::EventCreated,
                Visibility::Unlisted => FlashMessage::UnlistedEventCreated,
            };
            Ok(done.then(&format!("/events/{}", event.id)).into_response())
        }
        Err(CreateEventError::Invalid(invalid)) => {
            let form = keyed(form.filled(field_errors(&invalid)), key.as_ref());
            Ok(again(layout, Problem::INVALID_STATUS.into(), form, None))
        }
        Err(CreateEventError::KeyUsed(before)) => {
            let form = keyed(form.filled(Vec::new()), None);
            Ok(again(
                layout,
                Problem::INVALID_STATUS.into(),
                form,
                Some(before.to_string()),
            ))
        }
        Err(error @ CreateEventError::TooMany(_)) => {
            let problem = event_errors::create_event(error);
            let refusal = Refusal::from(&problem);
            let form = keyed(form.filled(Vec::new()), key.as_ref()).refused(problem, "title")?;
            Ok(again(layout, refusal, form, None))
        }
        Err(error @ CreateEventError::Store(_)) => Err(event_errors::create_event(error)),
    }
}

/// Returns the form with that key, or with a new one.
fn keyed(form: Filled, key: Option<&RequestKey>) -> Filled {
    match key {
        Some(key) => form.with("key", key.as_str()),
        None => form.with("key", RequestKey::random().as_str()),
    }
}
