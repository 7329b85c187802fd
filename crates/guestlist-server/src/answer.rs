//! What every answer has: a request id, the headers that browsers are to have, a line in the log,
//! and for a refusal the form that its address speaks.

mod log;

use std::{
    convert::Infallible,
    future::ready,
    mem,
    net::SocketAddr,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, PoisonError,
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
use futures_util::{FutureExt, future::Either};
use guestlist::{Clock, SystemClock, new_uuid};
use guestlist_axum::{
    AllowedHosts, ClientAddress, Problem, finish_problem, oauth_form, strict_transport_security,
};
use ipnet::IpNet;
use tokio::time::timeout;
use tower::{Service, ServiceExt};
use tracing::Instrument;

pub(crate) use log::AnswerLog;
use log::Answered;

use crate::{
    book, metrics,
    pages::{AskedForPage, Kept, Site},
    proxy::client_address,
    serve::Account,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// No page of another origin holds an answer of ours, as a picture or a script, not even unread (the Fetch
/// standard, section 3.7; OWASP ASVS 5.0, 3.5.8). What CORS lets it read is not affected.
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");
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
    context: Arc<Context>,
}

/// What all requests share. It is one allocation, because the service is cloned for each request.
#[derive(Debug)]
struct Context {
    /// Their word counts for where a request came from.
    trusted_proxies: Vec<IpNet>,
    /// What pages need besides the routes.
    site: Site,
    /// The hosts that requests may name.
    hosts: AllowedHosts,
    /// What tells browsers to come over TLS alone.
    transport: Transport,
    log: AnswerLog,
}

/// How people reach the application.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Transport {
    /// Not over TLS.
    Plain,
    /// Over TLS alone.
    Tls {
        /// Whether that holds for all subdomains of the host as well.
        include_subdomains: bool,
    },
}

impl<S> InContext<S> {
    /// Those routes for requests to `hosts`, behind those proxies, of that site.
    pub(crate) fn new(
        routes: S,
        trusted_proxies: Vec<IpNet>,
        site: Site,
        hosts: AllowedHosts,
        transport: Transport,
        log: AnswerLog,
    ) -> Self {
        Self {
            routes,
            context: Arc::new(Context {
                trusted_proxies,
                site,
                hosts,
                transport,
                log,
            }),
        }
    }
}

impl<S> Service<Request> for InContext<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
        self.routes.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let context = Arc::clone(&self.context);
        let id = RequestId::of(request.headers());
        // A copy: the address is a part of the buffer that the request was read into, and would keep all
        // of that for as long as somebody waits to be answered.
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let asked = AskedForPage::of(&request);
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let trusted = &context.trusted_proxies;
        let client = peer.map(|peer| client_address(peer.0.ip(), request.headers(), trusted));
        if let Some(client) = client.filter(|_| !trusted.is_empty()) {
            request.extensions_mut().insert(ClientAddress(client));
        }
        let account = request.extensions().get::<Account>().cloned();
        // What happens inside a request that changes something is logged under its id. Around one
        // that only reads a span would cost more than the reading: it is there at `debug`.
        let span = if method.is_safe() {
            tracing::debug_span!("request", id = id.as_str())
        } else {
            tracing::info_span!("request", id = id.as_str())
        };
        // What only pages need takes no room in the answers to others.
        let page = asked.map(|asked| Box::new((asked, self.routes.clone())));
        let mut kept = None;
        let local = |_: &Request| account.as_ref().map(|account| account.local);
        let answer = match context.hosts.check(&mut request, local) {
            Ok(()) if page.is_some() && Kept::is_wanted(&context.site.door, &request) => {
                let slot = Arc::clone(kept.insert(Arc::new(Mutex::new(None))));
                let answer = kept_and_answered(self.routes.clone(), request, slot);
                Either::Right(Either::Left(Box::pin(answer)))
            }
            Ok(()) => Either::Left(span.in_scope(|| self.routes.call(request))),
            Err(problem) => Either::Right(Either::Right(ready(Ok(problem.into_response())))),
        };
        let answer = async move {
            let mut response = within(REQUEST_TIMEOUT, answer).await;
            count_limit(&response);
            let mut code = log::code(&response);
            response = refused_in_the_form_of(&path, response);
            finish_problem(&mut response, &path, id.as_str());
            let site = &context.site;
            if let Some((asked, routes)) = page.as_deref() {
                let kept = kept.and_then(|slot| lock(&slot).take());
                let answered = asked.answered(site, routes, kept, response, id.as_str());
                response = Box::pin(answered).await;
            }
            if let Some(account) = account
                && let Err(problem) = admit(&account, &mut response).await
            {
                response = problem.into_response();
                count_limit(&response);
                code = log::code(&response);
                response = refused_in_the_form_of(&path, response);
                finish_problem(&mut response, &path, id.as_str());
                if let Some((asked, routes)) = page.as_deref() {
                    let answered = asked.answered(site, routes, None, response, id.as_str());
                    response = Box::pin(answered).await;
                }
            }
            let answered = Answered {
                id: id.as_str(),
                method: &method,
                path: &path,
                client,
                code,
            };
            context.log.write(&answered, &response);
            headers(response.headers_mut(), id);
            if let Transport::Tls { include_subdomains } = context.transport {
                strict_transport_security(response.headers_mut(), include_subdomains);
            }
            Ok(response)
        };
        if span.is_disabled() {
            Box::pin(answer)
        } else {
            Box::pin(answer.instrument(span))
        }
    }
}

/// The answer to a request whose form is kept until it is clear whether it is taken.
async fn kept_and_answered<S>(
    routes: S,
    request: Request,
    slot: Arc<Mutex<Option<Kept>>>,
) -> Result<Response, Infallible>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    match Kept::of(request).await {
        Ok((request, kept)) => {
            *lock(&slot) = kept;
            routes.oneshot(request).await
        }
        Err(problem) => Ok(problem.into_response()),
    }
}

fn lock(slot: &Mutex<Option<Kept>>) -> MutexGuard<'_, Option<Kept>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Leaves the answer as it is, if there is room for it.
async fn admit(account: &Account, response: &mut Response) -> Result<(), Problem> {
    *response = account.admit(mem::take(response)).await?;
    Ok(())
}

/// An answer that takes too long is given up; one that panics takes no other with it.
pub(crate) async fn within(
    most: Duration,
    answer: impl Future<Output = Result<Response, Infallible>>,
) -> Response {
    let answer = AssertUnwindSafe(timeout(most, answer));
    match answer.catch_unwind().await {
        Ok(Ok(Ok(response))) => response,
        Ok(Err(_)) => Problem::busy().into_response(),
        Err(_) => {
            tracing::error!("a handler panicked");
            Problem::internal().into_response()
        }
    }
}

/// Counts a refusal because of a limit, before it gets another form.
fn count_limit(response: &Response) {
    if let Some(limit) = Problem::limit_of(response) {
        metrics::limit_reached(limit);
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

/// By what a request can be found again in the logs: printable ASCII.
#[derive(Clone)]
struct RequestId(HeaderValue);

impl RequestId {
    /// The client's own, if it is short and plain, so that a request can be followed through several
    /// servers; else one of ours.
    fn of(headers: &HeaderMap) -> Self {
        let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
        let given = headers.get(REQUEST_ID).map(HeaderValue::as_bytes);
        given
            .filter(|id| (1..=MAX_REQUEST_ID).contains(&id.len()) && id.iter().all(plain))
            // A copy, as of the path.
            .and_then(|id| HeaderValue::from_bytes(id).ok())
            .map_or_else(Self::new, Self)
    }

    /// Different from every other one, and nothing more: where this process began, and a number.
    fn new() -> Self {
        static PROCESS: LazyLock<[u8; 32]> = LazyLock::new(|| {
            let mut text = [0; 32];
            new_uuid(SystemClock::new().now())
                .simple()
                .encode_lower(&mut text);
            text
        });
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut id = [0; 24];
        let (process, number) = id.split_at_mut(12);
        process.copy_from_slice(&PROCESS[20..]);
        let mut rest = NEXT.fetch_add(1, Ordering::Relaxed);
        for digit in number.iter_mut().rev() {
            *digit = b"0123456789abcdef"[usize::try_from(rest % 16).unwrap_or_default()];
            rest /= 16;
        }
        Self(HeaderValue::from_bytes(&id).expect("hexadecimal digits are printable"))
    }

    fn as_str(&self) -> &str {
        self.0.to_str().expect("it is printable")
    }
}

fn headers(headers: &mut HeaderMap, id: RequestId) {
    headers.reserve(5);
    headers.insert(REQUEST_ID, id.0);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(
        CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("same-origin"),
    );
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(NO_PAGE));
    }
}

#[cfg(test)]
mod tests;
