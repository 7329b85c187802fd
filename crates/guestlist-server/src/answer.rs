//! What every answer has: a request id, the headers that browsers are to have, a line in the log,
//! and for a refusal the form that its address speaks.

use std::{
    convert::Infallible,
    net::SocketAddr,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    task::{self, Poll},
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, Request},
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use guestlist::{Clock, SystemClock, new_uuid};
use guestlist_axum::{
    ClientAddress, Problem, finish_problem, oauth_form, strict_transport_security,
};
use ipnet::IpNet;
use tokio::time::timeout;
use tower::Service;
use tracing::Instrument;

use crate::{book, pages::AskedForPage, proxy::client_address};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// A request that takes longer is given up.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// A longer one of the client's is replaced by ours.
const MAX_REQUEST_ID: usize = 64;
/// What is no page of ours neither loads anything nor is shown in a frame.
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";

/// All routes with what is around each. It is no layer of the router, which would box every route once
/// more for each request.
#[derive(Clone, Debug)]
pub(crate) struct InContext<S> {
    routes: S,
    /// Their word counts for where a request came from.
    trusted_proxies: Arc<[IpNet]>,
    /// What people call the place.
    place: Arc<str>,
    /// Whether people come over TLS, and shall go on to.
    is_https: bool,
}

impl<S> InContext<S> {
    /// Those routes, behind those proxies, in a place of that name, which is reached over TLS or not.
    pub(crate) fn new(
        routes: S,
        trusted_proxies: Vec<IpNet>,
        place: Arc<str>,
        is_https: bool,
    ) -> Self {
        Self {
            routes,
            trusted_proxies: trusted_proxies.into(),
            place,
            is_https,
        }
    }
}

impl<S> Service<Request> for InContext<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
        self.routes.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let id = request_id(request.headers());
        // A copy: the address is a part of the buffer that the request was read into, and would keep all
        // of that for as long as somebody waits to be answered.
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let asked = AskedForPage::of(&request, &self.place);
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let client =
            peer.map(|peer| client_address(peer.0.ip(), request.headers(), &self.trusted_proxies));
        if let Some(client) = client.filter(|_| !self.trusted_proxies.is_empty()) {
            request.extensions_mut().insert(ClientAddress(client));
        }
        // What happens inside a request that changes something is logged under its id. Around one
        // that only reads a span would cost more than the reading: it is there at `debug`.
        let span = if method.is_safe() {
            tracing::debug_span!("request", id)
        } else {
            tracing::info_span!("request", id)
        };
        let is_https = self.is_https;
        let answer = span.in_scope(|| self.routes.call(request));
        let answer = async move {
            let mut response = answered(answer).await;
            response = refused_in_the_form_of(&path, response);
            finish_problem(&mut response, &path, &id);
            if let Some(asked) = &asked {
                response = asked.answered(response, &id);
            }
            let status = response.status().as_u16();
            let client = client.map(tracing::field::display);
            if status < 400 {
                tracing::debug!(id, %method, path, status, client, "answered");
            } else {
                tracing::info!(id, %method, path, status, client, "refused");
            }
            headers(response.headers_mut(), id);
            if is_https {
                strict_transport_security(response.headers_mut());
            }
            Ok(response)
        };
        Box::pin(answer.instrument(span))
    }
}

/// A request that takes too long is given up; one that panics takes no other with it.
async fn answered(answer: impl Future<Output = Result<Response, Infallible>>) -> Response {
    let answer = AssertUnwindSafe(timeout(REQUEST_TIMEOUT, answer));
    match answer.catch_unwind().await {
        Ok(Ok(Ok(response))) => response,
        Ok(Err(_)) => Problem::busy().into_response(),
        Err(_) => {
            tracing::error!("a handler panicked");
            Problem::internal().into_response()
        }
    }
}

/// The token endpoint and the two beside it.
const OAUTH: [&str; 3] = [
    "/api/v1/token",
    "/api/v1/token/revoke",
    "/api/v1/token/introspect",
];

/// Whether OAuth's form is spoken at that path.
pub(crate) fn is_oauth(path: &str) -> bool {
    OAUTH.contains(&path)
}

/// OAuth's addresses and the book's have forms of their own for a refusal, also for one that never came
/// as far as their handlers.
fn refused_in_the_form_of(path: &str, response: Response) -> Response {
    if is_oauth(path) {
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
    format!("{}{number:012x}", &PROCESS[20..])
}

fn headers(headers: &mut HeaderMap, request_id: String) {
    headers.reserve(4);
    if let Ok(id) = HeaderValue::try_from(request_id) {
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
