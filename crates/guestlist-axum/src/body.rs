//! Request bodies: limited in size, of one media type, and parsed strictly.

mod any_form;
mod details;
mod form;
mod json;

pub(crate) use any_form::form_type;
pub use any_form::{AnyForm, PartialForm};
pub(crate) use details::NEEDED;
pub use details::{EXPECTED_LIST, EXPECTED_OBJECT, EXPECTED_STRING};
pub use form::{Form, FormError, parse_fields};
pub use json::{Json, JsonError, Mistakes, Unchecked, cut, whole_number};

use std::{pin::pin, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{
        Extensions, HeaderMap,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
};
use futures_util::StreamExt;
use tokio::time::timeout;

/// The largest body that is read, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(25);

/// A request extension: the largest body of a form, in bytes, in place of [`MAX_BODY`]. A layer
/// that has already read the body sets this extension.
#[derive(Clone, Copy, Debug)]
pub struct FormLimit(pub usize);

impl FormLimit {
    pub(crate) fn of(extensions: &Extensions) -> usize {
        extensions.get().map_or(MAX_BODY, |Self(most)| *most)
    }
}

/// Why a body was not read.
#[derive(Debug)]
pub enum BodyError {
    /// The body has another media type than this one.
    MediaType(&'static str),
    /// The body is larger than [`MAX_BODY`].
    TooLarge,
    /// The body did not arrive in time.
    Stalled,
    /// The connection broke.
    Broken,
}

/// Returns the whole body if it has at most [`MAX_BODY`] bytes. If `Content-Length` announces more,
/// nothing is read.
pub async fn read_body(request: Request) -> Result<Bytes, BodyError> {
    let (parts, body) = request.into_parts();
    read(&parts.headers, body).await
}

/// Does the same as [`read_body`] for a request that is already split into headers and body.
pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, BodyError> {
    read_body_up_to(headers, body, MAX_BODY).await
}

/// Does the same as [`read_body`] with a limit of `most` bytes.
pub async fn read_body_up_to(
    headers: &HeaderMap,
    body: Body,
    most: usize,
) -> Result<Bytes, BodyError> {
    let announced = headers.get(CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| usize::try_from(length).map_or(true, |n| n > most)) {
        return Err(BodyError::TooLarge);
    }
    let Arrived { bytes, missing } = read_what_arrives(body, most).await;
    missing.map_or(Ok(bytes), Err)
}

/// What arrived of a body.
#[derive(Debug)]
pub struct Arrived {
    /// The body, or its beginning.
    pub bytes: Bytes,
    /// Why the rest is missing, if it is.
    pub missing: Option<BodyError>,
}

/// Reads a body until it ends, until it has `most` bytes, or until its time is over. Unlike
/// [`read_body_up_to`] it also returns the beginning of a body that is refused.
pub async fn read_what_arrives(body: Body, most: usize) -> Arrived {
    let mut pieces = Vec::new();
    let mut left = most;
    let all = async {
        let mut body = pin!(body.into_data_stream());
        while let Some(piece) = body.next().await {
            let mut piece = piece.map_err(|_| BodyError::Broken)?;
            let is_too_large = piece.len() > left;
            piece.truncate(left);
            left -= piece.len();
            pieces.push(piece);
            if is_too_large {
                return Err(BodyError::TooLarge);
            }
        }
        Ok(())
    };
    let missing = match timeout(BODY_TIMEOUT, all).await {
        Ok(ended) => ended.err(),
        Err(_) => Some(BodyError::Stalled),
    };
    let bytes = match <[Bytes; 1]>::try_from(pieces) {
        Ok([whole]) => whole,
        Err(pieces) => pieces.concat().into(),
    };
    Arrived { bytes, missing }
}

/// Returns the media type without its parameters, and whether every charset parameter is UTF-8.
fn media_type(headers: &HeaderMap) -> Option<(String, bool)> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (value, others) = (values.next()?.to_str().ok()?, values.next());
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next()?.to_ascii_lowercase();
    let utf8 = parts
        .filter_map(|parameter| parameter.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .all(|(_, charset)| {
            charset
                .trim()
                .trim_matches('"')
                .eq_ignore_ascii_case("utf-8")
        });
    others.is_none().then_some((essence, utf8))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_stalled_body_is_refused_within_30_seconds() {
        let began = tokio::time::Instant::now();
        let never = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let read = read_body(Request::new(Body::from_stream(never))).await;
        assert!(matches!(read, Err(BodyError::Stalled)), "{read:?}");
        assert!(began.elapsed() < Duration::from_secs(30));
    }

    #[tokio::test(start_paused = true)]
    async fn the_beginning_of_a_body_without_an_end_is_kept() {
        let pieces = ["title=", "Tea"].map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece)));
        let first = futures_util::stream::iter(pieces);
        let stalls = Body::from_stream(first.chain(futures_util::stream::pending()));
        let arrived = read_what_arrives(stalls, MAX_BODY).await;
        assert!(matches!(arrived.missing, Some(BodyError::Stalled)));
        assert_eq!(arrived.bytes, "title=Tea");
        let arrived = read_what_arrives(Body::from("title=Tea"), 8).await;
        assert!(matches!(arrived.missing, Some(BodyError::TooLarge)));
        assert_eq!(arrived.bytes, "title=Te");
        let arrived = read_what_arrives(Body::from("title=Tea"), 9).await;
        assert!(arrived.missing.is_none());
        assert_eq!(arrived.bytes, "title=Tea");
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused() {
        let request = Request::post("/").header(CONTENT_LENGTH, "10000000000");
        let read = read_body(request.body(Body::empty()).expect("is a request")).await;
        assert!(matches!(read, Err(BodyError::TooLarge)), "{read:?}");
        let read = read_body(Request::new(Body::from(vec![b' '; MAX_BODY + 1]))).await;
        assert!(matches!(read, Err(BodyError::TooLarge)), "{read:?}");
        let read = read_body(Request::new(Body::from(vec![b' '; MAX_BODY]))).await;
        assert!(read.is_ok(), "{read:?}");
    }
}
