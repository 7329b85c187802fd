//! Which other origins' scripts may read what is answered here (CORS, the Fetch standard, section 3.3).
//! Nobody's, unless somebody lists them.

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

/// For how long a browser may remember what it was told.
const MAX_AGE: Duration = Duration::from_secs(600);

/// A layer that lets scripts of those origins use those paths, with their users' cookies: exactly those
/// (scheme, host and port), never all. It belongs around everything else, since it answers preflights
/// itself. Every answer says `Vary: Origin`, so that no cache gives one origin what was for another.
///
/// The same origins go to [`allow_origins`](crate::BrowserDoorBuilder::allow_origins), where cookies are
/// used.
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
