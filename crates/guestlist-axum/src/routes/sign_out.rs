//! Signing out.

use axum::{extract::State, http::StatusCode};
use guestlist::Guestlist;

use super::Private;
use crate::{CurrentSession, Problem, ProblemBody};

/// `DELETE /sessions/current`: ends the session of the token that is sent.
#[utoipa::path(
    delete, path = "/sessions/current", tag = "door", operation_id = "sign_out",
    responses(
        (status = 204, description = "The token opens nothing any more"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "By a personal token"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("door" = [])),
)]
pub(crate) async fn sign_out(
    State(guestlist): State<Guestlist>,
    current: CurrentSession,
) -> Result<Private<StatusCode>, Problem> {
    guestlist.sign_out(current.session().id).await?;
    Ok(Private(StatusCode::NO_CONTENT))
}
