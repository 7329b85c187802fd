//! The door for browsers: who comes by a cookie, and whether the request was made on a page of ours.
//!
//! A browser sends its cookies with every request, also with one that somebody else's page makes it
//! send. So nothing is opened by a cookie but where a [`BrowserDoor`] stands around the routes, and it
//! lets no such request through that changes something, unless it shows that it comes from here
//! (`csrf.rs`). Forgetting the one means having none of the other.
//!
//! Where a request has an `Authorization` header, no cookie identifies anybody: a page of somebody else
//! cannot make a browser send such a header.

mod service;
mod visit;

pub use service::AtTheDoor;
pub(crate) use visit::Visit;

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, header::COOKIE};
use guestlist::Guestlist;
use tower::Layer;

use crate::{
    cookie::CookieNames,
    origin::{WebOrigin, WebOriginError},
};

/// A layer that stands around the routes that browsers use. With it, the extractors of
/// [`CurrentUser`](crate::CurrentUser) and its kin find whoever holds a session by its cookie, and
/// [`OwnForm`](crate::OwnForm), [`CsrfToken`](crate::CsrfToken) and
/// [`CookieSignIn`](crate::CookieSignIn) have what they need.
///
/// What it refuses: 403 `foreign_page` and `csrf_token`, 431 `too_many_cookies`.
#[derive(Clone, Debug)]
pub struct BrowserDoor(Arc<Settled>);

#[derive(Debug)]
struct Settled {
    guestlist: Guestlist,
    own: WebOrigin,
    allowed: Vec<WebOrigin>,
    names: CookieNames,
    csrf_header: HeaderName,
    passes: fn(&str) -> bool,
    has_pages: fn(&str) -> bool,
}

impl BrowserDoor {
    /// The door of an application that people reach at that base URL, such as
    /// `https://events.example.org`: scheme, host and port.
    pub fn builder(guestlist: Guestlist, base_url: impl Into<String>) -> BrowserDoorBuilder {
        BrowserDoorBuilder {
            guestlist,
            base_url: base_url.into(),
            allowed: Vec::new(),
            session_cookie: None,
            secure: None,
            csrf_header: HeaderName::from_static("x-csrf-token"),
            passes: |_| false,
            has_pages: |_| true,
        }
    }

    /// Whether people reach the application over TLS.
    pub fn is_https(&self) -> bool {
        self.0.own.is_https()
    }

    /// Whether browsers keep the cookies that are set here: over plain HTTP, and not on this machine
    /// alone, they drop those that are for TLS.
    pub fn can_set_cookies(&self) -> bool {
        !self.0.names.secure || self.is_https() || self.0.own.is_loopback()
    }

    pub(crate) fn guestlist(&self) -> &Guestlist {
        &self.0.guestlist
    }

    pub(crate) fn names(&self) -> &CookieNames {
        &self.0.names
    }

    pub(crate) fn csrf_header(&self) -> &HeaderName {
        &self.0.csrf_header
    }

    /// The origins whose pages count as ours.
    pub(crate) fn origins(&self) -> impl Iterator<Item = &WebOrigin> {
        std::iter::once(&self.0.own).chain(&self.0.allowed)
    }

    /// Whether a request to that path has nothing to do with browsers.
    fn passes(&self, path: &str, headers: &HeaderMap) -> bool {
        (self.0.passes)(path) || !(headers.contains_key(COOKIE) || (self.0.has_pages)(path))
    }
}

impl<S> Layer<S> for BrowserDoor {
    type Service = AtTheDoor<S>;

    fn layer(&self, routes: S) -> AtTheDoor<S> {
        AtTheDoor::new(self.clone(), routes)
    }
}

/// Settles what a [`BrowserDoor`] does. Everything but the base URL has a default.
#[derive(Debug)]
#[must_use]
pub struct BrowserDoorBuilder {
    guestlist: Guestlist,
    base_url: String,
    allowed: Vec<WebOrigin>,
    session_cookie: Option<String>,
    secure: Option<bool>,
    csrf_header: HeaderName,
    passes: fn(&str) -> bool,
    has_pages: fn(&str) -> bool,
}

impl BrowserDoorBuilder {
    /// Origins whose pages may do whatever ours may, for somebody who is signed in: those that
    /// [`cors`](crate::cors) lets read the answers. None by default.
    pub fn allow_origins(mut self, origins: impl IntoIterator<Item = WebOrigin>) -> Self {
        self.allowed = origins.into_iter().collect();
        self
    }

    /// Whether cookies are for TLS alone. By default they are, but where the base URL is http on a
    /// loopback address.
    pub fn secure_cookies(mut self, secure: bool) -> Self {
        self.secure = Some(secure);
        self
    }

    /// The name of the session's cookie; the one for forms has `-form` behind it. By default
    /// `__Host-guestlist`, or `guestlist` where cookies are not for TLS alone.
    pub fn session_cookie(mut self, name: impl Into<String>) -> Self {
        self.session_cookie = Some(name.into());
        self
    }

    /// The header in which a script sends the CSRF token. `X-CSRF-Token` by default.
    pub fn csrf_header(mut self, name: HeaderName) -> Self {
        self.csrf_header = name;
        self
    }

    /// Requests to those paths pass by this door: no cookie opens anything there, and nothing is checked.
    /// For addresses that are for programs alone. None by default.
    pub fn passes(mut self, path: fn(&str) -> bool) -> Self {
        self.passes = path;
        self
    }

    /// Where there may be pages, which set a cookie for their forms. Elsewhere a request without any cookie
    /// passes by this door, and costs no more than without it. Everywhere by default.
    pub fn pages_at(mut self, path: fn(&str) -> bool) -> Self {
        self.has_pages = path;
        self
    }

    /// The door, if the settings make sense.
    pub fn build(self) -> Result<BrowserDoor, BrowserDoorError> {
        let own: WebOrigin = self.base_url.parse()?;
        let in_names = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(in_names);
        if self
            .session_cookie
            .as_deref()
            .is_some_and(|name| !is_name(name))
        {
            return Err(BrowserDoorError::CookieName);
        }
        let needs_no_tls = !own.is_https() && own.is_loopback();
        let secure = self.secure.unwrap_or(!needs_no_tls);
        Ok(BrowserDoor(Arc::new(Settled {
            names: CookieNames::new(self.session_cookie.as_deref(), secure),
            guestlist: self.guestlist,
            own,
            allowed: self.allowed,
            csrf_header: self.csrf_header,
            passes: self.passes,
            has_pages: self.has_pages,
        })))
    }
}

/// Why there is no door for browsers.
#[derive(Debug, thiserror::Error)]
pub enum BrowserDoorError {
    /// The base URL is no origin.
    #[error("the base URL is no address of an application: {0}")]
    BaseUrl(#[from] WebOriginError),
    /// See [`BrowserDoorBuilder::session_cookie`].
    #[error("the name of a cookie has ASCII letters, digits, `-`, `_` and `.` alone")]
    CookieName,
}

#[cfg(test)]
mod tests;
