//! `POST /sessions/current/reauthenticate`: reauthentication.

use axum::{http::StatusCode, response::IntoResponse};
use guestlist::Password;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{CurrentSession, Json, Private, Problem, ProblemBody, SeenFrom, SessionCookie};

/// The caller's password, and a code if there is a second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProofOfPassword)]
pub(crate) struct ReauthenticateRequest {
    /// The password, exactly as it was chosen.
    #[schema(format = Password, example = "exemplary")]
    password: String,
    /// A code of the authenticator app, or a recovery code: required if there is a second factor.
    #[schema(example = "287082")]
    code: Option<String>,
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
            description = "`wrong_password`, `second_factor_required`, `wrong_code`, `code_used`, or a personal access token was sent"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json",
            description = "`too_many_tries`: a limit is reached; `Retry-After` says when to try again",
            headers(("Retry-After" = u32, description = "Seconds"))),
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
        .reauthenticate(current.session().id, password, body.code.as_deref())
        .await?;
    let cookie = signed_in.as_ref().and_then(SessionCookie::of);
    Ok(Private((cookie, StatusCode::NO_CONTENT)))
}
