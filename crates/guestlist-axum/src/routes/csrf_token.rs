//! The token that a page of ours on another origin sends with what it changes.

use serde::Serialize;
use utoipa::ToSchema;

use super::Private;
use crate::{CsrfToken, CurrentSession, Json, ProblemBody};

/// What a script sends in `X-CSRF-Token`.
#[derive(Serialize, ToSchema)]
pub(crate) struct CsrfTokenBody {
    /// Good for as long as the session is. A new password and the end of all other sessions make a new
    /// session.
    csrf_token: String,
}

/// `GET /csrf`: the token of the session that the cookie opens. Scripts of listed origins can read it, and
/// no others.
#[utoipa::path(
    get, path = "/csrf", tag = "door", operation_id = "csrf_token",
    responses(
        (status = 200, description = "The token of the session's forms", body = CsrfTokenBody),
        (status = 400, body = ProblemBody, content_type = "application/problem+json",
            description = "There is an Authorization header, beside which nobody needs one"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("cookie" = [])),
)]
pub(crate) async fn csrf_token(
    _: CurrentSession,
    token: CsrfToken,
) -> Private<Json<CsrfTokenBody>> {
    let csrf_token = token.as_str().to_owned();
    Private(Json(CsrfTokenBody { csrf_token }))
}
