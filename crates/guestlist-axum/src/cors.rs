//! Decides which other origins' scripts may read our answers (CORS; the Fetch standard, section
//! 3.3). None may unless they are listed.

use std::time::Duration;

use axum::http::{
    HeaderName, HeaderValue, Method,
    header::{
        AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, LINK, LOCATION, RETRY_AFTER,
    },
    request::Parts,
};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::WebOrigin;

/// How long a browser may cache the answer to a preflight.
const MAX_AGE: Duration = Duration::from_secs(600);

/// Returns a layer that lets scripts of these origins use these paths, with their users' cookies.
/// An origin must match exactly in scheme, host and port; there is no wildcard. The layer must be
/// the outermost one, because it answers preflights itself. Every answer has `Vary: Origin`, so
/// that no cache gives one origin an answer for another.
///
/// If the application uses cookies, pass the same origins to
/// [`allow_origins`](crate::BrowserLayerBuilder::allow_origins).
pub fn cors(origins: impl IntoIterator<Item = WebOrigin>, paths: fn(&str) -> bool) -> CorsLayer {
    let origins: Vec<WebOrigin> = origins.into_iter().collect();
    let is_allowed = move |origin: &HeaderValue, parts: &Parts| {
        let listed = |ours: &WebOrigin| ours.as_str().as_bytes() == origin.as_bytes();
        paths(parts.uri.path()) && origins.iter().any(listed)
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(is_allowed))
        .allow_credentials(true)
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            IF_MATCH,
            IF_NONE_MATCH,
            HeaderName::from_static("x-csrf-token"),
            HeaderName::from_static("x-request-id"),
        ])
        .expose_headers([
            ETAG,
            LINK,
            LOCATION,
            RETRY_AFTER,
            HeaderName::from_static("x-request-id"),
        ])
        .max_age(MAX_AGE)
}
