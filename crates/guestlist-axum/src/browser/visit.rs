//! The cookies of one request inside the [`BrowserLayer`], and the cookies that its answer must
//! set.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use axum::http::{Extensions, HeaderMap, header::AUTHORIZATION, request::Parts};
use guestlist::{FormOf, IdentifyError, SessionId};

use super::layer::BrowserLayer;
use crate::Problem;

/// The values that the layer passes to the extractors, and that the extractors pass on for the
/// answer.
#[derive(Debug)]
pub(crate) struct Visit {
    layer: BrowserLayer,
    /// The value of the session cookie, unchecked; `None` if there is an `Authorization` header.
    cookie: Option<String>,
    /// The session that the cookie names, if this server made the cookie; the cookie may be
    /// invalid.
    session: Option<SessionId>,
    /// The value of the form cookie, if this server made it.
    visitor: Option<String>,
    /// The new value of the form cookie, if the request had no form cookie and a page shows a form.
    new_visitor: OnceLock<String>,
    /// Whether the request was checked to come from one of our own pages.
    is_checked: AtomicBool,
    /// Whether the answer contains a CSRF token.
    has_token: AtomicBool,
    /// The value of the flash cookie, unchecked.
    flash: Option<String>,
    /// The value of the cookie of a known device, unchecked.
    device: Option<String>,
    /// The value of the cookie of the second step of a sign-in, unchecked.
    second_step: Option<String>,
    /// Whether the answer shows the flash message.
    is_flash_taken: AtomicBool,
}

impl Visit {
    pub(super) fn new(layer: &BrowserLayer, headers: &HeaderMap) -> Result<Self, Problem> {
        let cookies = layer.names().read(headers)?;
        let cookie = cookies.session.text();
        let cookie = cookie.filter(|_| !headers.contains_key(AUTHORIZATION));
        let (guestlist, form) = (layer.guestlist(), cookies.form.text());
        let visitor = form.filter(|held| guestlist.made_form_token(FormOf::Visitor(""), held));
        Ok(Self {
            session: cookie.and_then(|value| guestlist.session_of_cookie(value)),
            cookie: cookie.map(str::to_owned),
            visitor: visitor.map(str::to_owned),
            new_visitor: OnceLock::new(),
            is_checked: AtomicBool::new(false),
            has_token: AtomicBool::new(false),
            flash: cookies.flash.text().map(str::to_owned),
            device: cookies.device.text().map(str::to_owned),
            is_flash_taken: AtomicBool::new(false),
            second_step: cookies.challenge.text().map(str::to_owned),
            layer: layer.clone(),
        })
    }

    /// Returns the visit of a request, if there is a [`BrowserLayer`] around its route.
    pub(crate) fn of(extensions: &Extensions) -> Option<&Arc<Self>> {
        extensions.get()
    }

    /// Returns the visit, which the caller requires. Answers 400 to a program that sends a token,
    /// because pages do not accept tokens.
    pub(crate) fn needed<'a>(
        extensions: &'a Extensions,
        headers: &HeaderMap,
    ) -> Result<&'a Arc<Self>, Problem> {
        Self::of(extensions).ok_or_else(|| {
            if headers.contains_key(AUTHORIZATION) {
                return Problem::for_browsers();
            }
            tracing::error!("a route for browsers has no BrowserLayer around it");
            Problem::internal()
        })
    }

    /// Returns the session cookie, if it may identify the user.
    ///
    /// # Errors
    ///
    /// 403 if the request changes something and was not checked to come from one of our own pages.
    /// The layer checks before any extractor runs.
    pub(crate) fn cookie_of(parts: &Parts) -> Result<Option<&str>, Problem> {
        let visit = Self::of(&parts.extensions);
        let Some((visit, value)) = visit.and_then(|visit| Some((visit, visit.cookie()?))) else {
            return Ok(None);
        };
        if parts.method.is_safe() || visit.is_checked() || visit.session.is_none() {
            Ok(Some(value))
        } else {
            Err(Problem::csrf_token())
        }
    }

    pub(crate) fn layer(&self) -> &BrowserLayer {
        &self.layer
    }

    /// The value of the session cookie, unchecked.
    pub(crate) fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// The value of the flash cookie, unchecked.
    pub(crate) fn flash(&self) -> Option<&str> {
        self.flash.as_deref()
    }

    /// The value of the cookie of a known device, unchecked.
    pub(crate) fn device(&self) -> Option<&str> {
        self.device.as_deref()
    }

    /// The value of the cookie of the second step of a sign-in, unchecked.
    pub(crate) fn second_step(&self) -> Option<&str> {
        self.second_step.as_deref()
    }

    /// Whether the answer shows the flash message.
    pub(super) fn is_flash_taken(&self) -> bool {
        self.is_flash_taken.load(Ordering::Relaxed)
    }

    pub(crate) fn flash_was_taken(&self) {
        self.is_flash_taken.store(true, Ordering::Relaxed);
    }

    /// Whether the request has a session cookie that this server made.
    pub(crate) fn has_session(&self) -> bool {
        self.session.is_some()
    }

    /// Whether the session cookie is valid. A cookie that only names a session is not, because the
    /// id of a session is no secret.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub(crate) async fn is_signed_in(&self) -> Result<bool, Problem> {
        let Some(cookie) = self.cookie().filter(|_| self.has_session()) else {
            return Ok(false);
        };
        match self.layer.guestlist().identify_cookie(cookie).await {
            Ok(_) => Ok(true),
            Err(IdentifyError::InvalidToken) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns what a form is bound to if no valid session exists: the session cookie's whole
    /// value, or the form cookie.
    fn held(&self) -> Option<FormOf<'_>> {
        let cookie = self.cookie().filter(|_| self.has_session());
        cookie.or(self.visitor.as_deref()).map(FormOf::Visitor)
    }

    /// Whether the token was made for a form in this session or for this visitor.
    pub(crate) fn made(&self, token: &str) -> bool {
        let made = |of| self.layer.guestlist().made_form_token(of, token);
        self.session.map(FormOf::Session).is_some_and(made) || self.held().is_some_and(made)
    }

    /// Returns a token for a form in the answer, bound to the session if `is_signed_in`, and to a
    /// cookie otherwise.
    pub(crate) fn form_token(&self, is_signed_in: bool) -> String {
        self.has_token.store(true, Ordering::Relaxed);
        let guestlist = self.layer.guestlist();
        let session = self.session.filter(|_| is_signed_in).map(FormOf::Session);
        match session.or(self.held()) {
            Some(of) => guestlist.form_token(of),
            None => {
                let made = || guestlist.form_token(FormOf::Visitor(""));
                guestlist.form_token(FormOf::Visitor(self.new_visitor.get_or_init(made)))
            }
        }
    }

    /// Whether the answer contains a CSRF token.
    pub(super) fn has_token(&self) -> bool {
        self.has_token.load(Ordering::Relaxed)
    }

    /// The form cookie to set, if a form in the answer is bound to it.
    pub(super) fn new_visitor(&self) -> Option<&str> {
        self.new_visitor.get().map(String::as_str)
    }

    pub(crate) fn is_checked(&self) -> bool {
        self.is_checked.load(Ordering::Relaxed)
    }

    pub(crate) fn has_been_checked(&self) {
        self.is_checked.store(true, Ordering::Relaxed);
    }
}
