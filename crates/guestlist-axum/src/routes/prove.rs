//! Proving the password again.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use guestlist::{Guestlist, Password};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Private;
use crate::{CurrentSession, Json, Problem, ProblemBody, SessionCookie};

/// The password of whoever calls.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProofOfPassword)]
pub(crate) struct Proof {
    /// Exactly as it was chosen.
    #[schema(format = Password, example = "exemplary")]
    password: String,
}

/// `POST /sessions/current/proof`: proves the password again, for what asks for it with 403
/// `proof_required`. The tokens stay; a cookie is replaced.
#[utoipa::path(
    post, path = "/sessions/current/proof", tag = "door", operation_id = "prove", request_body = Proof,
    responses(
        (status = 204, description = "Proven, for ten minutes unless the server is set otherwise"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`wrong_password`, or by a personal token"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("door" = []), ("cookie" = [])),
)]
pub(crate) async fn prove(
    State(guestlist): State<Guestlist>,
    current: CurrentSession,
    Json(proof): Json<Proof>,
) -> Result<Private<impl IntoResponse>, Problem> {
    let password = Password::new(proof.password);
    let proven = guestlist.prove(current.session().id, password).await?;
    let cookie = proven.as_ref().and_then(SessionCookie::of);
    Ok(Private((cookie, StatusCode::NO_CONTENT)))
}
