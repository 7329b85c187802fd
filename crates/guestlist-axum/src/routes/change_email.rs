//! `PUT /me/email`, `DELETE /me/email` and `POST /me/email/confirm`.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use guestlist::{Email, EmailChangeRequest};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    CurrentSession, FieldError, Json, Private, Problem, ProblemBody, Reauthenticated, SeenFrom,
    Unchecked, UserBody,
};

/// The new address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeEmail {
    /// The address to sign in with from now on.
    #[schema(example = "reader@packt.com")]
    email: String,
}

/// The link that was sent to the new address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmEmailChange {
    /// The last part of the link.
    token: String,
}

/// `PUT /me/email`: asks for another address. It changes when the link in the mail to it is used.
/// If this server sends no mail, it changes at once.
#[utoipa::path(
    put, path = "/me/email", tag = "authentication", operation_id = "change_email",
    request_body = ChangeEmail,
    responses(
        (status = 200, body = UserBody, description = "The address is changed: this server sends no mail, or only the spelling differs"),
        (status = 202, description = "A mail is on the way to the new address"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`proof_required`, or a personal access token was sent"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "The e-mail address is taken; never where addresses are concealed"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn change_email(
    SeenFrom(guestlist): SeenFrom,
    Reauthenticated(current): Reauthenticated<CurrentSession>,
    request: Unchecked<ChangeEmail>,
) -> Result<Private<Response>, Problem> {
    let email = request.check(|request, mistakes| {
        mistakes.take(Email::parse(&request.email).map_err(FieldError::email))
    })?;
    let asked = guestlist.request_email_change(current.session().id, email);
    Ok(Private(match asked.await? {
        EmailChangeRequest::Changed(user) => Json(UserBody::from(&*user)).into_response(),
        EmailChangeRequest::Pending { .. } => StatusCode::ACCEPTED.into_response(),
    }))
}

/// `DELETE /me/email`: cancels a change of the address that is not confirmed yet.
#[utoipa::path(
    delete, path = "/me/email", tag = "authentication", operation_id = "cancel_email_change",
    responses(
        (status = 204, description = "No change of the address is pending"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "A personal access token was sent"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn cancel_email_change(
    SeenFrom(guestlist): SeenFrom,
    current: CurrentSession,
) -> Result<Private<StatusCode>, Problem> {
    guestlist.cancel_email_change(current.user().id).await?;
    Ok(Private(StatusCode::NO_CONTENT))
}

/// `POST /me/email/confirm`: changes the address by the link that was sent to it. The caller need not be
/// signed in.
#[utoipa::path(
    post, path = "/me/email/confirm", tag = "authentication", operation_id = "confirm_email_change",
    request_body = ConfirmEmailChange,
    responses(
        (status = 204, description = "The address is changed and verified"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json",
            description = "`invalid_link`: the link was used, expired, or is not valid any more"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "Another account has the address now"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn confirm_email_change(
    SeenFrom(guestlist): SeenFrom,
    request: Unchecked<ConfirmEmailChange>,
) -> Result<Private<StatusCode>, Problem> {
    let request = request.check(|request, _| Some(request))?;
    guestlist.confirm_email_change(&request.token).await?;
    Ok(Private(StatusCode::NO_CONTENT))
}
