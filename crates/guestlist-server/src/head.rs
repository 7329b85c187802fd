//! `HEAD` at addresses whose answers are long: the status and headers of `GET`, without the work of making the body
//! (RFC 9110, section 9.3.2).

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use futures_util::stream;

/// A body that was not made. Its length is not known, so no `Content-Length` says that it is empty (RFC 9110,
/// section 8.6).
pub(crate) fn unmade_body() -> Body {
    Body::from_stream(stream::empty::<Result<Bytes, Infallible>>())
}
