//! `POST /password/reset` and `POST /password/reset/confirm`.

use axum::http::StatusCode;
use guestlist::{Email, Password};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{FieldError, Private, Problem, ProblemBody, SeenFrom, Unchecked};

/// Whose password is to be reset.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestPasswordReset {
    /// The e-mail address of the account.
    #[schema(example = "reader@packt.com")]
    email: String,
}

/// A link and the new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmPasswordReset {
    /// The last part of the link.
    token: String,
    /// The new password, with the rules of sign-up: a refusal gives the reason, and in `advice` how
    /// to choose a better one.
    #[schema(format = Password, example = "more exemplary")]
    new_password: String,
}

/// `POST /password/reset`: sends a link for another password to the address. The answer is the same
/// for known and unknown addresses.
#[utoipa::path(
    post, path = "/password/reset", tag = "authentication", operation_id = "request_password_reset",
    request_body = RequestPasswordReset,
    responses(
        (status = 202, description = "A mail is on the way, if an account has the address"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn request_password_reset(
    SeenFrom(guestlist): SeenFrom,
    request: Unchecked<RequestPasswordReset>,
) -> Result<Private<StatusCode>, Problem> {
    let email = request.check(|request, mistakes| {
        mistakes.take(Email::parse_local(&request.email).map_err(FieldError::email))
    })?;
    guestlist.request_password_reset(&email).await?;
    Ok(Private(StatusCode::ACCEPTED))
}

/// `POST /password/reset/confirm`: sets another password by a link. All sessions and personal
/// access tokens end. The user is not signed in.
#[utoipa::path(
    post, path = "/password/reset/confirm", tag = "authentication",
    operation_id = "confirm_password_reset", request_body = ConfirmPasswordReset,
    responses(
        (status = 204, description = "The password is set; sign in with it"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json",
            description = "`invalid_link`: the link was used, expired, or is not valid any more"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json",
            description = "The new password was refused. The link still works"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn confirm_password_reset(
    SeenFrom(guestlist): SeenFrom,
    request: Unchecked<ConfirmPasswordReset>,
) -> Result<Private<StatusCode>, Problem> {
    let request = request.check(|request, _| Some(request))?;
    let new = Password::new(request.new_password);
    guestlist
        .confirm_password_reset(&request.token, new)
        .await?;
    Ok(Private(StatusCode::NO_CONTENT))
}
