//! Creating an event.

use axum::{
    extract::{OriginalUri, State},
    http::{
        HeaderValue, StatusCode,
        header::{ETAG, LOCATION},
    },
    response::IntoResponse,
};
use guestlist_axum::{CurrentUser, Delegated, Json, Problem, ProblemBody, Unchecked};
use planner::{Planner, shown_name};

use super::event::NewEvent;
use crate::{
    event_body::{EventBody, etag_header},
    event_errors,
};

/// `POST /api/v1/events`: creates an event. Its creator is the caller.
#[utoipa::path(
    post, path = "/api/v1/events", tag = "events", operation_id = "create_event", request_body = NewEvent,
    responses(
        (status = 201, description = "The new event", body = EventBody, headers(("Location" = String), ("ETag" = String))),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "A personal access token that may only read, or `too_many_events`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn create_event(
    State(planner): State<Planner>,
    Delegated(user): Delegated<CurrentUser>,
    OriginalUri(address): OriginalUri,
    new: Unchecked<NewEvent>,
) -> Result<impl IntoResponse, Problem> {
    let draft = new.check(|new, mistakes| Some(new.draft(planner.time_zone(), mistakes)))?;
    let event = planner
        .create_event(user.id(), &draft)
        .await
        .map_err(event_errors::create_event)?;
    let location = format!("{}/{}", address.path(), event.id);
    let location = HeaderValue::from_str(&location).map_err(|_| Problem::internal())?;
    let creator_name = shown_name(user.user().name.as_ref());
    let headers = [(LOCATION, location), (ETAG, etag_header(event.version))];
    Ok((
        StatusCode::CREATED,
        headers,
        Json(EventBody::new(event, creator_name)),
    ))
}
