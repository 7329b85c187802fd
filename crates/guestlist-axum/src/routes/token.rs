//! The token endpoint: OAuth 2.0's password form (RFC 6749, section 4.3).
//!
//! It is the sign-in of our own pages and clients. It is no grant for third parties, which RFC 9700
//! (section 2.4) rightly forbids.

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, header::AUTHORIZATION},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use guestlist::{Email, Guestlist, Password, SignedIn, Wanted};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Form, Problem, SentBy, TokenErrorBody};

/// The fields of the form, for the documentation; they are read one by one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form")]
pub(crate) struct TokenRequest {
    /// `password`.
    #[schema(example = "password")]
    grant_type: String,
    /// The e-mail address.
    #[schema(example = "reader@packt.com")]
    username: String,
    #[schema(format = Password, example = "exemplary")]
    password: String,
    /// There are no scopes yet: leave it out.
    scope: Option<String>,
}

/// A token on the wire (RFC 6749, section 5.1).
#[derive(Serialize, ToSchema)]
pub(crate) struct Token {
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// In seconds.
    expires_in: u64,
}

impl From<SignedIn> for Token {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            access_token: signed_in.access_token.expose().to_owned(),
            token_type: "Bearer",
            expires_in: signed_in.expires_in.as_secs(),
        }
    }
}

/// `POST /token`: trades an e-mail address and a password for an access token.
#[utoipa::path(
    post, path = "/token", tag = "door", operation_id = "token",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, body = Token),
        (status = 400, body = TokenErrorBody),
        (status = 503, body = TokenErrorBody),
    ),
)]
pub(crate) async fn token(
    State(guestlist): State<Guestlist>,
    SentBy(client): SentBy,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    form: Form,
) -> Result<axum::Json<Token>, Problem> {
    refuse_credentials_in_address(query.as_deref())?;
    refuse_client_credentials(&headers, &form)?;
    // They are parts of the buffer that the request was read into: who waits need not keep it.
    drop(headers);
    let needed = |name: &'static str| {
        let missing = || Problem::bad_request("invalid_request", format!("{name} is needed"));
        form.get(name).ok_or_else(missing)
    };
    if needed("grant_type")? != "password" {
        let detail = "the one grant type here is password";
        return Err(Problem::bad_request("unsupported_grant_type", detail));
    }
    let (username, password) = (needed("username")?, needed("password")?);
    if form.get("scope").is_some() {
        return Err(Problem::bad_request(
            "invalid_scope",
            "there are no scopes here",
        ));
    }
    let email = Email::parse(username).ok();
    let password = Password::new(password);
    let signed_in = guestlist
        .sign_in(email.as_ref(), password, client, Wanted::JWT_ALONE)
        .await?;
    Ok(axum::Json(signed_in.into()))
}

/// Addresses end up in logs.
fn refuse_credentials_in_address(query: Option<&str>) -> Result<(), Problem> {
    let form = Form::parse(query.unwrap_or_default().as_bytes())?;
    let secrets = ["username", "password", "client_secret", "access_token"];
    if secrets.iter().any(|name| form.get(name).is_some()) {
        let detail = "send credentials in the body, never in the address";
        return Err(Problem::bad_request("invalid_request", detail));
    }
    Ok(())
}

/// There are no clients to authenticate. An empty pair, as Swagger UI sends it, is no credential.
fn refuse_client_credentials(headers: &HeaderMap, form: &Form) -> Result<(), Problem> {
    let authorization = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let basic = authorization
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .map(|(_, pair)| STANDARD.decode(pair.trim()).unwrap_or_default());
    if basic.is_some_and(|pair| pair != b":") || form.get("client_secret").is_some() {
        return Err(Problem::invalid_client());
    }
    Ok(())
}
