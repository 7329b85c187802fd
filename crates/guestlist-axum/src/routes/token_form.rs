//! The form that is sent to the token endpoint, and to revocation and introspection.

use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, header::AUTHORIZATION},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{Form, Problem};

/// A form of OAuth 2.0 (RFC 6749, section 3.2) without client credentials, because this server has
/// no clients.
#[derive(Debug)]
pub(crate) struct TokenForm(Form);

impl TokenForm {
    /// Returns the field with this name. An empty field counts as missing.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }

    /// Returns the field with this name, which is required.
    pub(crate) fn needed(&self, name: &'static str) -> Result<&str, Problem> {
        self.all_needed([name]).map(|[value]| value)
    }

    /// Returns the fields with these names, which are all required.
    pub(crate) fn all_needed<const N: usize>(
        &self,
        names: [&'static str; N],
    ) -> Result<[&str; N], Problem> {
        let missing = names.into_iter().filter(|name| self.get(name).is_none());
        let missing: Vec<_> = missing.map(|name| format!("{name} is required")).collect();
        if missing.is_empty() {
            Ok(names.map(|name| self.get(name).unwrap_or_default()))
        } else {
            Err(Problem::bad_request("invalid_request", missing.join(", ")))
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for TokenForm {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        refuse_credentials_in_address(request.uri().query())?;
        refuse_client_in_header(request.headers())?;
        // The request and its buffer are dropped here: a request that waits for its turn need not
        // keep them.
        let form = Form::read(request).await?;
        if form.get("client_secret").is_some() {
            return Err(Problem::invalid_client());
        }
        Ok(Self(form))
    }
}

/// Refuses credentials in the query, because addresses end up in logs.
fn refuse_credentials_in_address(query: Option<&str>) -> Result<(), Problem> {
    let form = Form::parse(query.unwrap_or_default().as_bytes())?;
    let secrets = [
        "username",
        "password",
        "client_secret",
        "access_token",
        "refresh_token",
        "token",
    ];
    if secrets.iter().any(|name| form.get(name).is_some()) {
        let detail = "send credentials in the body, never in the address";
        return Err(Problem::bad_request("invalid_request", detail));
    }
    Ok(())
}

/// Refuses client credentials in the header. An empty pair, which Swagger UI sends, is accepted.
fn refuse_client_in_header(headers: &HeaderMap) -> Result<(), Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let basic = values
        .next()
        .and_then(|value| value.to_str().ok()?.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .map(|(_, pair)| STANDARD.decode(pair.trim()).unwrap_or_default());
    if values.next().is_some() {
        let detail = "send one Authorization header at most";
        return Err(Problem::bad_request("invalid_request", detail));
    }
    if basic.is_some_and(|pair| pair != b":") {
        return Err(Problem::invalid_client());
    }
    Ok(())
}
