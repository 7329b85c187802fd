//! `HEAD` at addresses with long answers: the status and headers of `GET`, without the work of
//! making the body (RFC 9110, section 9.3.2).

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use futures_util::stream;

/// Returns an empty body of unknown length, so that no `Content-Length: 0` is sent: the body of
/// `GET` is not empty (RFC 9110, section 8.6).
pub(crate) fn unmade_body() -> Body {
    Body::from_stream(stream::empty::<Result<Bytes, Infallible>>())
}
