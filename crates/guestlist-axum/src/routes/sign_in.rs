//! `POST /sessions`.

use axum::{http::StatusCode, response::IntoResponse};
use guestlist::{Email, Password};
use serde::Deserialize;
use utoipa::ToSchema;

use super::opened::{Opened, by_default};
use crate::{Json, Private, Problem, ProblemBody, SeenFrom, SentBy};

/// The credentials of an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// The e-mail address, in any case.
    #[schema(example = "reader@packt.com")]
    email: String,
    /// The password, exactly as it was chosen.
    #[schema(format = Password, example = "exemplary")]
    password: String,
}

/// `POST /sessions`: signs a user in by e-mail address and password, and creates a session.
#[utoipa::path(
    post, path = "/sessions", tag = "authentication", operation_id = "sign_in", request_body = SignIn,
    responses(
        (status = 201, description = "A new session and its tokens", body = Opened),
        (status = 401, body = ProblemBody, content_type = "application/problem+json",
            description = "Wrong e-mail or password; the answer is the same for both. `second_factor_required`: the \
                password is right; send `challenge` and a code to `/sessions/second-factor`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json",
            description = "`too_many_tries`: a limit is reached; `Retry-After` says when to try again",
            headers(("Retry-After" = u32, description = "Seconds"))),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn sign_in(
    SeenFrom(guestlist): SeenFrom,
    SentBy(client): SentBy,
    Json(request): Json<SignIn>,
) -> Result<impl IntoResponse, Problem> {
    let email = Email::parse_local(&request.email).ok();
    let password = Password::new(request.password);
    let wanted = by_default(&guestlist);
    let signed_in = guestlist
        .sign_in(email.as_ref(), password, client, wanted)
        .await?;
    Ok(Private((
        StatusCode::CREATED,
        Json(Opened::from(signed_in)),
    )))
}
