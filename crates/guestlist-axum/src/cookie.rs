//! The cookies (RFC 6265bis):
//!
//! - one for the session
//! - one that binds the forms of a visitor who is not signed in
//! - one for the message of the next page
//! - one that remembers the device after a sign-in
//!
//! Their names begin with `__Host-`, so that a browser accepts them only from this host and over
//! TLS, and no sibling or parent domain can set one. Over plain HTTP on a loopback address a
//! browser would refuse such names; there they have neither the prefix nor `Secure`.

use axum::{
    http::{HeaderMap, HeaderValue, header::COOKIE},
    response::{IntoResponseParts, ResponseParts},
};
use guestlist::{DeviceToken, SignedIn};

use crate::Problem;

/// The most bytes and cookies that are accepted. Browsers send less unless a page forces them.
const MAX_BYTES: usize = 8 * 1024;
const MAX_COOKIES: usize = 200;
/// How long a flash message is kept, in seconds. The page after a redirect is requested at once.
const FLASH_SECONDS: u64 = 60;
/// How long the cookie of the second step of a sign-in is kept, in seconds: as long as its value is
/// valid.
const CHALLENGE_SECONDS: u64 = 600;

/// The names of the cookies, and whether they are limited to TLS.
#[derive(Clone, Debug)]
pub(crate) struct CookieNames {
    pub(crate) session: String,
    pub(crate) form: String,
    pub(crate) flash: String,
    pub(crate) device: String,
    /// Not bound to the host by its name, because its path is not `/`.
    pub(crate) challenge: String,
    pub(crate) secure: bool,
}

/// Our cookies in a request.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Cookies<'a> {
    pub(crate) session: Found<'a>,
    pub(crate) form: Found<'a>,
    pub(crate) flash: Found<'a>,
    pub(crate) device: Found<'a>,
    pub(crate) challenge: Found<'a>,
}

/// The value of one cookie.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Found<'a> {
    /// There is no such cookie.
    #[default]
    Nothing,
    /// One value, unchecked.
    One(&'a [u8]),
    /// Several values: the server cannot tell which one it set (RFC 6265bis, section 8.6).
    Several,
}

impl CookieNames {
    /// Derives the names from the name that the application chose, or from our own.
    pub(crate) fn new(chosen: Option<&str>, secure: bool) -> Self {
        let session = match (chosen, secure) {
            (Some(name), _) => name.to_owned(),
            (None, true) => "__Host-guestlist".to_owned(),
            (None, false) => "guestlist".to_owned(),
        };
        Self {
            form: format!("{session}-form"),
            flash: format!("{session}-flash"),
            device: format!("{session}-device"),
            challenge: challenge_name(&session, secure),
            session,
            secure,
        }
    }

    /// Reads the cookies of a request. Names are compared with case. A pair without a name or
    /// without `=` is ignored (RFC 6265bis, sections 5.4 and 4.1.1).
    ///
    /// # Errors
    ///
    /// 431 if there are more cookies than browsers send by themselves.
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
                } else if name == self.device.as_bytes() {
                    &mut cookies.device
                } else if name == self.challenge.as_bytes() {
                    &mut cookies.challenge
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

    /// Returns the header that sets the session cookie, or deletes it if `value` is empty and
    /// `max_age` is 0.
    pub(crate) fn session_header(&self, value: &str, max_age: u64) -> Option<HeaderValue> {
        self.header(&self.session, value, Some(max_age), "/")
    }

    /// Returns the header that sets the form cookie, which the browser deletes when it is closed.
    pub(crate) fn form_header(&self, value: &str) -> Option<HeaderValue> {
        self.header(&self.form, value, None, "/")
    }

    /// Returns the header that sets the flash cookie, or deletes it if `value` is empty.
    pub(crate) fn flash_header(&self, value: &str) -> Option<HeaderValue> {
        let max_age = if value.is_empty() { 0 } else { FLASH_SECONDS };
        self.header(&self.flash, value, Some(max_age), "/")
    }

    /// Returns the header that sets the cookie of a known device.
    pub(crate) fn device_header(&self, device: &DeviceToken) -> Option<HeaderValue> {
        let max_age = device.lifetime().as_secs();
        self.header(&self.device, device.expose(), Some(max_age), "/")
    }

    /// Returns the header that sets the cookie of the second step of a sign-in, which the browser
    /// sends to that path only, or deletes it if `value` is empty.
    pub(crate) fn challenge_header(&self, value: &str, path: &str) -> Option<HeaderValue> {
        let max_age = if value.is_empty() {
            0
        } else {
            CHALLENGE_SECONDS
        };
        self.header(&self.challenge, value, Some(max_age), path)
    }

    fn header(
        &self,
        name: &str,
        value: &str,
        max_age: Option<u64>,
        path: &str,
    ) -> Option<HeaderValue> {
        let max_age = max_age.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!("{name}={value}; Path={path}{max_age}; HttpOnly; SameSite=Lax{secure}");
        let mut header = HeaderValue::try_from(text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

/// Returns the name of the cookie of the second step. A name that begins with `__Host-` would need
/// the path `/` (RFC 6265bis, section 4.1.3.2).
fn challenge_name(session: &str, secure: bool) -> String {
    let name = session.strip_prefix("__Host-").unwrap_or(session);
    let name = name.strip_prefix("__Secure-").unwrap_or(name);
    let prefix = if secure { "__Secure-" } else { "" };
    format!("{prefix}{name}-second-step")
}

impl<'a> Found<'a> {
    /// Returns the value. Several cookies, or one that is not text, give an empty value, which is
    /// never valid.
    pub(crate) fn text(self) -> Option<&'a str> {
        match self {
            Self::Nothing => None,
            Self::One(value) => Some(std::str::from_utf8(value).unwrap_or_default()),
            Self::Several => Some(""),
        }
    }
}

/// A response part that sets or deletes the session cookie. The name and attributes come from the
/// [`BrowserLayer`](crate::BrowserLayer) around the route; without one, no cookie is set.
///
/// The cookie is set at a sign-in and whenever a new secret replaces the old one. Only a sign-out
/// deletes it. A refusal never does, because a late refusal would delete a newer cookie.
#[derive(Clone, Debug)]
#[must_use = "the cookie is set only if this is part of the response"]
pub struct SessionCookie(pub(crate) Change);

#[derive(Clone)]
pub(crate) enum Change {
    Set {
        value: String,
        max_age: u64,
        /// Remembers the device, after a sign-in.
        device: Option<DeviceToken>,
    },
    Clear {
        /// Remembers the device, after a reset of the password.
        device: Option<DeviceToken>,
    },
}

impl SessionCookie {
    /// Returns the part that sets the cookie, if the session is held by a cookie.
    pub fn of(signed_in: &SignedIn) -> Option<Self> {
        signed_in.session.is_cookie_session().then(|| {
            Self(Change::Set {
                value: signed_in.access_token.expose().to_owned(),
                max_age: signed_in.expires_in.as_secs(),
                device: None,
            })
        })
    }

    /// Sets the cookie of the known device, too.
    pub(crate) fn remembering(mut self, known: DeviceToken) -> Self {
        let (Change::Set { device, .. } | Change::Clear { device }) = &mut self.0;
        *device = Some(known);
        self
    }

    /// Returns the part that deletes the cookie.
    pub fn cleared() -> Self {
        Self(Change::Clear { device: None })
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
            Self::Clear { .. } => "Clear",
        })
    }
}
