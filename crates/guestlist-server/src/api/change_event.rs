//! Changing an event.

use axum::{extract::State, http::header::ETAG, response::IntoResponse};
use guestlist_axum::{CurrentUser, Delegated, Json, Problem, ProblemBody, Unchecked};
use planner::Planner;

use crate::{
    event_body::{EventBody, etag_header},
    event_errors,
    event_in_path::find,
    id_in_path::IdInPath,
};

use super::{event::EventPatch, if_match::IfMatch};

/// `PATCH /api/v1/events/{id}`: changes an event of the caller, if `If-Match` names its version.
#[utoipa::path(
    patch, path = "/api/v1/events/{id}", tag = "events", operation_id = "change_event",
    params(("id" = String, Path), ("If-Match" = String, Header, description = "The ETag that the client last saw")),
    request_body(content = EventPatch, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The event as it is now", body = EventBody, headers(("ETag" = String))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json",
            description = "The request is malformed, or its parts contradict each other: also an `If-Match` that is no list of entity tags"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "Another user's event, or a personal access token that may only read"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, body = ProblemBody, content_type = "application/problem+json",
            description = "The event was changed in the meantime"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, body = ProblemBody, content_type = "application/problem+json",
            description = "`If-Match` is missing"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn change_event(
    State(planner): State<Planner>,
    Delegated(user): Delegated<CurrentUser>,
    IdInPath(id): IdInPath,
    if_match: IfMatch,
    patch: Unchecked<EventPatch>,
) -> Result<impl IntoResponse, Problem> {
    let seen = find(&planner, &id).await?.event;
    let expected = if_match.expected(&seen)?;
    let changes = patch.check(|patch, mistakes| {
        let zone = planner.time_zone();
        Some(patch.changes(&seen.fields, zone, mistakes))
    })?;
    let changed = planner
        .change_event(user.id(), seen.id, expected, &changes)
        .await;
    let shown = changed.map_err(event_errors::change_event)?;
    let etag = [(ETAG, etag_header(shown.event.version))];
    Ok((etag, Json(EventBody::from(shown))))
}
