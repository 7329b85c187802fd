//! A JSON body whose values are checked after it was read.

use axum::{
    body::HttpBody,
    extract::{FromRequest, Request},
};
use serde::de::DeserializeOwned;

use super::{
    error::JsonError,
    mistakes::Mistakes,
    reading::{Reading, read_tree},
    tree::Tree,
};
use crate::{
    FieldError, Problem,
    body::{BodyError, details::EXPECTED_OBJECT, media_type, read_body},
};

/// A body whose values are not checked yet. [`check`](Self::check) returns the mistakes of reading
/// and of checking together.
#[derive(Debug)]
pub struct Unchecked<T>(Reading<T>);

impl<T> Unchecked<T> {
    /// Runs `check` and returns its result if there is no mistake. `check` also runs if reading
    /// found mistakes; then the wrong values are replaced by made-up ones, and mistakes that
    /// `check` adds for them are dropped.
    pub fn check<R>(
        self,
        check: impl FnOnce(T, &mut Mistakes) -> Option<R>,
    ) -> Result<R, JsonError> {
        let Reading {
            value,
            names,
            mistakes: found,
        } = self.0;
        let mut mistakes = Mistakes::new(names, found);
        let checked = value.and_then(|value| check(value, &mut mistakes));
        match checked {
            Some(checked) if mistakes.is_empty() => Ok(checked),
            _ => Err(mistakes.into_error()),
        }
    }
}

impl<T: DeserializeOwned> Unchecked<T> {
    /// Reads the body of a request.
    pub async fn read(request: Request) -> Result<Self, JsonError> {
        let json = match media_type(request.headers()) {
            Some((essence, true)) => {
                essence == "application/json" || essence == "application/merge-patch+json"
            }
            _ => false,
        };
        if !json {
            // A request without a body needs no content type.
            if request.body().is_end_stream() {
                return Err(JsonError::Missing);
            }
            return Err(JsonError::Body(BodyError::MediaType(
                "application/json, in UTF-8",
            )));
        }
        let body = read_body(request).await.map_err(JsonError::Body)?;
        Self::parse(&body)
    }

    pub(super) fn parse(body: &[u8]) -> Result<Self, JsonError> {
        if body.is_empty() {
            return Err(JsonError::Missing);
        }
        let tree: Tree<'_> = serde_json::from_slice(body).map_err(|error| JsonError::Syntax {
            line: error.line(),
            column: error.column(),
        })?;
        // A derived `Deserialize` for a struct would also accept an array of its members in order.
        if !matches!(tree, Tree::Object(_)) {
            let error = FieldError::new("", "type", EXPECTED_OBJECT);
            return Err(JsonError::Data(vec![error]));
        }
        Ok(Self(read_tree(&tree)))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Unchecked<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        Ok(Self::read(request).await?)
    }
}
