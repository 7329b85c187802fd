//! `DELETE /me/tokens/{id}`.

use axum::{
    extract::{Path, rejection::PathRejection},
    http::StatusCode,
};
use guestlist::TokenId;

use crate::{CurrentSession, Private, Problem, ProblemBody, SeenFrom};

/// `DELETE /me/tokens/{id}`: ends one of the user's personal access tokens. The answer is the same
/// for an unknown token and for another user's.
#[utoipa::path(
    delete, path = "/me/tokens/{id}", tag = "authentication", operation_id = "retire_token",
    params(("id" = String, Path, description = "The token's id")),
    responses(
        (status = 204, description = "The token is no longer valid, if it was yours"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "A personal access token was sent"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn retire_token(
    SeenFrom(guestlist): SeenFrom,
    current: CurrentSession,
    id: Result<Path<String>, PathRejection>,
) -> Result<Private<StatusCode>, Problem> {
    // A malformed id names no token.
    let id = id.map(|Path(id)| id.parse::<TokenId>());
    if let Ok(Ok(id)) = id {
        guestlist.retire_token(current.user().id, id).await?;
    }
    Ok(Private(StatusCode::NO_CONTENT))
}
