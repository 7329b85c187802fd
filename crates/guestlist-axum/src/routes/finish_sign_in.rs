//! `POST /sessions/second-factor`.

use axum::{http::StatusCode, response::IntoResponse};
use guestlist::SignInChallenge;
use serde::Deserialize;
use utoipa::ToSchema;

use super::opened::{Opened, by_default};
use crate::{Json, Private, Problem, ProblemBody, SeenFrom, SentBy};

/// The second step of a sign-in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondStep {
    /// `challenge` of the problem `second_factor_required`.
    challenge: String,
    /// A code of the authenticator app, or a recovery code.
    #[schema(example = "287082")]
    code: String,
}

/// `POST /sessions/second-factor`: finishes a sign-in of a user with a second factor, and creates a
/// session. It must come from the device that sent the password, within ten minutes.
#[utoipa::path(
    post, path = "/sessions/second-factor", tag = "authentication", operation_id = "finish_sign_in",
    request_body = SecondStep,
    responses(
        (status = 201, description = "A new session and its tokens", body = Opened),
        (status = 401, body = ProblemBody, content_type = "application/problem+json",
            description = "`wrong_code`; `code_used`: wait for the next code; `challenge_expired`: send the password again"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json",
            description = "`too_many_tries`: a limit is reached; `Retry-After` says when to try again"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn finish_sign_in(
    SeenFrom(guestlist): SeenFrom,
    SentBy(client): SentBy,
    Json(request): Json<SecondStep>,
) -> Result<impl IntoResponse, Problem> {
    let challenge = SignInChallenge::from_client(request.challenge);
    let wanted = by_default(&guestlist);
    let signed_in = guestlist
        .finish_sign_in(&challenge, &request.code, client, wanted)
        .await?;
    Ok(Private((
        StatusCode::CREATED,
        Json(Opened::from(signed_in)),
    )))
}
