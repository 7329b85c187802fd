//! The form that is sent to the token endpoint, and to the two beside it.

use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, header::AUTHORIZATION},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{Form, Problem};

/// A form of OAuth 2.0 (RFC 6749, section 3.2) without credentials of a client: there are no clients
/// to authenticate.
#[derive(Debug)]
pub(crate) struct TokenForm(Form);

impl TokenForm {
    /// The field of that name; an empty one is as good as none.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }

    /// The same of a field that has to be there.
    pub(crate) fn needed(&self, name: &'static str) -> Result<&str, Problem> {
        self.all_needed([name]).map(|[value]| value)
    }

    /// The same of several.
    pub(crate) fn all_needed<const N: usize>(
        &self,
        names: [&'static str; N],
    ) -> Result<[&str; N], Problem> {
        let missing = names.into_iter().filter(|name| self.get(name).is_none());
        let missing: Vec<_> = missing.map(|name| format!("{name} is needed")).collect();
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
        // With the request goes the buffer that it was read into: who waits need not keep it.
        let form = Form::read(request).await?;
        if form.get("client_secret").is_some() {
            return Err(Problem::invalid_client());
        }
        Ok(Self(form))
    }
}

/// Addresses end up in logs.
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

/// An empty pair, as Swagger UI sends it, is no credential.
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
