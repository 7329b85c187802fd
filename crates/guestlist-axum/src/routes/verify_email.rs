//! `POST /email/verification` and `POST /email/verification/confirm`.

use axum::http::StatusCode;
use guestlist::{Email, Password, RequestVerificationError};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{CurrentUser, FieldError, Private, Problem, ProblemBody, SeenFrom, Unchecked};

/// Whose address is to be verified.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestVerification {
    /// The e-mail address of the account, if the caller is not signed in.
    #[schema(example = "reader@packt.com")]
    email: String,
}

/// A link or a code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmVerification {
    /// The last part of the link.
    token: Option<String>,
    /// The six digits of the mail, for the signed-in user. Five tries are left for each mail.
    #[schema(example = "123456")]
    code: Option<String>,
    /// Another password, together with `token`. Send it unless the link was opened where the
    /// account was made: another visitor may have signed up with the address.
    #[schema(format = Password)]
    new_password: Option<String>,
}

/// `POST /email/verification`: sends a link and a code that verify an address: the signed-in user's
/// or the one in the body. The answer is the same for all addresses. An earlier mail does nothing
/// any more.
#[utoipa::path(
    post, path = "/email/verification", tag = "authentication", operation_id = "request_email_verification",
    request_body = Option<RequestVerification>,
    responses(
        (status = 202, description = "A mail is on the way, if an account with this address waits for it"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security((), ("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn request_email_verification(
    SeenFrom(guestlist): SeenFrom,
    user: Option<CurrentUser>,
    request: Result<Unchecked<RequestVerification>, Problem>,
) -> Result<Private<StatusCode>, Problem> {
    match (user, request) {
        (Some(user), Err(problem)) if problem.code() == "missing_body" => {
            match guestlist.request_email_verification(user.id()).await {
                // A visitor gets the same answer for a verified address.
                Ok(()) | Err(RequestVerificationError::Verified) => {}
                Err(RequestVerificationError::NoSuchUser) => return Err(Problem::invalid_token()),
                Err(RequestVerificationError::Store(error)) => return Err(error.into()),
            }
        }
        (_, request) => {
            let email = request?.check(|request, mistakes| {
                mistakes.take(Email::parse_local(&request.email).map_err(FieldError::email))
            })?;
            guestlist.request_email_verification_of(&email).await?;
        }
    }
    Ok(Private(StatusCode::ACCEPTED))
}

/// `POST /email/verification/confirm`: verifies the address by the token of a link, or for the
/// signed-in user by the code. No session is opened.
#[utoipa::path(
    post, path = "/email/verification/confirm", tag = "authentication",
    operation_id = "confirm_email_verification", request_body = ConfirmVerification,
    responses(
        (status = 204, description = "The address is verified"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json",
            description = "`invalid_link`, or `wrong_code`: no link or code is valid, or another one is"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json",
            description = "A code needs a signed-in user"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security((), ("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn confirm_email_verification(
    SeenFrom(guestlist): SeenFrom,
    user: Option<CurrentUser>,
    request: Unchecked<ConfirmVerification>,
) -> Result<Private<StatusCode>, Problem> {
    let request = request.check(|request, mistakes| {
        match (&request.token, &request.code) {
            (None, None) => {
                let detail = "send `token` or `code`";
                mistakes.add([FieldError::new("/token", "required", detail)]);
            }
            (Some(_), Some(_)) => {
                let detail = "send `token` or `code`, and not both";
                mistakes.add([FieldError::new("/code", "invalid", detail)]);
            }
            _ => {}
        }
        if request.code.is_some() && request.new_password.is_some() {
            let detail = "a new password goes with `token` only";
            mistakes.add([FieldError::new("/new_password", "invalid", detail)]);
        }
        Some(request)
    })?;
    if let Some(token) = request.token {
        let new = request.new_password.map(Password::new);
        guestlist
            .confirm_email_verification(&token, new, None)
            .await?;
    } else {
        let user = user.ok_or_else(Problem::not_authenticated)?;
        let code = request.code.unwrap_or_default();
        guestlist
            .confirm_email_verification_by_code(user.id(), &code)
            .await?;
    }
    Ok(Private(StatusCode::NO_CONTENT))
}
