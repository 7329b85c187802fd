//! JSON bodies. An error never repeats a value that was sent, because it may be a secret.

mod error;
mod mistakes;
mod number;
mod unchecked;

mod deserializer;
mod fault;
mod parts;
mod reader;
mod reading;
mod tree;

pub use error::JsonError;
pub use mistakes::Mistakes;
pub use number::whole_number;
pub use reader::cut;
pub use unchecked::Unchecked;

use axum::{
    extract::{FromRequest, Request},
    http::{HeaderValue, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::Problem;

/// A JSON object as the body of a request or a response. Unlike axum's own extractor it refuses
/// other media types and arrays, and it lists all mistakes with their places.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> Json<T> {
    /// Reads the body of a request.
    pub async fn read(request: Request) -> Result<Self, JsonError> {
        Unchecked::read(request)
            .await?
            .check(|value, _| Some(value))
            .map(Self)
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

#[cfg(test)]
mod tests;
