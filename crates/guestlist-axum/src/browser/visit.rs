//! One request at the door for browsers: what it holds, and what became of it.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    http::{
        Extensions, HeaderMap, HeaderValue,
        header::{AUTHORIZATION, CACHE_CONTROL, SET_COOKIE},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use guestlist::{FormOf, IdentifyError, SessionId};

use super::BrowserDoor;
use crate::{Flash, Problem, cookie::Change};

/// What the layer leaves with a request for the extractors, and they for the answer.
#[derive(Debug)]
pub(crate) struct Visit {
    door: BrowserDoor,
    /// The value of the session's cookie, which may be anything; none beside an `Authorization` header.
    cookie: Option<String>,
    /// The session it is for, if it is a cookie of ours, whether it opens it or not.
    session: Option<SessionId>,
    /// What the cookie of forms holds, if that was made here.
    visitor: Option<String>,
    /// What it shall hold, if it held nothing and a page has a form.
    new_visitor: OnceLock<String>,
    /// Whether the request was made on a page of ours.
    is_checked: AtomicBool,
    /// Whether the answer has a token in it.
    has_token: AtomicBool,
    /// What a page is to say, which may be anything.
    flash: Option<String>,
    /// Whether the answer says it.
    is_flash_taken: AtomicBool,
}

impl Visit {
    pub(super) fn new(door: &BrowserDoor, headers: &HeaderMap) -> Result<Self, Problem> {
        let cookies = door.names().read(headers)?;
        let cookie = cookies.session.text();
        let cookie = cookie.filter(|_| !headers.contains_key(AUTHORIZATION));
        let (guestlist, form) = (door.guestlist(), cookies.form.text());
        let visitor = form.filter(|held| guestlist.made_form_token(FormOf::Visitor(""), held));
        Ok(Self {
            session: cookie.and_then(|value| guestlist.session_of_cookie(value)),
            cookie: cookie.map(str::to_owned),
            visitor: visitor.map(str::to_owned),
            new_visitor: OnceLock::new(),
            is_checked: AtomicBool::new(false),
            has_token: AtomicBool::new(false),
            flash: cookies.flash.text().map(str::to_owned),
            is_flash_taken: AtomicBool::new(false),
            door: door.clone(),
        })
    }

    /// The visit that a request is part of, where there is a [`BrowserDoor`] around its route.
    pub(crate) fn of(extensions: &Extensions) -> Option<&Arc<Self>> {
        extensions.get()
    }

    /// The same for what cannot do without: a 400 for a program that sends a token, by which no page is
    /// used.
    pub(crate) fn needed<'a>(
        extensions: &'a Extensions,
        headers: &HeaderMap,
    ) -> Result<&'a Arc<Self>, Problem> {
        Self::of(extensions).ok_or_else(|| {
            if headers.contains_key(AUTHORIZATION) {
                return Problem::for_browsers();
            }
            tracing::error!("a route for browsers has no BrowserDoor around it");
            Problem::internal()
        })
    }

    /// What the cookie of the session holds, if the request may be identified by it.
    ///
    /// # Errors
    ///
    /// Where the request changes something and nobody has checked whether it was made here. The layer
    /// does that before any extractor runs.
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

    pub(crate) fn door(&self) -> &BrowserDoor {
        &self.door
    }

    /// What the cookie of the session holds, which may be anything.
    pub(crate) fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// What a page is to say.
    pub(crate) fn flash(&self) -> Option<&str> {
        self.flash.as_deref()
    }

    pub(crate) fn flash_was_taken(&self) {
        self.is_flash_taken.store(true, Ordering::Relaxed);
    }

    /// Whether a cookie of ours came along, by which somebody may be identified.
    pub(crate) fn has_session(&self) -> bool {
        self.session.is_some()
    }

    /// Whether the cookie opens the session that it names. Anybody may have written a name: an id is no
    /// secret.
    ///
    /// # Errors
    ///
    /// Where nobody can look.
    pub(crate) async fn opens(&self) -> Result<bool, Problem> {
        let Some(cookie) = self.cookie().filter(|_| self.has_session()) else {
            return Ok(false);
        };
        match self.door.guestlist().identify_cookie(cookie).await {
            Ok(_) => Ok(true),
            Err(IdentifyError::InvalidToken) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// To what the form of somebody is bound whose cookie opens nothing: to all that it holds.
    fn held(&self) -> Option<FormOf<'_>> {
        let cookie = self.cookie().filter(|_| self.has_session());
        cookie.or(self.visitor.as_deref()).map(FormOf::Visitor)
    }

    /// Whether that token was made for a form that was shown in this session, or to this visitor.
    pub(crate) fn made(&self, token: &str) -> bool {
        let made = |of| self.door.guestlist().made_form_token(of, token);
        self.session.map(FormOf::Session).is_some_and(made) || self.held().is_some_and(made)
    }

    /// A token for a form in the answer, to somebody whose cookie opens its session or does not.
    pub(crate) fn form_token(&self, opens: bool) -> String {
        self.has_token.store(true, Ordering::Relaxed);
        let guestlist = self.door.guestlist();
        let session = self.session.filter(|_| opens).map(FormOf::Session);
        match session.or(self.held()) {
            Some(of) => guestlist.form_token(of),
            None => {
                let made = || guestlist.form_token(FormOf::Visitor(""));
                guestlist.form_token(FormOf::Visitor(self.new_visitor.get_or_init(made)))
            }
        }
    }

    pub(crate) fn is_checked(&self) -> bool {
        self.is_checked.load(Ordering::Relaxed)
    }

    pub(crate) fn has_been_checked(&self) {
        self.is_checked.store(true, Ordering::Relaxed);
    }

    /// Sets the cookies that the answer asks for, and keeps it from caches if it is for one person.
    pub(super) fn finish(&self, response: &mut Response) {
        let change = response.extensions_mut().remove::<Change>();
        let flash = response.extensions_mut().remove::<Flash>();
        let is_set = matches!(change, Some(Change::Set { .. }));
        if is_set && !self.is_checked() {
            tracing::error!("a session's cookie was to be set by a request that nobody checked");
            *response = Problem::internal().into_response();
            return;
        }
        let names = self.door.names();
        let session = change.and_then(|change| match change {
            Change::Set { value, max_age } => names.session_header(&value, max_age),
            Change::Clear => names.session_header("", 0),
        });
        let form = self.new_visitor.get();
        let form = form.and_then(|value| names.form_header(value));
        let is_taken = self.is_flash_taken.load(Ordering::Relaxed);
        let flash = match &flash {
            Some(flash) => flash.value().and_then(|value| names.flash_header(value)),
            None => is_taken.then(|| names.flash_header("")).flatten(),
        };
        let has_token = self.has_token.load(Ordering::Relaxed);
        let is_for_now = session.is_some() || is_taken;
        let headers = response.headers_mut();
        for header in session.into_iter().chain(form).chain(flash) {
            headers.append(SET_COOKIE, header);
        }
        // A page that is filled in may be kept by its own browser, so that going back finds it as it was.
        let is_private = |value: &HeaderValue| value.as_bytes().starts_with(b"private");
        let is_private = headers.get(CACHE_CONTROL).is_some_and(is_private);
        let no_store = HeaderValue::from_static("no-store");
        if is_for_now || has_token && !is_private {
            headers.insert(CACHE_CONTROL, no_store);
        } else if self.cookie.is_some() {
            headers.entry(CACHE_CONTROL).or_insert(no_store);
        }
    }
}
