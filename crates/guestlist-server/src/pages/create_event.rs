//! Planning an event.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use guestlist_axum::{CurrentUser, OwnForm, Problem};
use planner::CreateEventError;

use super::{
    assets,
    done::Done,
    event_form::{EventForm, said},
    filled::{Filled, Wrong},
    page::Page,
    visit::{FormVisit, Frame},
};
use crate::{api::refusal, app::App};

#[derive(Template)]
#[template(path = "create_event.html")]
pub(super) struct CreateEvent {
    frame: Frame,
    form: Filled,
}

/// `GET /events/new`
pub(super) async fn form(
    State(app): State<App>,
    _: CurrentUser,
    FormVisit(frame): FormVisit,
) -> Page<CreateEvent> {
    let form = EventForm::empty(app.planner.time_zone()).filled(Vec::new());
    // A script may put the visitor's own zone in.
    let form = form.with("is_fresh", "yes");
    Page::private(CreateEvent { frame, form })
}

/// `POST /events/new`: makes an event, whose creator is whoever is signed in.
pub(super) async fn create_event(
    State(app): State<App>,
    user: CurrentUser,
    FormVisit(frame): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let mut form = EventForm::typed(&form);
    let fields = form.fields(app.planner.time_zone());
    let again = |frame, wrongs: Vec<Wrong>| {
        let form = form.filled(wrongs);
        Page::refused(
            Problem::invalid(Vec::new()).status(),
            CreateEvent { frame, form },
        )
    };
    let fields = match fields {
        Ok(fields) => fields,
        Err(wrongs) => return Ok(again(frame, wrongs).into_response()),
    };
    match app.planner.create_event(user.id(), fields).await {
        Ok(event) => {
            let address = format!("/events/{}", event.id);
            Ok(Done::EventMade.then(&address).into_response())
        }
        Err(CreateEventError::Invalid(invalid)) => Ok(again(frame, said(&invalid)).into_response()),
        Err(error @ CreateEventError::TooMany(_)) => {
            let problem = refusal::create_event(error);
            let status = problem.status();
            let form = form.filled(Vec::new()).refused(problem, "title")?;
            Ok(Page::refused(status, CreateEvent { frame, form }).into_response())
        }
        Err(error) => Err(refusal::create_event(error)),
    }
}
