//! Unlisting or deleting the event of another user, with a reason.

use askama::Template;
use axum::response::{IntoResponse, Response};
use guestlist_axum::{Admin, CurrentUser, FieldError, OwnForm, Problem, Reauthenticated};
use planner::{EventId, ShownEvent, Visibility};

use crate::{
    admin::{EventAction, Reason},
    app::{App, SeenApp},
    id_in_path::IdInPath,
    pages::{
        assets,
        filled::Filled,
        flash::FlashMessage,
        page::{Page, Refusal},
        visit::{FormVisit, Layout},
    },
};

#[derive(Template)]
#[template(path = "admin/event.html")]
struct OneEvent {
    layout: Layout,
    form: Filled,
    id: String,
    title: String,
    description: String,
    creator: String,
    creator_email: String,
    is_unlisted: bool,
    /// Whether the creator is disabled, so that other users do not see the event.
    is_hidden: bool,
}

impl OneEvent {
    fn new(layout: Layout, form: Filled, shown: ShownEvent) -> Self {
        let ShownEvent { event, creator } = shown;
        Self {
            layout,
            form,
            id: event.id.to_string(),
            title: event.fields.title,
            description: event.fields.description,
            creator: event.creator.to_string(),
            creator_email: creator.email.to_string(),
            is_unlisted: event.fields.visibility == Visibility::Unlisted,
            is_hidden: creator.is_disabled,
        }
    }
}

/// `GET /admin/events/{id}`
pub(super) async fn show_event(
    SeenApp(app): SeenApp,
    _: Admin<CurrentUser>,
    IdInPath(id): IdInPath,
    FormVisit(layout): FormVisit,
) -> Result<Response, Problem> {
    let shown = find(&app, read(&id)?).await?;
    let form = layout.refill(Filled::default());
    Ok(Page::private(OneEvent::new(layout, form, shown)).into_response())
}

/// `POST /admin/events/{id}`: does what the pressed button names.
pub(super) async fn moderate_event(
    SeenApp(app): SeenApp,
    Admin(admin): Admin<CurrentUser>,
    _: Reauthenticated<CurrentUser>,
    IdInPath(id): IdInPath,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let (action, done, page) = match form.get("change") {
        Some("unlist") => (
            EventAction::Unlist,
            FlashMessage::EventUnlisted,
            format!("/admin/events/{id}"),
        ),
        Some("delete") => (
            EventAction::Delete,
            FlashMessage::EventDeleted,
            "/admin/events".to_owned(),
        ),
        _ => {
            let detail = "the form does not say what to change";
            return Err(Problem::bad_request("invalid_request", detail));
        }
    };
    let reason = match Reason::parse(form.get("reason").unwrap_or_default()) {
        Ok(reason) => reason,
        Err(words) => {
            let wrong = FieldError::new("/reason", "invalid", format!("the reason {words}"));
            let problem = Problem::invalid(vec![wrong]);
            let refusal = Refusal::from(&problem);
            let form = Filled::kept(&form, &["reason", "change"]).refused(problem, "reason")?;
            let shown = find(&app, id).await?;
            return Ok(Page::refused(refusal, OneEvent::new(layout, form, shown)).into_response());
        }
    };
    let moderated = app.moderate_event(admin.id(), id, action, &reason).await;
    match moderated {
        // The form was sent twice.
        Err(problem) if problem.code() == "not_found" && done == FlashMessage::EventDeleted => {}
        moderated => moderated?,
    }
    Ok(done.then(&page).into_response())
}

/// An invalid id names no event.
fn read(id: &str) -> Result<EventId, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}

async fn find(app: &App, id: EventId) -> Result<ShownEvent, Problem> {
    let shown = app.planner.find_any_event(id).await?;
    shown.ok_or_else(Problem::not_found)
}
