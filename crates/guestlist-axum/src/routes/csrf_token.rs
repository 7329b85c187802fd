//! `GET /csrf`: the CSRF token for one of our own pages on another origin.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{CsrfToken, CurrentSession, Json, Private, ProblemBody};

/// A CSRF token, which a script sends in `X-CSRF-Token`.
#[derive(Serialize, ToSchema)]
pub(crate) struct CsrfTokenBody {
    /// Valid as long as the session. A new password and ending the other sessions create a new
    /// session.
    csrf_token: String,
}

/// `GET /csrf`: returns the CSRF token of the session cookie. Scripts of allowed origins can read
/// it, and no others.
#[utoipa::path(
    get, path = "/csrf", tag = "authentication", operation_id = "csrf_token",
    responses(
        (status = 200, description = "The CSRF token of the session", body = CsrfTokenBody),
        (status = 400, body = ProblemBody, content_type = "application/problem+json",
            description = "There is an Authorization header, which needs no CSRF token"),
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
