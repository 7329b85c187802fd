//! `POST /sessions/current/reauthenticate`: reauthentication.

use axum::{http::StatusCode, response::IntoResponse};
use guestlist::Password;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{CurrentSession, Json, Private, Problem, ProblemBody, SeenFrom, SessionCookie};

/// The caller's password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProofOfPassword)]
pub(crate) struct ReauthenticateRequest {
    /// The password, exactly as it was chosen.
    #[schema(format = Password, example = "exemplary")]
    password: String,
}

/// `POST /sessions/current/reauthenticate`: checks the password again, as requests that answer 403
/// `proof_required` need it. Tokens stay valid; a cookie is replaced.
#[utoipa::path(
    post, path = "/sessions/current/reauthenticate", tag = "authentication", operation_id = "reauthenticate",
    request_body = ReauthenticateRequest,
    responses(
        (status = 204, description = "Reauthenticated, for ten minutes unless the server is configured otherwise"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`wrong_password`, or a personal access token was sent"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn reauthenticate(
    SeenFrom(guestlist): SeenFrom,
    current: CurrentSession,
    Json(body): Json<ReauthenticateRequest>,
) -> Result<Private<impl IntoResponse>, Problem> {
    let password = Password::new(body.password);
    let signed_in = guestlist
        .reauthenticate(current.session().id, password)
        .await?;
    let cookie = signed_in.as_ref().and_then(SessionCookie::of);
    Ok(Private((cookie, StatusCode::NO_CONTENT)))
}
