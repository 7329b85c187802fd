//! Token introspection (RFC 7662).

use axum::{Json, extract::State};
use guestlist::{Guestlist, Identity, Introspection};
use serde::Serialize;
use utoipa::ToSchema;

use super::token_form::TokenForm;
use crate::{CurrentService, Problem, TokenErrorBody};

/// The fields of the form, for the API description. The code reads them one by one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form")]
pub(crate) struct IntrospectRequest {
    /// The token that a client sent to the service.
    token: String,
    /// Ignored: the token itself shows its kind.
    token_type_hint: Option<String>,
}

/// Whether a token is valid (RFC 7662, section 2.2); for an invalid one, only `active`.
#[derive(Default, Serialize, ToSchema)]
#[schema(as = Introspection)]
pub(crate) struct IntrospectionBody {
    /// Whether the token is valid now.
    active: bool,
    /// `account`, `write` or `read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
    /// Always `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    /// When the token expires, unless it is ended earlier, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    /// The user's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    /// The user's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
}

impl From<&Identity> for IntrospectionBody {
    fn from(identity: &Identity) -> Self {
        Self {
            active: true,
            scope: Some(identity.scope.as_str()),
            token_type: Some("Bearer"),
            exp: Some(identity.expires_at.as_secs()),
            sub: Some(identity.user.id.to_string()),
            username: Some(identity.user.email.to_string()),
        }
    }
}

/// `POST /token/introspect`: tells a service whether a token is valid now. The service sends its
/// own token as Bearer or as the password of HTTP Basic. Every invalid token gets
/// `{"active":false}`.
#[utoipa::path(
    post, path = "/token/introspect", tag = "authentication", operation_id = "introspect_token",
    request_body(content = IntrospectRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Whether the token is valid", body = IntrospectionBody),
        (status = 400, body = TokenErrorBody),
        (status = 401, body = TokenErrorBody, description = "The caller did not send a service token"),
        (status = 503, body = TokenErrorBody),
    ),
    security(("service" = []), ("service_basic" = [])),
)]
pub(crate) async fn introspect(
    State(guestlist): State<Guestlist>,
    service: CurrentService,
    form: TokenForm,
) -> Result<Json<IntrospectionBody>, Problem> {
    if form.get("access_token").is_some() {
        // A second way to authenticate the caller (RFC 6750, sections 2 and 2.2).
        return Err(Problem::malformed_authorization());
    }
    let token = form.needed("token")?;
    let worth = match guestlist.introspect(service.known(), token).await? {
        Introspection::Active(identity) => IntrospectionBody::from(&*identity),
        Introspection::Inactive => IntrospectionBody::default(),
    };
    Ok(Json(worth))
}
