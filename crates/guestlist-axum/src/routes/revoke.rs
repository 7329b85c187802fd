//! Token revocation (RFC 7009).

use axum::http::StatusCode;
use utoipa::ToSchema;

use super::token_form::TokenForm;
use crate::{Problem, SeenFrom, TokenErrorBody};

/// The fields of the form, for the API description. The code reads them one by one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form")]
pub(crate) struct RevokeRequest {
    /// An access token, a refresh token, a personal access token or a service token of this server.
    token: String,
    /// Ignored: the token itself shows its kind.
    token_type_hint: Option<String>,
}

/// `POST /token/revoke`: ends the session of an access or refresh token, or the one personal access
/// token or service token. No other credential is needed.
#[utoipa::path(
    post, path = "/token/revoke", tag = "authentication", operation_id = "revoke_token",
    request_body(content = RevokeRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token is no longer valid, or never was"),
        (status = 400, body = TokenErrorBody),
        (status = 503, body = TokenErrorBody, description = "The token may still be valid: try again"),
    ),
)]
pub(crate) async fn revoke(
    SeenFrom(guestlist): SeenFrom,
    form: TokenForm,
) -> Result<StatusCode, Problem> {
    guestlist.revoke(form.needed("token")?).await?;
    Ok(StatusCode::OK)
}
