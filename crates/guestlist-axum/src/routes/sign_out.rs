//! `DELETE /sessions/current`.

use axum::{http::StatusCode, response::IntoResponse};

use crate::{CurrentSession, Private, Problem, ProblemBody, SeenFrom, SessionCookie};

/// `DELETE /sessions/current`: ends the session of the token or cookie in the request.
#[utoipa::path(
    delete, path = "/sessions/current", tag = "authentication", operation_id = "sign_out",
    responses(
        (status = 204, description = "The session has ended"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "A personal access token was sent"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn sign_out(
    SeenFrom(guestlist): SeenFrom,
    current: CurrentSession,
) -> Result<Private<impl IntoResponse>, Problem> {
    let session = current.session();
    guestlist.sign_out(session.id).await?;
    let cookie = session.is_cookie_session().then(SessionCookie::cleared);
    Ok(Private((cookie, StatusCode::NO_CONTENT)))
}
