//! `DELETE /sessions/{id}`.

use axum::{
    extract::{Path, rejection::PathRejection},
    http::StatusCode,
};
use guestlist::SessionId;

use crate::{CurrentSession, Private, Problem, ProblemBody, SeenFrom};

/// `DELETE /sessions/{id}`: ends one of the user's sessions. The answer is the same for an unknown
/// session and for another user's.
#[utoipa::path(
    delete, path = "/sessions/{id}", tag = "authentication", operation_id = "end_session",
    params(("id" = String, Path, description = "The session's id")),
    responses(
        (status = 204, description = "The session has ended, if it was yours"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "A personal access token was sent"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn end_session(
    SeenFrom(guestlist): SeenFrom,
    current: CurrentSession,
    id: Result<Path<String>, PathRejection>,
) -> Result<Private<StatusCode>, Problem> {
    // A malformed id names no session.
    let id = id.map(|Path(id)| id.parse::<SessionId>());
    if let Ok(Ok(id)) = id {
        guestlist.end_session(current.user().id, id).await?;
    }
    Ok(Private(StatusCode::NO_CONTENT))
}
