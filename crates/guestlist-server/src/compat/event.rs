//! `/event/`: the same events as in the API, with the seven members of the original.

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{Method, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use guestlist::StoreError;
use guestlist_axum::{
    CurrentUser, Delegated, FieldError, Json, JsonError, Problem, Unchecked, ValidationError,
};
use planner::{
    ChangeEventError, CreateEventError, DeleteEventError, EventChanges, EventDraft, EventFilter,
    EventId, EventSort, ImageRule, InvalidEvent, OwnEventError, Page, Planner, Position,
    ProblemCode, ShownEvent,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    event_errors, head,
    id_in_path::IdInPath,
    serve::{CountedElsewhere, Room},
};

use super::answer::{CompatError, Detail, Message, ValidationDetail, message};

/// An event with the members of the original, in their order.
#[derive(Serialize, ToSchema)]
#[schema(as = BookEvent)]
pub(crate) struct Event {
    _id: String,
    /// The creator's e-mail address. If the server hides addresses, the creator's name or `a member`.
    creator: String,
    title: String,
    image: String,
    description: String,
    tags: Vec<String>,
    location: String,
}

impl Event {
    /// Builds the body, with the creator's e-mail address if `shows_email`.
    fn new(shown: ShownEvent, shows_email: bool) -> Self {
        let creator = if shows_email {
            shown.creator.email.to_string()
        } else {
            shown.creator.shown_name().to_owned()
        };
        let fields = shown.event.fields;
        Self {
            _id: shown.event.id.to_string(),
            creator,
            title: fields.title,
            image: fields.image.unwrap_or_default(),
            description: fields.description,
            tags: fields.tags,
            location: fields.location.unwrap_or_default(),
        }
    }
}

/// A new event. Its creator is the caller; other members are dropped.
#[derive(Deserialize, ToSchema)]
#[schema(as = BookNewEvent)]
pub(crate) struct NewEvent {
    #[schema(example = "FastAPI Book Launch")]
    title: String,
    #[schema(example = "https://linktomyimage.com/image.png")]
    image: String,
    #[schema(example = "We will be discussing the contents of the FastAPI book in this event.")]
    description: String,
    #[schema(example = json!(["python", "fastapi", "book", "launch"]))]
    tags: Vec<String>,
    #[schema(example = "Google Meet")]
    location: String,
}

/// A change. A member that is left out or `null` stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = BookEventUpdate, example = json!({ "title": "FastAPI Book Launch, again" }))]
pub(crate) struct EventUpdate {
    title: Option<String>,
    image: Option<String>,
    description: Option<String>,
    tags: Option<Vec<String>>,
    location: Option<String>,
}

/// The members of [`NewEvent`] and [`EventUpdate`], in their order.
const MEMBERS: [&str; 5] = ["title", "image", "description", "tags", "location"];
/// The largest batch, in events.
const BATCH: u32 = 100;
const NOT_THERE: &str = "Event with supplied ID does not exist";

/// `GET /event/`: lists all public events in the order of their creation.
#[utoipa::path(
    get, path = "/event/", tag = "compat", operation_id = "compat_list_events",
    responses((status = 200, description = "All public events", body = Vec<Event>)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    method: Method,
    room: Room,
) -> Result<Response, Problem> {
    let mime = [(CONTENT_TYPE, "application/json")];
    if method == Method::HEAD {
        return Ok((mime, head::unmade_body()).into_response());
    }
    let (planner, shows_email) = (app.planner.clone(), app.shows_creator_email);
    // The list has no limit and no pages, so it is read and sent in batches. A batch has at most
    // `limits.list_bytes`. It is read when the client has taken the previous one and there is
    // memory for it.
    let more = room.more();
    let (first, after) = spelled(page(&planner, None).await?, true, shows_email);
    let first = Some(room.filled_with(first));
    let batches = stream::try_unfold((planner, more, first, after), move |state| async move {
        Ok::<_, StoreError>(match state {
            (planner, more, Some(first), after) => Some((first, (planner, more, None, after))),
            (planner, more, None, Some(after)) => {
                let room = more.next().await;
                let batch = page(&planner, Some(&after)).await?;
                let (batch, after) = spelled(batch, false, shows_email);
                Some((room.filled_with(batch), (planner, more, None, after)))
            }
            (_, _, None, None) => None,
        })
    });
    let counted = Extension(CountedElsewhere);
    Ok((mime, counted, Body::from_stream(batches)).into_response())
}

async fn page(planner: &Planner, after: Option<&Position>) -> Result<Page, StoreError> {
    let filter = EventFilter {
        sort: EventSort::CreatedAt,
        ..EventFilter::default()
    };
    planner.list_events(&filter, after, BATCH).await
}

/// Serializes a batch of the list, with the brackets of the list before the first event and after
/// the last one. Returns the text, and the position where the list continues: `None` after the last
/// batch.
fn spelled(page: Page, is_first: bool, shows_email: bool) -> (String, Option<Position>) {
    let bytes = page.items.iter().map(|shown| shown.event.bytes()).sum();
    let mut text = String::with_capacity(bytes);
    text.push_str(if is_first { "[" } else { "" });
    for (number, shown) in page.items.into_iter().enumerate() {
        text.push_str(if is_first && number == 0 { "" } else { "," });
        let event = Event::new(shown, shows_email);
        text.push_str(&serde_json::to_string(&event).unwrap_or_default());
    }
    text.push_str(if page.next.is_none() { "]" } else { "" });
    (text, page.next)
}

/// `GET /event/{id}`: shows one event.
#[utoipa::path(
    get, path = "/event/{id}", tag = "compat", operation_id = "compat_show_event",
    params(("id" = String, Path)),
    responses((status = 200, description = "The event", body = Event), (status = 404, body = Detail), (status = 422, body = ValidationDetail)),
)]
pub(crate) async fn show(
    State(app): State<App>,
    IdInPath(id): IdInPath,
) -> Result<Json<Event>, CompatError> {
    let shown = app.planner.show_event(read_id(&id)?).await?;
    let shown = shown.ok_or(CompatError::NoEvent(NOT_THERE))?;
    Ok(Json(Event::new(shown, app.shows_creator_email)))
}

/// `POST /event/new`: creates an event of the caller.
#[utoipa::path(
    post, path = "/event/new", tag = "compat", operation_id = "compat_create_event", request_body = NewEvent,
    responses(
        (status = 200, description = "The event is created", body = Message), (status = 401, body = Detail),
        (status = 403, body = Detail, description = "A personal access token that may only read, or too many events"),
        (status = 422, body = ValidationDetail),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn new(
    State(planner): State<Planner>,
    Delegated(user): Delegated<CurrentUser>,
    new: Unchecked<NewEvent>,
) -> Result<Json<Message>, CompatError> {
    let draft = new.check(|new, mistakes| {
        let draft = EventDraft {
            title: new.title,
            description: new.description,
            image: Some(new.image),
            image_rule: ImageRule::AnyText,
            tags: new.tags,
            location: Some(new.location),
            ..EventDraft::default()
        };
        let check = || draft.check(planner.time_zone(), &[]);
        event_errors::add_others(mistakes, check, in_pydantics_words);
        Some(draft)
    })?;
    match planner.create_event(user.id(), &draft).await {
        Ok(_) => Ok(message("Event created successfully")),
        Err(CreateEventError::Invalid(error)) => Err(invalid(&error)),
        Err(error) => Err(event_errors::create_event(error).into()),
    }
}

/// `PUT /event/{id}`: changes an event of the caller.
#[utoipa::path(
    put, path = "/event/{id}", tag = "compat", operation_id = "compat_change_event",
    params(("id" = String, Path)), request_body = EventUpdate,
    responses(
        (status = 200, description = "The event as it is now", body = Event), (status = 400, body = Detail), (status = 401, body = Detail),
        (status = 403, body = Detail, description = "A personal access token that may only read"), (status = 404, body = Detail), (status = 422, body = ValidationDetail),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn change(
    State(app): State<App>,
    Delegated(user): Delegated<CurrentUser>,
    IdInPath(id): IdInPath,
    update: Unchecked<EventUpdate>,
) -> Result<Json<Event>, CompatError> {
    let changes = update.check(|update, mistakes| {
        let changes = EventChanges {
            title: update.title,
            image: update.image.map(Some),
            image_rule: ImageRule::AnyText,
            description: update.description,
            tags: update.tags,
            location: update.location.map(Some),
            ..EventChanges::default()
        };
        let check = || changes.check_alone(app.planner.time_zone());
        event_errors::add_others(mistakes, check, in_pydantics_words);
        Some(changes)
    });
    // Mistakes in the address and in the body are told together.
    let (id, changes) = match (id.parse(), changes) {
        (Ok(id), changes) => (id, changes?),
        (Err(_), Err(JsonError::Data(errors))) => {
            let errors = errors.iter();
            let errors = errors.map(|error| ValidationError::new("body", error));
            let all = std::iter::once(malformed_id()).chain(errors);
            return Err(CompatError::Invalid(all.collect()));
        }
        (Err(_), changes) => {
            changes?;
            return Err(CompatError::Invalid(vec![malformed_id()]));
        }
    };
    match app
        .planner
        .change_event(user.id(), id, None, &changes)
        .await
    {
        Ok(shown) => Ok(Json(Event::new(shown, app.shows_creator_email))),
        Err(ChangeEventError::Own(error)) => Err(not_own(error, NOT_THERE)),
        Err(ChangeEventError::Invalid(error)) => Err(invalid(&error)),
        Err(ChangeEventError::Stale) => Err(Problem::busy().into()),
        Err(ChangeEventError::Store(error)) => Err(error.into()),
    }
}

/// `DELETE /event/{id}`: deletes an event of the caller.
#[utoipa::path(
    delete, path = "/event/{id}", tag = "compat", operation_id = "compat_delete_event",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "The event is deleted", body = Message), (status = 400, body = Detail), (status = 401, body = Detail),
        (status = 403, body = Detail, description = "A personal access token that may only read"), (status = 404, body = Detail), (status = 422, body = ValidationDetail),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn delete(
    State(planner): State<Planner>,
    Delegated(user): Delegated<CurrentUser>,
    IdInPath(id): IdInPath,
) -> Result<Json<Message>, CompatError> {
    match planner.delete_event(user.id(), read_id(&id)?, None).await {
        Ok(()) => Ok(message("Event deleted successfully.")),
        Err(DeleteEventError::Own(error)) => Err(not_own(error, "Event not found")),
        Err(DeleteEventError::Stale) => Err(Problem::busy().into()),
        Err(DeleteEventError::Store(error)) => Err(error.into()),
    }
}

/// Refuses an address with another word in the place of an id.
pub(crate) async fn no_id() -> CompatError {
    CompatError::Invalid(vec![malformed_id()])
}

fn read_id(id: &str) -> Result<EventId, CompatError> {
    id.parse()
        .map_err(|_| CompatError::Invalid(vec![malformed_id()]))
}

fn malformed_id() -> ValidationError {
    let error = FieldError::new("/id", "invalid", "this is not the id of an event");
    ValidationError::new("path", &error)
}

/// Refuses an event that the user may not change. `not_there` is the text for an event that does
/// not exist.
fn not_own(error: OwnEventError, not_there: &'static str) -> CompatError {
    match error {
        OwnEventError::NotFound => CompatError::NoEvent(not_there),
        OwnEventError::NotCreator => CompatError::NotAllowed,
        OwnEventError::Store(error) => error.into(),
    }
}

/// Refuses the event. The mistakes are in the order of the members, as they are if the body cannot
/// be read.
fn invalid(error: &InvalidEvent) -> CompatError {
    let mut errors = in_pydantics_words(error);
    errors.sort_by_key(|error| {
        let name = error.pointer.split('/').nth(1).unwrap_or_default();
        MEMBERS.iter().position(|member| *member == name)
    });
    CompatError::Problem(Problem::invalid(errors))
}

/// The mistakes, of which pydantic calls an empty text too short, and not missing.
fn in_pydantics_words(invalid: &InvalidEvent) -> Vec<FieldError> {
    let spelled = invalid.problems.iter().map(|problem| {
        let error = event_errors::field_error(problem);
        if problem.code == ProblemCode::Blank {
            let detail = "String should have at least 1 character";
            return FieldError::new(error.pointer, "string_too_short", detail);
        }
        error
    });
    spelled.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The events after a batch may be deleted before the next batch is read.
    #[test]
    fn a_list_with_an_empty_last_batch_is_valid_json() {
        let none = Page::default();
        assert_eq!(spelled(none.clone(), true, true), ("[]".to_owned(), None));
        assert_eq!(spelled(none, false, true), ("]".to_owned(), None));
    }
}
