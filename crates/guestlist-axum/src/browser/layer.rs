//! The layer around the routes that browsers use, and its settings.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, header::COOKIE};
use guestlist::Guestlist;

use crate::{
    cookie::CookieNames,
    origin::{WebOrigin, WebOriginError},
};

/// A layer around the routes that browsers use. Inside it, [`CurrentUser`](crate::CurrentUser) and
/// the other identity extractors also accept a session's cookie. [`OwnForm`](crate::OwnForm),
/// [`CsrfToken`](crate::CsrfToken) and [`CookieSignIn`](crate::CookieSignIn) need this layer.
///
/// It refuses requests with 403 `foreign_page`, 403 `csrf_token` and 431 `too_many_cookies`.
#[derive(Clone, Debug)]
pub struct BrowserLayer(Arc<Config>);

#[derive(Debug)]
struct Config {
    guestlist: Guestlist,
    own: WebOrigin,
    allowed: Vec<WebOrigin>,
    names: CookieNames,
    csrf_header: HeaderName,
    passes: fn(&str) -> bool,
    has_pages: fn(&str) -> bool,
}

impl BrowserLayer {
    /// Starts a layer for an application with this base URL: scheme, host and port, such as
    /// `https://events.example.org`.
    pub fn builder(guestlist: Guestlist, base_url: impl Into<String>) -> BrowserLayerBuilder {
        BrowserLayerBuilder {
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

    /// Whether users reach the application over TLS.
    pub fn is_https(&self) -> bool {
        self.0.own.is_https()
    }

    /// Whether browsers keep the cookies that this layer sets. Over plain HTTP, except on a
    /// loopback address, browsers drop cookies that are marked `Secure`.
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

    /// Returns the origins whose pages count as ours.
    pub(crate) fn origins(&self) -> impl Iterator<Item = &WebOrigin> {
        std::iter::once(&self.0.own).chain(&self.0.allowed)
    }

    /// Whether the layer does nothing for a request to this path.
    pub(super) fn passes(&self, path: &str, headers: &HeaderMap) -> bool {
        (self.0.passes)(path) || !(headers.contains_key(COOKIE) || (self.0.has_pages)(path))
    }
}

/// Builds a [`BrowserLayer`]. Everything except the base URL has a default.
#[derive(Debug)]
#[must_use]
pub struct BrowserLayerBuilder {
    guestlist: Guestlist,
    base_url: String,
    allowed: Vec<WebOrigin>,
    session_cookie: Option<String>,
    secure: Option<bool>,
    csrf_header: HeaderName,
    passes: fn(&str) -> bool,
    has_pages: fn(&str) -> bool,
}

impl BrowserLayerBuilder {
    /// Sets the origins whose pages may do what our own pages may do for a signed-in user. These
    /// are the origins that [`cors`](crate::cors) lets read the answers. Default: none.
    pub fn allow_origins(mut self, origins: impl IntoIterator<Item = WebOrigin>) -> Self {
        self.allowed = origins.into_iter().collect();
        self
    }

    /// Sets whether cookies are sent over TLS only. Default: true, unless the base URL is `http` on
    /// a loopback address.
    pub fn secure_cookies(mut self, secure: bool) -> Self {
        self.secure = Some(secure);
        self
    }

    /// Sets the name of the session cookie. The cookie for forms has the same name with `-form`
    /// appended. Default: `__Host-guestlist`, or `guestlist` if cookies are not limited to TLS.
    pub fn session_cookie(mut self, name: impl Into<String>) -> Self {
        self.session_cookie = Some(name.into());
        self
    }

    /// Sets the header in which a script sends the CSRF token. Default: `X-CSRF-Token`.
    pub fn csrf_header(mut self, name: HeaderName) -> Self {
        self.csrf_header = name;
        self
    }

    /// Sets which paths the layer ignores: those for which `path` returns true. There, cookies have
    /// no effect, and the layer checks nothing. Only addresses for programs should be among them.
    /// By default the layer ignores no path.
    pub fn passes(mut self, path: fn(&str) -> bool) -> Self {
        self.passes = path;
        self
    }

    /// Sets the paths that may be pages, which set a cookie for their forms. At other paths a
    /// request without cookies passes through the layer at no cost. Default: all paths.
    pub fn pages_at(mut self, path: fn(&str) -> bool) -> Self {
        self.has_pages = path;
        self
    }

    /// Builds the layer, if the settings are valid.
    pub fn build(self) -> Result<BrowserLayer, BrowserLayerError> {
        let own: WebOrigin = self.base_url.parse()?;
        let in_names = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(in_names);
        if self
            .session_cookie
            .as_deref()
            .is_some_and(|name| !is_name(name))
        {
            return Err(BrowserLayerError::CookieName);
        }
        let needs_no_tls = !own.is_https() && own.is_loopback();
        let secure = self.secure.unwrap_or(!needs_no_tls);
        Ok(BrowserLayer(Arc::new(Config {
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

/// Why a [`BrowserLayer`] cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BrowserLayerError {
    /// The base URL is not an origin.
    #[error("the base URL is not the address of an application: {0}")]
    BaseUrl(#[from] WebOriginError),
    /// The name is invalid; see [`BrowserLayerBuilder::session_cookie`].
    #[error("the name of a cookie may have only ASCII letters, digits, `-`, `_` and `.`")]
    CookieName,
}
