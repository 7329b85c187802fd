//! A message after a redirect: one word of the application's, in a cookie, for the page that it leads to. That page
//! shows it once, and nobody else who is given its address.

use std::convert::Infallible;

use axum::{
    http::{Method, request::Parts},
    response::{IntoResponseParts, ResponseParts},
};

use crate::browser::Visit;

/// Stands between the word and the path.
const AT: char = '~';

/// A part of an answer that redirects: what the page at that path says once. Without a
/// [`BrowserDoor`](crate::BrowserDoor) around the routes nothing is said.
#[derive(Clone, Debug)]
#[must_use = "a flash is shown after the answer it is a part of"]
pub struct Flash(String);

impl Flash {
    /// That word, in ASCII letters, digits and `-`, at that path of ours.
    pub fn new(word: &str, path: &str) -> Self {
        Self(format!("{word}{AT}{path}"))
    }

    /// The word for the page that is asked for. The answer takes it back.
    pub fn take(parts: &Parts) -> Option<String> {
        let visit = Visit::of(&parts.extensions)?;
        let (word, path) = visit.flash()?.split_once(AT)?;
        (parts.method == Method::GET && path == parts.uri.path()).then(|| {
            visit.flash_was_taken();
            word.to_owned()
        })
    }

    /// What a cookie may hold (RFC 6265bis, section 4.1.1).
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
