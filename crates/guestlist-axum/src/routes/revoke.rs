//! Giving up a token (RFC 7009).

use axum::{extract::State, http::StatusCode};
use guestlist::Guestlist;
use utoipa::ToSchema;

use super::token_form::TokenForm;
use crate::{Problem, TokenErrorBody};

/// The fields of the form, for the documentation; they are read one by one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form")]
pub(crate) struct RevokeRequest {
    /// Any token of ours.
    token: String,
    /// Not looked at: a token says itself what it is.
    token_type_hint: Option<String>,
}

/// `POST /token/revoke`: ends what a token belongs to: the whole session, or the one personal or
/// service token. The token alone is enough.
#[utoipa::path(
    post, path = "/token/revoke", tag = "door", operation_id = "revoke_token",
    request_body(content = RevokeRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "It opens nothing any more; also if it never did"),
        (status = 400, body = TokenErrorBody),
        (status = 503, body = TokenErrorBody, description = "It may still open something: try again"),
    ),
)]
pub(crate) async fn revoke(
    State(guestlist): State<Guestlist>,
    form: TokenForm,
) -> Result<StatusCode, Problem> {
    guestlist.revoke(form.needed("token")?).await?;
    Ok(StatusCode::OK)
}
