//! Signing out.

use axum::{extract::State, http::StatusCode};
use guestlist::Guestlist;

use super::Private;
use crate::{CurrentUser, Problem, ProblemBody};

/// `DELETE /sessions/current`: ends the session of the token that is sent.
#[utoipa::path(
    delete, path = "/sessions/current", tag = "door", operation_id = "sign_out",
    responses(
        (status = 204, description = "The token opens nothing any more"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("door" = [])),
)]
pub(crate) async fn sign_out(
    State(guestlist): State<Guestlist>,
    user: CurrentUser,
) -> Result<Private<StatusCode>, Problem> {
    guestlist.sign_out(user.session().id).await?;
    Ok(Private(StatusCode::NO_CONTENT))
}
