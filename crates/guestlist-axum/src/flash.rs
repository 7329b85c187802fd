//! A message after a redirect: a cookie carries one word of the application to the next page. The
//! page shows the message once, and it is not part of the page's address.

use std::convert::Infallible;

use axum::{
    http::{Method, request::Parts},
    response::{IntoResponseParts, ResponseParts},
};

use crate::browser::Visit;

/// The separator between the word and the path.
const AT: char = '~';

/// A response part for a redirect: the message that the page at this path shows once. It needs a
/// [`BrowserLayer`](crate::BrowserLayer) around the routes; without one it is dropped.
#[derive(Clone, Debug)]
#[must_use = "the message is shown only if this is part of the response"]
pub struct Flash(String);

impl Flash {
    /// Creates a message: one word of ASCII letters, digits and `-`, for the page at this local
    /// path.
    pub fn new(word: &str, path: &str) -> Self {
        Self(format!("{word}{AT}{path}"))
    }

    /// Returns the word if it is for the requested page. The answer deletes the cookie.
    pub fn take(parts: &Parts) -> Option<String> {
        let visit = Visit::of(&parts.extensions)?;
        let (word, path) = visit.flash()?.split_once(AT)?;
        (parts.method == Method::GET && path == parts.uri.path()).then(|| {
            visit.flash_was_taken();
            word.to_owned()
        })
    }

    /// Returns the cookie's value, if a cookie may hold it (RFC 6265bis, section 4.1.1).
    pub(crate) fn value(&self) -> Option<&str> {
        let may_stand = |b: u8| b.is_ascii_graphic() && !b"\",;\\".contains(&b);
        let is_value = self.0.len() <= 1_000 && self.0.bytes().all(may_stand);
        is_value.then_some(&*self.0)
    }
}

impl IntoResponseParts for Flash {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}
