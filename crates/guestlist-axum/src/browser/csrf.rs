//! Checks whether a request comes from one of our own pages (OWASP ASVS 5.0, 3.5.1). There are two
//! guards, and a request must pass both.
//!
//! The first guard is what the browser says about the page:
//!
//! 1. A foreign `Origin` refuses the request, whatever the other headers say. If a foreign host
//!    name resolves to this server (DNS rebinding), `Sec-Fetch-Site` is `same-origin`.
//! 2. Without an `Origin`, `Sec-Fetch-Site` decides (Fetch Metadata, section 2.3).
//! 3. Without both, `Referer` decides.
//! 4. Without all three, only the second guard decides.
//!
//! An `Origin` is also ours if it names another host that [`AllowedHosts`](crate::AllowedHosts)
//! accepted and `Sec-Fetch-Site` is `same-origin`. If the base URL is `http`, it may be absent:
//! over plain HTTP to another machine browsers do not send it.
//!
//! The second guard is a token that only our own pages can read. It is bound to the session, or
//! before a sign-in to a cookie made for this purpose.
//!
//! A page with `Referrer-Policy: no-referrer` sends forms with the `Origin` `null`, which is
//! foreign.
//!
//! [`BrowserLayer`](crate::BrowserLayer) checks each request that changes something and has a
//! session cookie. [`OwnForm`] also checks requests of visitors without a session. Only the method
//! of the request line counts; no header or field overrides it. A token in the query is ignored.

use std::sync::{Arc, LazyLock};

use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, Request},
    http::{
        Extensions, HeaderMap, HeaderName,
        header::{ORIGIN, REFERER},
        request::Parts,
    },
};

use super::{layer::BrowserLayer, visit::Visit};
use crate::{
    AnyForm, Form, FormError, LogLimit, Problem,
    body::{FormLimit, form_type, read_body_up_to},
    host::OriginNamesHost,
    shown_path::{SHOWN_BYTES, shown_path},
};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// The name of the hidden field.
const FIELD: &str = "csrf_token";

/// A CSRF token for a form in the response: for a hidden field `csrf_token`, or for a script to
/// send in the header `X-CSRF-Token`. If a handler has taken the token, the layer sends
/// `Cache-Control: no-store` with the response.
///
/// The token is bound to the session if the session cookie is valid. Otherwise it is bound to
/// another cookie, which the response sets if the browser does not send it. So the forms of
/// visitors, such as the sign-in, are protected too.
#[derive(Clone)]
pub struct CsrfToken {
    token: String,
    visit: Arc<Visit>,
}

impl CsrfToken {
    /// Returns the token. Its characters need no escaping in HTML, URLs or headers.
    pub fn as_str(&self) -> &str {
        &self.token
    }

    /// Creates a token without checking in the store whether the session cookie is valid, for pages
    /// that are shown while the store is unavailable. The token is valid as long as the browser
    /// keeps exactly this cookie.
    ///
    /// # Errors
    ///
    /// Fails if there is no [`BrowserLayer`] around the route.
    pub fn without_lookup(parts: &Parts) -> Result<Self, Problem> {
        let visit = Arc::clone(Visit::needed(&parts.extensions, &parts.headers)?);
        let token = visit.form_token(false);
        Ok(Self { token, visit })
    }

    /// Whether the browser has a session cookie that this server made, valid or not.
    pub fn has_session(&self) -> bool {
        self.visit.has_session()
    }

    /// Whether `other`, an earlier token of this browser, is still valid.
    pub fn accepts(&self, other: &str) -> bool {
        self.visit.made(other)
    }
}

impl std::fmt::Display for CsrfToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.token)
    }
}

impl std::fmt::Debug for CsrfToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CsrfToken(…)")
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CsrfToken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let visit = Arc::clone(Visit::needed(&parts.extensions, &parts.headers)?);
        let token = visit.form_token(visit.is_signed_in().await?);
        Ok(Self { token, visit })
    }
}

/// A form from one of our own pages, URL-encoded or multipart. A page's handler must take it
/// instead of [`Form`]: before a sign-in nothing else checks the form.
#[derive(Clone, Debug)]
pub struct OwnForm(pub Form);

impl<S: Send + Sync> FromRequest<S> for OwnForm {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let visit = Arc::clone(Visit::needed(request.extensions(), request.headers())?);
        let request = if visit.is_checked() {
            request
        } else {
            check(&visit, request).await?
        };
        Ok(Self(AnyForm::read(request).await?.0))
    }
}

/// Checks with the first guard alone that no browser header names a foreign page. A request with a
/// session cookie has passed both guards already.
///
/// Use it for a sign-in without a token, if the form is on a page of another program.
#[derive(Clone, Copy, Debug)]
pub struct FromOwnPage;

impl<S: Send + Sync> FromRequestParts<S> for FromOwnPage {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let visit = Visit::needed(&parts.extensions, &parts.headers)?;
        if !visit.is_checked() {
            refuse_foreign(visit.layer(), &parts.headers, &parts.extensions)?;
            visit.has_been_checked();
        }
        Ok(Self)
    }
}

/// Lets a request pass if it comes from one of our own pages. If the body was read to find the
/// token, it is put back.
pub(super) async fn check(visit: &Visit, request: Request) -> Result<Request, Problem> {
    refuse_foreign(visit.layer(), request.headers(), request.extensions())?;
    let (token, request) = sent_token(visit.layer(), request).await?;
    if !token.is_some_and(|token| visit.made(&token)) {
        if REFUSALS.admits(Refused::NoToken) {
            tracing::warn!(
                path = &*shown_path(request.uri().path(), SHOWN_BYTES),
                "security: a request without a valid CSRF token was refused"
            );
        }
        return Err(Problem::csrf_token());
    }
    visit.has_been_checked();
    Ok(request)
}

/// Limits the log lines: a client can send such requests without end at little cost.
static REFUSALS: LazyLock<LogLimit<Refused>> = LazyLock::new(|| {
    LogLimit::new(100, |refused, suppressed| match refused {
        Refused::NoToken => {
            tracing::warn!("security: requests without a valid CSRF token: {suppressed}");
        }
        Refused::ForeignPage => {
            tracing::warn!("security: requests from foreign pages: {suppressed}");
        }
    })
});

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Refused {
    NoToken,
    ForeignPage,
}

fn refuse_foreign(
    layer: &BrowserLayer,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<(), Problem> {
    match made_on(layer, headers, extensions) {
        MadeOn::OurPage | MadeOn::Unknown => Ok(()),
        MadeOn::ForeignPage => {
            if REFUSALS.admits(Refused::ForeignPage) {
                tracing::warn!("security: a request from a foreign page was refused");
            }
            Err(Problem::foreign_page())
        }
    }
}

impl BrowserLayer {
    /// Whether the browser says that the request comes from a page of this application. The headers
    /// `Sec-Fetch-Site` and `Origin` say so; one of them is enough if the browser sends only that.
    /// An application may show a form again with the sent values only if this is true. Otherwise
    /// another site could fill in our form and show it to the user, who needs one click to send it.
    pub fn is_from_own_page(&self, headers: &HeaderMap, extensions: &Extensions) -> bool {
        let names_host = || extensions.get::<OriginNamesHost>().is_some();
        let own = self.origins().next();
        let is_own = |origin| own.is_some_and(|own| own.is(origin));
        match (one(headers, &SEC_FETCH_SITE), one(headers, &ORIGIN)) {
            (Some("same-origin"), Some(origin)) => is_own(origin) || names_host(),
            (Some(site), None) => site == "same-origin",
            (None, Some(origin)) => is_own(origin) || !self.is_https() && names_host(),
            (Some(_), Some(_)) | (None, None) => false,
        }
    }
}

/// What the browser says about the page that caused a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum MadeOn {
    OurPage,
    ForeignPage,
    Unknown,
}

fn made_on(layer: &BrowserLayer, headers: &HeaderMap, extensions: &Extensions) -> MadeOn {
    let is_listed = |origin: &str| layer.origins().any(|ours| ours.is(origin));
    let judge = |is_ours| {
        if is_ours {
            MadeOn::OurPage
        } else {
            MadeOn::ForeignPage
        }
    };
    let site = one(headers, &SEC_FETCH_SITE);
    // An allowed origin is `same-site` or `cross-site`, and a foreign one may claim `same-origin`.
    if let Some(origin) = one(headers, &ORIGIN) {
        let is_host = || extensions.get::<OriginNamesHost>().is_some();
        // Over plain HTTP to another machine, browsers send only the `Origin`.
        let is_same = match site {
            Some(site) => site == "same-origin",
            None => !layer.is_https(),
        };
        return judge(is_listed(origin) || is_same && is_host());
    }
    match site {
        Some("same-origin") => return MadeOn::OurPage,
        Some("same-site" | "cross-site") => return MadeOn::ForeignPage,
        // Typed by the user, or a value that the standard does not define yet: it says nothing
        // about the page.
        _ => {}
    }
    match one(headers, &REFERER) {
        Some(address) => judge(layer.origins().any(|ours| ours.has(address))),
        None => MadeOn::Unknown,
    }
}

/// Returns the value of a header. A repeated header or one that is not text gives an empty value,
/// which is never ours.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let (value, other) = (values.next()?, values.next());
    let text = value.to_str().unwrap_or_default();
    Some(if other.is_some() { "" } else { text })
}

/// Returns the token in the header, or else the one in the form.
async fn sent_token(
    layer: &BrowserLayer,
    request: Request,
) -> Result<(Option<String>, Request), Problem> {
    if let Some(token) = one(request.headers(), layer.csrf_header()) {
        return Ok((Some(token.to_owned()), request));
    }
    let Some(mime) = form_type(request.headers()) else {
        return Ok((None, request));
    };
    let (parts, body) = request.into_parts();
    let most = FormLimit::of(&parts.extensions);
    let body = read_body_up_to(&parts.headers, body, most).await;
    let body = body.map_err(FormError::Body)?;
    let form = mime.parse(body.clone()).await?;
    let token = form.get(FIELD).map(str::to_owned);
    Ok((token, Request::from_parts(parts, Body::from(body))))
}
