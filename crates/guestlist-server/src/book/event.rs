//! `/event/`: the same events as everywhere, with the book's seven members.

use axum::{
    body::Body,
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use guestlist::StoreError;
use guestlist_axum::{CurrentUser, Delegated, FieldError, Json, Problem};
use planner::{
    ChangeEventError, CreateEventError, DeleteEventError, EventChanges, EventFields, EventFilter,
    EventId, EventSort, InvalidEvent, Page, Planner, Position, ShownEvent, Visibility, When,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id_in_path::IdInPath;

use super::answer::{Detail, Message, Refusal, ValidationDetail, message};

/// An event, as the book shows it; the order of its members is the book's.
#[derive(Serialize, ToSchema)]
#[schema(as = BookEvent)]
pub(crate) struct Event {
    _id: String,
    /// The creator's e-mail address.
    creator: String,
    title: String,
    image: String,
    description: String,
    tags: Vec<String>,
    location: String,
}

impl From<ShownEvent> for Event {
    fn from(shown: ShownEvent) -> Self {
        let fields = shown.event.fields;
        Self {
            _id: shown.event.id.to_string(),
            creator: shown.creator_email.to_string(),
            title: fields.title,
            image: fields.image.unwrap_or_default(),
            description: fields.description,
            tags: fields.tags,
            location: fields.location.unwrap_or_default(),
        }
    }
}

/// A new event. Its creator is whoever calls; other members are dropped.
#[derive(Deserialize, ToSchema)]
#[schema(as = BookNewEvent)]
pub(crate) struct NewEvent {
    #[schema(example = "FastAPI Book Launch")]
    title: String,
    #[schema(example = "https://linktomyimage.com/image.png")]
    image: String,
    description: String,
    tags: Vec<String>,
    #[schema(example = "Google Meet")]
    location: String,
}

/// What is to change. What is left out or `null` stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = BookEventUpdate)]
pub(crate) struct EventUpdate {
    title: Option<String>,
    image: Option<String>,
    description: Option<String>,
    tags: Option<Vec<String>>,
    location: Option<String>,
}

/// So many events are held in memory at once.
const BATCH: u32 = 100;
const NOT_THERE: &str = "Event with supplied ID does not exist";

/// `GET /event/`: all public events, in the order they were made.
#[utoipa::path(
    get, path = "/event/", tag = "book", operation_id = "book_list_events",
    responses((status = 200, body = Vec<Event>)),
)]
pub(crate) async fn list(State(planner): State<Planner>) -> Result<Response, Problem> {
    // The list has no end and no pages: it is read and sent a batch at a time, never held whole.
    let first = page(&planner, None).await?;
    let pages = stream::try_unfold(Some((first, '[')), move |state| {
        let planner = planner.clone();
        async move {
            let Some((page, before)) = state else {
                return Ok::<_, StoreError>(None);
            };
            let after = page.next;
            let mut text = spelled(page.items, before);
            let next = match after {
                Some(after) => Some((self::page(&planner, Some(&after)).await?, ',')),
                None => {
                    text.push(']');
                    None
                }
            };
            Ok(Some((text, next)))
        }
    });
    let mime = [(CONTENT_TYPE, "application/json")];
    Ok((mime, Body::from_stream(pages)).into_response())
}

async fn page(planner: &Planner, after: Option<&Position>) -> Result<Page, StoreError> {
    let filter = EventFilter {
        sort: EventSort::CreatedAt,
        ..EventFilter::default()
    };
    planner.list_events(&filter, after, BATCH).await
}

/// The events in JSON, each behind a comma, and the first behind what comes before it.
fn spelled(events: Vec<ShownEvent>, before: char) -> String {
    let mut text = String::new();
    let mut events = events.into_iter().map(Event::from).peekable();
    if events.peek().is_none() {
        text.push(before);
    }
    for (number, event) in events.enumerate() {
        text.push(if number == 0 { before } else { ',' });
        text.push_str(&serde_json::to_string(&event).unwrap_or_default());
    }
    text
}

/// `GET /event/{id}`: one event.
#[utoipa::path(
    get, path = "/event/{id}", tag = "book", operation_id = "book_show_event",
    params(("id" = String, Path)),
    responses((status = 200, body = Event), (status = 404, body = Detail), (status = 422, body = ValidationDetail)),
)]
pub(crate) async fn show(
    State(planner): State<Planner>,
    IdInPath(id): IdInPath,
) -> Result<axum::Json<Event>, Refusal> {
    let shown = planner.show_event(read_id(&id)?).await?;
    let shown = shown.ok_or(Refusal::NoEvent(NOT_THERE))?;
    Ok(axum::Json(shown.into()))
}

/// `POST /event/new`: makes an event, whose creator is whoever calls.
#[utoipa::path(
    post, path = "/event/new", tag = "book", operation_id = "book_create_event", request_body = NewEvent,
    responses((status = 200, body = Message), (status = 401, body = Detail), (status = 403, body = Detail), (status = 422, body = ValidationDetail)),
    security(("door" = [])),
)]
pub(crate) async fn new(
    State(planner): State<Planner>,
    Delegated(user): Delegated<CurrentUser>,
    Json(new): Json<NewEvent>,
) -> Result<axum::Json<Message>, Refusal> {
    let fields = EventFields {
        title: new.title,
        description: new.description,
        image: Some(new.image),
        tags: new.tags,
        location: Some(new.location),
        online_url: None,
        when: When::Undecided,
        capacity: None,
        visibility: Visibility::Public,
    };
    match planner.create_event(user.id(), fields).await {
        Ok(_) => Ok(message("Event created successfully")),
        Err(CreateEventError::Invalid(error)) => Err(invalid(error)),
        Err(CreateEventError::Store(error)) => Err(error.into()),
    }
}

/// `PUT /event/{id}`: changes an event of one's own.
#[utoipa::path(
    put, path = "/event/{id}", tag = "book", operation_id = "book_change_event",
    params(("id" = String, Path)), request_body = EventUpdate,
    responses(
        (status = 200, body = Event), (status = 400, body = Detail), (status = 401, body = Detail),
        (status = 403, body = Detail, description = "By a personal token to read"), (status = 404, body = Detail), (status = 422, body = ValidationDetail),
    ),
    security(("door" = [])),
)]
pub(crate) async fn change(
    State(planner): State<Planner>,
    Delegated(user): Delegated<CurrentUser>,
    IdInPath(id): IdInPath,
    Json(update): Json<EventUpdate>,
) -> Result<axum::Json<Event>, Refusal> {
    let changes = EventChanges {
        title: update.title,
        image: update.image.map(Some),
        description: update.description,
        tags: update.tags,
        location: update.location.map(Some),
        ..EventChanges::default()
    };
    match planner
        .change_event(user.id(), read_id(&id)?, None, &changes)
        .await
    {
        Ok(shown) => Ok(axum::Json(shown.into())),
        Err(ChangeEventError::NotFound) => Err(Refusal::NoEvent(NOT_THERE)),
        Err(ChangeEventError::NotCreator) => Err(Refusal::NotAllowed),
        Err(ChangeEventError::Invalid(error)) => Err(invalid(error)),
        Err(ChangeEventError::Stale) => Err(Problem::busy().into()),
        Err(ChangeEventError::Store(error)) => Err(error.into()),
    }
}

/// `DELETE /event/{id}`: deletes an event of one's own.
#[utoipa::path(
    delete, path = "/event/{id}", tag = "book", operation_id = "book_delete_event",
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Message), (status = 400, body = Detail), (status = 401, body = Detail),
        (status = 403, body = Detail, description = "By a personal token to read"), (status = 404, body = Detail), (status = 422, body = ValidationDetail),
    ),
    security(("door" = [])),
)]
pub(crate) async fn delete(
    State(planner): State<Planner>,
    Delegated(user): Delegated<CurrentUser>,
    IdInPath(id): IdInPath,
) -> Result<axum::Json<Message>, Refusal> {
    match planner.delete_event(user.id(), read_id(&id)?, None).await {
        Ok(()) => Ok(message("Event deleted successfully.")),
        Err(DeleteEventError::NotFound) => Err(Refusal::NoEvent("Event not found")),
        Err(DeleteEventError::NotCreator) => Err(Refusal::NotAllowed),
        Err(DeleteEventError::Stale) => Err(Problem::busy().into()),
        Err(DeleteEventError::Store(error)) => Err(error.into()),
    }
}

/// Where an id should stand, something else does.
pub(crate) async fn no_id() -> Refusal {
    malformed_id()
}

fn read_id(id: &str) -> Result<EventId, Refusal> {
    id.parse().map_err(|_| malformed_id())
}

fn malformed_id() -> Refusal {
    let error = FieldError::new("/id", "invalid", "this is no event's id");
    Refusal::Invalid("path", vec![error])
}

fn invalid(error: InvalidEvent) -> Refusal {
    Refusal::Problem(crate::api::refusal::invalid(error))
}
