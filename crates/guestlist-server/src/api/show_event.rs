//! Showing one event.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header::ETAG},
    response::{IntoResponse, Response},
};
use guestlist_axum::{Json, Problem, ProblemBody};
use planner::Planner;

use crate::{
    event_body::{EventBody, etag_header},
    event_in_path::find,
    id_in_path::IdInPath,
};

use super::if_match::is_known;

/// `GET /api/v1/events/{id}`: shows one event. An unlisted one is shown by its id.
#[utoipa::path(
    get, path = "/api/v1/events/{id}", tag = "events", operation_id = "show_event",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "The event", body = EventBody, headers(("ETag" = String))),
        (status = 304, description = "`If-None-Match` names the current version"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn show_event(
    State(planner): State<Planner>,
    IdInPath(id): IdInPath,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let shown = find(&planner, &id).await?;
    let etag = [(ETAG, etag_header(shown.event.version))];
    if is_known(&headers, &shown.event) {
        return Ok((StatusCode::NOT_MODIFIED, etag).into_response());
    }
    Ok((etag, Json(EventBody::from(shown))).into_response())
}
