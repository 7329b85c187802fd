//! The public keys of access tokens (RFC 7517).

use axum::{
    Json,
    extract::State,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::IntoResponse,
};
use guestlist::Guestlist;
use utoipa::ToSchema;

/// A client may keep a copy for five minutes. A key is published an hour before it signs, so every
/// client knows it by then.
const CACHEABLE: &str = "public, max-age=300";
/// Defined in RFC 7517, section 8.5.2.
const MIME: &str = "application/jwk-set+json";

/// Public keys (RFC 7517, section 5), for the API description.
#[derive(ToSchema)]
#[schema(as = JwkSet)]
#[expect(dead_code, reason = "describes an answer")]
pub(crate) struct Keys {
    /// Each key has `kid`, `alg`, `use` and its parameters. The list is empty if tokens are signed
    /// with HS256.
    #[schema(value_type = Vec<Object>)]
    keys: Vec<String>,
}

/// `GET /.well-known/jwks.json`: returns the public keys that verify access tokens, for other
/// services. A valid signature does not mean that the session is still active.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "authentication", operation_id = "jwks",
    responses((status = 200, description = "The keys", body = Keys, content_type = "application/jwk-set+json")),
)]
pub(crate) async fn jwks(State(guestlist): State<Guestlist>) -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, MIME), (CACHE_CONTROL, CACHEABLE)];
    (headers, Json(guestlist.jwks()))
}
