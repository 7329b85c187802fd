//! Asking what a token is worth (RFC 7662).

use axum::{Json, extract::State};
use guestlist::{Guestlist, Identity, Introspection};
use serde::Serialize;
use utoipa::ToSchema;

use super::token_form::TokenForm;
use crate::{CurrentService, Problem, TokenErrorBody};

/// The fields of the form, for the documentation; they are read one by one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form")]
pub(crate) struct IntrospectRequest {
    /// What somebody has shown to the service.
    token: String,
    /// Not looked at: a token says itself what it is.
    token_type_hint: Option<String>,
}

/// What a token is worth (RFC 7662, section 2.2): `active` alone, if it is worth nothing.
#[derive(Default, Serialize, ToSchema)]
#[schema(as = Introspection)]
pub(crate) struct Worth {
    /// Whether it opens anything at this moment.
    active: bool,
    /// `account`, `write` or `read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
    /// Always `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    /// From then on it opens nothing, if nothing ends it before: in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    /// The user's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    /// The user's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
}

impl From<&Identity> for Worth {
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

/// `POST /token/introspect`: what a token is worth at this moment, for services, which send their own
/// token as Bearer or as the password of HTTP Basic. A token that opens nothing here gets `{"active":false}`, whatever it is.
#[utoipa::path(
    post, path = "/token/introspect", tag = "door", operation_id = "introspect_token",
    request_body(content = IntrospectRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "What the token is worth", body = Worth),
        (status = 400, body = TokenErrorBody),
        (status = 401, body = TokenErrorBody, description = "By anything but a service's token"),
        (status = 503, body = TokenErrorBody),
    ),
    security(("service" = []), ("service_basic" = [])),
)]
pub(crate) async fn introspect(
    State(guestlist): State<Guestlist>,
    service: CurrentService,
    form: TokenForm,
) -> Result<Json<Worth>, Problem> {
    if form.get("access_token").is_some() {
        // A second way to say who calls (RFC 6750, sections 2 and 2.2).
        return Err(Problem::malformed_authorization());
    }
    let token = form.needed("token")?;
    let worth = match guestlist.introspect(service.known(), token).await? {
        Introspection::Active(identity) => Worth::from(&*identity),
        Introspection::Inactive => Worth::default(),
    };
    Ok(Json(worth))
}
