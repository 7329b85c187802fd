//! Whether a request was made on a page of ours (OWASP ASVS 5.0, 3.5.1): two guards, and both have to
//! let it through.
//!
//! The first is what the browser says of the page. An `Origin` that is not ours refuses the request, whatever
//! else it says: where a foreign name leads to this server (DNS rebinding), `Sec-Fetch-Site` is
//! `same-origin`. (Ours is also another host that [`AllowedHosts`](crate::AllowedHosts) let through, with
//! that claim beside it; if the base URL is http also without it, because browsers do not send it there to
//! another machine.) Else `Sec-Fetch-Site` decides (Fetch Metadata, section 2.3), else the `Origin`, else
//! `Referer`. Where the browser says nothing, the second decides alone: a token that only a page of ours
//! can have read, bound to the session, or before a sign-in to a cookie made for that.
//!
//! A page with `Referrer-Policy: no-referrer` sends forms with the `Origin` `null`, which is not ours.
//!
//! Which requests are checked: [`BrowserDoor`](crate::BrowserDoor) checks each that changes something and
//! carries the cookie of a session, [`OwnForm`] also one of somebody who has none yet. The method is
//! the one in the request's line; nothing overrides it. A token in the address is not looked at.

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

use crate::{
    AnyForm, BrowserDoor, Form, FormError, LogLimit, Problem,
    body::{FormLimit, form_type, read_body_up_to},
    browser::Visit,
    host::OriginNamesHost,
    shown_path::{SHOWN_BYTES, shown_path},
};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// The name of the hidden field.
const FIELD: &str = "csrf_token";

/// The token for a form in the answer: the value of a hidden field `csrf_token`, or for a script to send
/// in `X-CSRF-Token`. An answer that has one is kept by no cache.
///
/// It is bound to the session, if the cookie opens it. Where nobody is signed in, it is bound to a cookie
/// that is set with the answer, so that a sign-in cannot be forged either.
#[derive(Clone)]
pub struct CsrfToken {
    token: String,
    visit: Arc<Visit>,
}

impl CsrfToken {
    /// The token, in characters that need no escape anywhere.
    pub fn as_str(&self) -> &str {
        &self.token
    }

    /// One for a form that is shown while nobody can look whether the cookie opens its session. It counts as long as
    /// the browser holds that very cookie.
    ///
    /// # Errors
    ///
    /// Where no [`BrowserDoor`] is around the route.
    pub fn without_looking(parts: &Parts) -> Result<Self, Problem> {
        let visit = Arc::clone(Visit::needed(&parts.extensions, &parts.headers)?);
        let token = visit.form_token(false);
        Ok(Self { token, visit })
    }

    /// Whether the browser holds a cookie of a session, whether it opens it or not.
    pub fn is_for_a_session(&self) -> bool {
        self.visit.has_session()
    }

    /// Whether another one, that this browser was given before, would do as well.
    pub fn is_as_good_as(&self, other: &str) -> bool {
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
        let token = visit.form_token(visit.opens().await?);
        Ok(Self { token, visit })
    }
}

/// A form that was sent from a page of ours, urlencoded or multipart. Every page's handler that takes a
/// form asks for it in place of [`Form`]: before a sign-in nothing else checks one.
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

/// A request that no browser says was made elsewhere: the first of the two guards alone. Whatever
/// carries the cookie of a session has passed both before.
///
/// For a sign-in without a token, where the page that sends it is not ours to put one in.
#[derive(Clone, Copy, Debug)]
pub struct FromOwnPage;

impl<S: Send + Sync> FromRequestParts<S> for FromOwnPage {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let visit = Visit::needed(&parts.extensions, &parts.headers)?;
        if !visit.is_checked() {
            refuse_foreign(visit.door(), &parts.headers, &parts.extensions)?;
            visit.has_been_checked();
        }
        Ok(Self)
    }
}

/// Lets a request through that was made on a page of ours. A body that was read for it is put back.
pub(crate) async fn check(visit: &Visit, request: Request) -> Result<Request, Problem> {
    refuse_foreign(visit.door(), request.headers(), request.extensions())?;
    let (token, request) = sent_token(visit.door(), request).await?;
    if !token.is_some_and(|token| visit.made(&token)) {
        if REFUSALS.admits(Refused::NoToken) {
            tracing::warn!(
                path = &*shown_path(request.uri().path(), SHOWN_BYTES),
                "security: a request without the token of its session was refused"
            );
        }
        return Err(Problem::csrf_token());
    }
    visit.has_been_checked();
    Ok(request)
}

/// Anybody can make such requests without end, and each costs little.
static REFUSALS: LazyLock<LogLimit<Refused>> = LazyLock::new(|| {
    LogLimit::new(100, |refused, suppressed| match refused {
        Refused::NoToken => {
            tracing::warn!("security: requests without the token of their session: {suppressed}");
        }
        Refused::ForeignPage => {
            tracing::warn!("security: requests from others' pages: {suppressed}");
        }
    })
});

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Refused {
    NoToken,
    ForeignPage,
}

fn refuse_foreign(
    door: &BrowserDoor,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<(), Problem> {
    match made_on(door, headers, extensions) {
        MadeOn::OurPage | MadeOn::NobodySays => Ok(()),
        MadeOn::ForeignPage => {
            if REFUSALS.admits(Refused::ForeignPage) {
                tracing::warn!("security: a request from another's page was refused");
            }
            Err(Problem::foreign_page())
        }
    }
}

impl BrowserDoor {
    /// Whether the browser says that the request was made on a page of this very application: by `Sec-Fetch-Site`
    /// and `Origin`, and where it does not know the first, by the second. What was sent may be shown again to no other
    /// page: another site's would have its form filled in, one click from being sent.
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

/// Where the browser says that a request was made.
#[derive(Clone, Copy, Debug, PartialEq)]
enum MadeOn {
    OurPage,
    ForeignPage,
    NobodySays,
}

fn made_on(door: &BrowserDoor, headers: &HeaderMap, extensions: &Extensions) -> MadeOn {
    let is_listed = |origin: &str| door.origins().any(|ours| ours.is(origin));
    let judge = |is_ours| {
        if is_ours {
            MadeOn::OurPage
        } else {
            MadeOn::ForeignPage
        }
    };
    let site = one(headers, &SEC_FETCH_SITE);
    // An origin that was let in is still another site, and a foreign one may call itself the same.
    if let Some(origin) = one(headers, &ORIGIN) {
        let is_host = || extensions.get::<OriginNamesHost>().is_some();
        // Over plain http, browsers say no more than the `Origin` to an address that is not of their own machine.
        let is_same = match site {
            Some(site) => site == "same-origin",
            None => !door.is_https(),
        };
        return judge(is_listed(origin) || is_same && is_host());
    }
    match site {
        Some("same-origin") => return MadeOn::OurPage,
        Some("same-site" | "cross-site") => return MadeOn::ForeignPage,
        // Typed, or a value that nobody knows yet: it says nothing of a page.
        _ => {}
    }
    match one(headers, &REFERER) {
        Some(address) => judge(door.origins().any(|ours| ours.has(address))),
        None => MadeOn::NobodySays,
    }
}

/// The value of a header; an empty one, which is nobody's, where it is there twice or is no text.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let (value, other) = (values.next()?, values.next());
    let text = value.to_str().unwrap_or_default();
    Some(if other.is_some() { "" } else { text })
}

/// The token in the header, else the one in the form.
async fn sent_token(
    door: &BrowserDoor,
    request: Request,
) -> Result<(Option<String>, Request), Problem> {
    if let Some(token) = one(request.headers(), door.csrf_header()) {
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
