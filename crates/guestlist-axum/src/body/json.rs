//! JSON bodies. An error never repeats a value that was sent, because it may be a secret.

mod fault;
mod mistakes;
mod number;
mod parts;
mod reader;
mod tree;

pub use mistakes::{Mistakes, Unchecked};
pub use number::whole_number;
pub use reader::cut;

use std::cell::RefCell;

use axum::{
    body::HttpBody,
    extract::{FromRequest, Request},
    http::{HeaderValue, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use self::{
    fault::FaultKind,
    reader::{Known, Reader, Run},
    tree::Tree,
};
use super::{BodyError, media_type, read_body};
use crate::{FieldError, Problem};

/// The detail of a mistake: a member or field is missing.
pub(crate) const NEEDED: &str = "this is needed";
/// The detail of a mistake: the value is no string.
pub const EXPECTED_STRING: &str = "expected a string";
/// The detail of a mistake: the value is not a list.
pub const EXPECTED_LIST: &str = "expected a list";
/// The detail of a mistake: the value is not an object.
pub const EXPECTED_OBJECT: &str = "expected an object";
/// How often one body is read at most. Each reading finds one more fault that serde would stop at.
const MOST_READINGS: usize = 100;

/// A JSON object as the body of a request or a response. Unlike axum's own extractor it refuses
/// other media types and arrays, and it lists all mistakes with their places.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// Why a body is not the expected JSON.
#[derive(Debug)]
pub enum JsonError {
    /// The body could not be read.
    Body(BodyError),
    /// The request has no body.
    Missing,
    /// The body is not JSON (RFC 8259).
    Syntax {
        /// The line of the first error, counted from 1.
        line: usize,
        /// The position in that line, in bytes.
        column: usize,
    },
    /// The body is JSON, with these mistakes.
    Data(Vec<FieldError>),
}

/// The result of reading a body.
#[derive(Debug)]
struct Reading<T> {
    /// Absent if the type refused the made-up values, too.
    value: Option<T>,
    /// The names of the type's members, in their order.
    names: &'static [&'static str],
    mistakes: Vec<FieldError>,
}

impl<T: DeserializeOwned> Json<T> {
    /// Reads the body of a request.
    pub async fn read(request: Request) -> Result<Self, JsonError> {
        Unchecked::read(request)
            .await?
            .check(|value, _| Some(value))
            .map(Self)
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

    fn parse(body: &[u8]) -> Result<Self, JsonError> {
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
        Ok(Self::new(read_tree(&tree)))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        Ok(Self::read(request).await?)
    }
}

/// Answers 500 if the value cannot be written as JSON. Writes into a `Vec`, which costs much less
/// than the `BytesMut` that axum's own type writes to.
impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let json = HeaderValue::from_static("application/json");
                ([(CONTENT_TYPE, json)], body).into_response()
            }
            Err(error) => {
                tracing::error!(%error, "a response cannot be written as JSON");
                Problem::internal().into_response()
            }
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Unchecked<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        Ok(Self::read(request).await?)
    }
}

/// Reads the tree again and again until one reading reaches the end. Each reading knows the faults
/// that ended the earlier ones.
fn read_tree<'de, T: Deserialize<'de>>(tree: &Tree<'de>) -> Reading<T> {
    let mut known = Vec::new();
    loop {
        let run = RefCell::new(Run {
            known,
            ..Run::default()
        });
        let read = T::deserialize(Reader::new(tree, &run));
        let mut run = run.into_inner();
        let fault = match read {
            Ok(value) => {
                return Reading {
                    value: Some(value),
                    names: run.names,
                    mistakes: run.mistakes,
                };
            }
            Err(fault) => fault,
        };
        let (kind, pointer) = fault.into_parts();
        let (pointer, learned) = match kind {
            FaultKind::Missing(name) => (format!("{pointer}/{name}"), Known::Missing),
            FaultKind::Unknown => (pointer, Known::Strict),
            FaultKind::Refused(words) => (pointer, Known::Refused(words)),
        };
        let is_news = run.known.iter().all(|(other, _)| *other != pointer);
        if is_news && run.known.len() < MOST_READINGS && !run.is_full() {
            known = run.known;
            known.push((pointer, learned));
            continue;
        }
        if run.mistakes.iter().all(|found| found.pointer != pointer) {
            run.note(match learned {
                Known::Missing => FieldError::new(pointer, "required", NEEDED),
                Known::Strict => FieldError::new(pointer, "unknown", "there are unknown members"),
                Known::Refused(words) => FieldError::new(pointer, "type", words),
            });
        }
        return Reading {
            value: None,
            names: run.names,
            mistakes: run.mistakes,
        };
    }
}

#[cfg(test)]
mod tests;
