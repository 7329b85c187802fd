//! What every answer has: a request id, the headers that browsers are to have, a line in the log,
//! and for a refusal the form that its address speaks.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::Next,
    response::Response,
};
use guestlist::{Clock, SystemClock, new_uuid};
use guestlist_axum::{ClientAddress, finish_problem, oauth_form};
use tracing::Instrument;

use crate::{app::App, book, proxy::client_address};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// A longer one of the client's is replaced by ours.
const MAX_REQUEST_ID: usize = 64;
/// What is no page of ours neither loads anything nor is shown in a frame.
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";

/// The layer around all routes.
pub(crate) async fn in_context(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let clock = SystemClock::new();
    let id = request_id(request.headers(), &clock);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let address =
        peer.map(|peer| client_address(peer.0.ip(), request.headers(), &app.trusted_proxies));
    if let Some(address) = address {
        request.extensions_mut().insert(ClientAddress(address));
    }
    let span = tracing::info_span!("request", id = %id, %method, path);
    async {
        let mut response = refused_in_the_form_of(&path, next.run(request).await);
        finish_problem(&mut response, &path, &id);
        let client = address.map(tracing::field::display);
        let (status, took) = (response.status().as_u16(), clock.monotonic());
        tracing::info!(status, client, ms = took.as_millis(), "answered");
        headers(response.headers_mut(), &id);
        response
    }
    .instrument(span)
    .await
}

/// The token endpoint and the book's addresses have forms of their own for a refusal, also for one
/// that never came as far as their handlers.
fn refused_in_the_form_of(path: &str, response: Response) -> Response {
    if path == "/api/v1/token" {
        oauth_form(response)
    } else if book::speaks_at(path) {
        book::in_the_books_form(response)
    } else {
        response
    }
}

fn request_id(headers: &HeaderMap, clock: &SystemClock) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let given = headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    given
        .filter(|id| (1..=MAX_REQUEST_ID).contains(&id.len()) && id.bytes().all(plain))
        .map_or_else(|| new_uuid(clock.now()).to_string(), str::to_owned)
}

fn headers(headers: &mut HeaderMap, request_id: &str) {
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, id);
    }
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (CONTENT_SECURITY_POLICY, NO_PAGE),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}
