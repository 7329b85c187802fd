//! `POST` and `DELETE /me/totp`, and `POST /me/totp/confirm`.

use axum::{http::StatusCode, response::IntoResponse};
use guestlist::TotpSetUp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::recovery_codes::NewRecoveryCodes;
use crate::{
    CurrentSession, Json, KnownDevice, Private, Problem, ProblemBody, Reauthenticated, SeenFrom,
};

/// The secret for an authenticator app. Only this answer shows it.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewTotp {
    /// The secret in Base32, for an authenticator app without a camera.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: String,
    /// The same as an address, which authenticator apps read from a QR code.
    otpauth_url: String,
}

impl From<TotpSetUp> for NewTotp {
    fn from(set_up: TotpSetUp) -> Self {
        Self {
            secret: set_up.secret.to_base32().to_string(),
            otpauth_url: set_up.otpauth_url().to_string(),
        }
    }
}

/// The first code of an authenticator app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirstCode {
    /// The six digits that the app shows.
    #[schema(example = "287082")]
    code: String,
}

/// `POST /me/totp`: begins to set up an authenticator app. Nothing changes before `/me/totp/confirm`
/// has its first code. The user must have reauthenticated a moment ago.
#[utoipa::path(
    post, path = "/me/totp", tag = "authentication", operation_id = "start_totp",
    responses(
        (status = 201, description = "The secret", body = NewTotp),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`proof_required`: reauthenticate first; or a personal access token was sent"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "`second_factor_set`: remove it first"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn start_totp(
    SeenFrom(guestlist): SeenFrom,
    Reauthenticated(current): Reauthenticated<CurrentSession>,
) -> Result<impl IntoResponse, Problem> {
    let set_up = guestlist.start_totp(current.session().id).await?;
    let body = Json(NewTotp::from(set_up));
    Ok(Private((StatusCode::CREATED, body)))
}

/// `POST /me/totp/confirm`: confirms the second factor with its first code. From then on every
/// sign-in with the password needs a code. Personal access tokens stay valid and need no code.
#[utoipa::path(
    post, path = "/me/totp/confirm", tag = "authentication", operation_id = "confirm_totp",
    request_body = FirstCode,
    responses(
        (status = 200, description = "Ten recovery codes: only this answer shows them", body = NewRecoveryCodes),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`wrong_code`; `proof_required`: reauthenticate first; or a personal access token was sent"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "`second_factor_set`; `second_factor_not_set`: begin with `/me/totp`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn confirm_totp(
    SeenFrom(guestlist): SeenFrom,
    Reauthenticated(current): Reauthenticated<CurrentSession>,
    browser: KnownDevice,
    Json(body): Json<FirstCode>,
) -> Result<Private<impl IntoResponse>, Problem> {
    let session = current.session().id;
    let codes = guestlist.confirm_totp(session, &body.code).await?;
    let known = browser.after_set_up(current.user());
    Ok(Private((known, Json(NewRecoveryCodes::from(codes)))))
}

/// `DELETE /me/totp`: removes the second factor and all recovery codes. The user must have
/// reauthenticated a moment ago, with a code.
#[utoipa::path(
    delete, path = "/me/totp", tag = "authentication", operation_id = "remove_totp",
    responses(
        (status = 204, description = "The second factor is removed"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`proof_required`: reauthenticate first; or a personal access token was sent"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "`second_factor_not_set`: nothing to remove"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn remove_totp(
    SeenFrom(guestlist): SeenFrom,
    Reauthenticated(current): Reauthenticated<CurrentSession>,
) -> Result<Private<StatusCode>, Problem> {
    guestlist.remove_totp(current.session().id).await?;
    Ok(Private(StatusCode::NO_CONTENT))
}
