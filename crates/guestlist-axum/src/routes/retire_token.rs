//! Taking a program's token back.

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::StatusCode,
};
use guestlist::{Guestlist, TokenId};

use super::Private;
use crate::{CurrentSession, Problem, ProblemBody};

/// `DELETE /me/tokens/{id}`: ends that personal token if it is one's own. An unknown one, or another
/// user's, gets the same answer.
#[utoipa::path(
    delete, path = "/me/tokens/{id}", tag = "door", operation_id = "retire_token",
    params(("id" = String, Path, description = "The token's id")),
    responses(
        (status = 204, description = "It opens nothing any more, if it was yours"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "By a personal token"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("door" = []), ("cookie" = [])),
)]
pub(crate) async fn retire_token(
    State(guestlist): State<Guestlist>,
    current: CurrentSession,
    id: Result<Path<String>, PathRejection>,
) -> Result<Private<StatusCode>, Problem> {
    // What is no id names no token.
    let id = id.map(|Path(id)| id.parse::<TokenId>());
    if let Ok(Ok(id)) = id {
        guestlist.retire_token(current.user().id, id).await?;
    }
    Ok(Private(StatusCode::NO_CONTENT))
}
