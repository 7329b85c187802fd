//! What every answer has: a request id, the headers that browsers are to have, a line in the log,
//! and for a refusal the form that its address speaks.

use std::{
    net::SocketAddr,
    panic::AssertUnwindSafe,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use guestlist::{Clock, SystemClock, new_uuid};
use guestlist_axum::{ClientAddress, Problem, finish_problem, oauth_form};
use ipnet::IpNet;
use tokio::time::timeout;
use tracing::Instrument;

use crate::{book, proxy::client_address};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// A request that takes longer is given up.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// A longer one of the client's is replaced by ours.
const MAX_REQUEST_ID: usize = 64;
/// What is no page of ours neither loads anything nor is shown in a frame.
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";

/// The layer around all routes. A request that takes too long is given up; one that panics takes no
/// other with it.
pub(crate) async fn in_context(
    State(trusted_proxies): State<Arc<[IpNet]>>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = request_id(request.headers());
    let (method, address) = (request.method().clone(), request.uri().clone());
    let path = address.path();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let client = peer.map(|peer| client_address(peer.0.ip(), request.headers(), &trusted_proxies));
    if let Some(client) = client {
        request.extensions_mut().insert(ClientAddress(client));
    }
    let span = tracing::info_span!("request", id, %method, path);
    async {
        let answer = AssertUnwindSafe(timeout(REQUEST_TIMEOUT, next.run(request)));
        let response = match answer.catch_unwind().await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => Problem::busy().into_response(),
            Err(_) => {
                tracing::error!("a handler panicked");
                Problem::internal().into_response()
            }
        };
        let mut response = refused_in_the_form_of(path, response);
        finish_problem(&mut response, path, &id);
        let (status, client) = (
            response.status().as_u16(),
            client.map(tracing::field::display),
        );
        if status < 400 {
            tracing::debug!(status, client, "answered");
        } else {
            tracing::info!(status, client, "refused");
        }
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

/// The client's own, if it is short and plain, so that a request can be followed through several
/// servers; else one of ours.
fn request_id(headers: &HeaderMap) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let given = headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    given
        .filter(|id| (1..=MAX_REQUEST_ID).contains(&id.len()) && id.bytes().all(plain))
        .map_or_else(new_request_id, str::to_owned)
}

/// Different from every other one, and nothing more: where this process began, and a number.
fn new_request_id() -> String {
    static PROCESS: LazyLock<String> =
        LazyLock::new(|| new_uuid(SystemClock::new().now()).simple().to_string());
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{}-{number}", &PROCESS[20..])
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
