//! Ending one of one's sessions.

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::StatusCode,
};
use guestlist::{Guestlist, SessionId};

use super::Private;
use crate::{CurrentSession, Problem, ProblemBody};

/// `DELETE /sessions/{id}`: ends that session if it is one's own. An unknown one, or another user's,
/// gets the same answer.
#[utoipa::path(
    delete, path = "/sessions/{id}", tag = "door", operation_id = "end_session",
    params(("id" = String, Path, description = "The session's id")),
    responses(
        (status = 204, description = "Nothing opens it any more, if it was yours"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "By a personal token"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("door" = []), ("cookie" = [])),
)]
pub(crate) async fn end_session(
    State(guestlist): State<Guestlist>,
    current: CurrentSession,
    id: Result<Path<String>, PathRejection>,
) -> Result<Private<StatusCode>, Problem> {
    // What is no id names no session.
    let id = id.map(|Path(id)| id.parse::<SessionId>());
    if let Ok(Ok(id)) = id {
        guestlist.end_session(current.user().id, id).await?;
    }
    Ok(Private(StatusCode::NO_CONTENT))
}
