//! Deleting an event.

use axum::{extract::State, http::StatusCode};
use guestlist_axum::{CurrentUser, Delegated, Problem, ProblemBody};
use planner::Planner;

use crate::{event_errors, event_in_path::find, id_in_path::IdInPath};

use super::if_match::IfMatch;

/// `DELETE /api/v1/events/{id}`: deletes an event of the caller, if `If-Match` names its version.
#[utoipa::path(
    delete, path = "/api/v1/events/{id}", tag = "events", operation_id = "delete_event",
    params(("id" = String, Path), ("If-Match" = String, Header, description = "The ETag that the client last saw")),
    responses(
        (status = 204, description = "The event is deleted"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json",
            description = "An `If-Match` that is no list of entity tags"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "Another user's event, or a personal access token that may only read"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn delete_event(
    State(planner): State<Planner>,
    Delegated(user): Delegated<CurrentUser>,
    IdInPath(id): IdInPath,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let seen = find(&planner, &id).await?.event;
    let expected = if_match.expected(&seen)?;
    let deleted = planner.delete_event(user.id(), seen.id, expected).await;
    deleted.map_err(event_errors::delete_event)?;
    Ok(StatusCode::NO_CONTENT)
}
