//! The cookies of the door (RFC 6265bis): one that opens a session, one to which the forms are
//! bound of somebody who has none, and one for what the next page says.
//!
//! Their names begin with `__Host-`, so that a browser takes them from this host alone, over TLS, and
//! nobody beside or below it can put another in their place. Where the application is reached over plain
//! HTTP on this machine, no browser would take such a name: there they go without prefix and `Secure`.

use axum::{
    http::{HeaderMap, HeaderValue, header::COOKIE},
    response::{IntoResponseParts, ResponseParts},
};
use guestlist::SignedIn;

use crate::Problem;

/// More than a browser sends to one host, unless somebody makes it.
const MAX_BYTES: usize = 8 * 1024;
const MAX_COOKIES: usize = 200;
/// The page after a redirect is asked for at once.
const FLASH_SECONDS: u64 = 60;

/// How the cookies are called, and whether they are for TLS alone.
#[derive(Clone, Debug)]
pub(crate) struct CookieNames {
    pub(crate) session: String,
    pub(crate) form: String,
    pub(crate) flash: String,
    pub(crate) secure: bool,
}

/// What a request has of them.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Cookies<'a> {
    pub(crate) session: Found<'a>,
    pub(crate) form: Found<'a>,
    pub(crate) flash: Found<'a>,
}

/// What stands under one name.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Found<'a> {
    /// Nothing.
    #[default]
    Nothing,
    /// A value, which may be anything.
    One(&'a [u8]),
    /// Several: which of them is ours nobody can tell (RFC 6265bis, section 8.6).
    Several,
}

impl CookieNames {
    /// Names of our own, or one that the application chose.
    pub(crate) fn new(chosen: Option<&str>, secure: bool) -> Self {
        let session = match (chosen, secure) {
            (Some(name), _) => name.to_owned(),
            (None, true) => "__Host-guestlist".to_owned(),
            (None, false) => "guestlist".to_owned(),
        };
        Self {
            form: format!("{session}-form"),
            flash: format!("{session}-flash"),
            session,
            secure,
        }
    }

    /// Reads the cookies of a request: names in their exact case, nothing without a name and nothing
    /// without a value's sign (RFC 6265bis, section 5.4 and 4.1.1).
    ///
    /// # Errors
    ///
    /// 431 where there are more than any browser sends of its own accord.
    pub(crate) fn read<'a>(&self, headers: &'a HeaderMap) -> Result<Cookies<'a>, Problem> {
        let mut cookies = Cookies::default();
        let (mut bytes, mut count) = (0, 0);
        for line in headers.get_all(COOKIE) {
            bytes += line.len();
            for pair in line.as_bytes().split(|byte| *byte == b';') {
                count += 1;
                let Some(at) = pair.iter().position(|byte| *byte == b'=') else {
                    continue;
                };
                let (name, value) = (pair[..at].trim_ascii(), pair[at + 1..].trim_ascii());
                let found = if name == self.session.as_bytes() {
                    &mut cookies.session
                } else if name == self.form.as_bytes() {
                    &mut cookies.form
                } else if name == self.flash.as_bytes() {
                    &mut cookies.flash
                } else {
                    continue;
                };
                *found = match found {
                    Found::Nothing => Found::One(value),
                    Found::One(_) | Found::Several => Found::Several,
                };
            }
        }
        if bytes > MAX_BYTES || count > MAX_COOKIES {
            return Err(Problem::too_many_cookies());
        }
        Ok(cookies)
    }

    /// The header that sets the session's cookie, or takes it back where nothing is left of it.
    pub(crate) fn session_header(&self, value: &str, max_age: u64) -> Option<HeaderValue> {
        self.header(&self.session, value, Some(max_age))
    }

    /// The header that sets the cookie of forms, which goes when the browser is closed.
    pub(crate) fn form_header(&self, value: &str) -> Option<HeaderValue> {
        self.header(&self.form, value, None)
    }

    /// The header that sets what the next page says, or takes it back.
    pub(crate) fn flash_header(&self, value: &str) -> Option<HeaderValue> {
        let max_age = if value.is_empty() { 0 } else { FLASH_SECONDS };
        self.header(&self.flash, value, Some(max_age))
    }

    fn header(&self, name: &str, value: &str, max_age: Option<u64>) -> Option<HeaderValue> {
        let max_age = max_age.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!("{name}={value}; Path=/{max_age}; HttpOnly; SameSite=Lax{secure}");
        let mut header = HeaderValue::try_from(text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

impl<'a> Found<'a> {
    /// The value; one that can be nothing where there are several or where it is no text.
    pub(crate) fn text(self) -> Option<&'a str> {
        match self {
            Self::Nothing => None,
            Self::One(value) => Some(std::str::from_utf8(value).unwrap_or_default()),
            Self::Several => Some(""),
        }
    }
}

/// A part of an answer that changes the cookie of the session in the browser that asked. Name and
/// attributes come from the [`BrowserDoor`](crate::BrowserDoor) around the routes: without one, there is
/// no cookie.
///
/// It is set at a sign-in and wherever another secret comes in the place of the old one. Only a sign-out
/// takes it back: a refusal does not, because a late one would erase what came after it.
#[derive(Clone, Debug)]
#[must_use = "a cookie is set by the answer it is a part of"]
pub struct SessionCookie(pub(crate) Change);

#[derive(Clone)]
pub(crate) enum Change {
    Set { value: String, max_age: u64 },
    Clear,
}

impl SessionCookie {
    /// What sets it, if what was handed out is for a cookie.
    pub fn of(signed_in: &SignedIn) -> Option<Self> {
        signed_in.session.is_a_cookies().then(|| {
            Self(Change::Set {
                value: signed_in.access_token.expose().to_owned(),
                max_age: signed_in.expires_in.as_secs(),
            })
        })
    }

    /// What takes it back.
    pub fn cleared() -> Self {
        Self(Change::Clear)
    }
}

impl IntoResponseParts for SessionCookie {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.extensions_mut().insert(self.0);
        Ok(parts)
    }
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Set { .. } => "Set(…)",
            Self::Clear => "Clear",
        })
    }
}
