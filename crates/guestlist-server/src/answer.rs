//! What every answer gets: a request id, security headers, a line in the log, and, if it is an
//! error, the error format of its address.

mod log;

use std::{
    convert::Infallible,
    future::ready,
    mem,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, LazyLock, Mutex,
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
use futures_util::future::Either;
use guestlist::{Clock, SystemClock, new_uuid};
use guestlist_axum::{
    AllowedHosts, ClientAddress, Problem, UnknownProxy, finish_problem, oauth_form,
    strict_transport_security,
};
use ipnet::IpNet;
use tower::{Service, ServiceExt};
use tracing::Instrument;

pub(crate) use log::AnswerLog;
use log::Answered;

use crate::{
    area::Area,
    compat,
    lock::lock,
    metrics,
    pages::{Kept, PageRequest, Site},
    proxy::{client_address, is_unlisted},
    serve::Account,
    time_limit::within,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Other origins may not embed our answers, for example as images or scripts (the Fetch standard,
/// section 3.7; OWASP ASVS 5.0, 3.5.8). CORS requests are not affected.
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");
/// A request that takes longer is abandoned, and answered with 503.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// A client's request id that is longer than this is replaced by a generated one. In bytes.
const MAX_REQUEST_ID: usize = 64;
/// For answers that are not pages: they load nothing, and no page may show them in a frame.
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";

/// The service of all routes, with the checks, limits and headers around each of them. This is not
/// a layer of the router, because the router would then box every route once more for each request.
#[derive(Clone, Debug)]
pub(crate) struct InContext<S> {
    routes: S,
    context: Arc<Context>,
}

/// What all requests share. It is one allocation, because the service is cloned for each request.
#[derive(Debug)]
struct Context {
    /// The proxies whose `X-Forwarded-For` is believed.
    trusted_proxies: Vec<IpNet>,
    /// What the error pages need besides the routes.
    site: Site,
    /// The hosts that requests may name.
    hosts: AllowedHosts,
    /// Decides whether answers tell browsers to use TLS only.
    transport: Transport,
    log: AnswerLog,
}

/// How users reach the application.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Transport {
    /// Without TLS.
    Plain,
    /// With TLS only.
    Tls {
        /// Whether this also holds for all subdomains of the host.
        include_subdomains: bool,
    },
}

impl<S> InContext<S> {
    /// Wraps these routes. Requests may name `hosts`; `trusted_proxies` may name the client's
    /// address.
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
        // Copied: the path is a slice of the buffer that the request was read into. A reference to
        // it would keep the whole buffer in memory until the request is answered.
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let area = Area::of(&path);
        let asked = PageRequest::of(&request, area);
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let trusted = &context.trusted_proxies;
        let peer_is_unlisted =
            peer.is_some_and(|peer| is_unlisted(peer.0.ip(), request.headers(), trusted));
        let client = peer.map(|peer| client_address(peer.0.ip(), request.headers(), trusted));
        if let Some(client) = client.filter(|_| !trusted.is_empty()) {
            request.extensions_mut().insert(ClientAddress(client));
        }
        if peer_is_unlisted {
            request.extensions_mut().insert(UnknownProxy);
        }
        let account = request.extensions().get::<Account>().cloned();
        // Logs of requests that change something carry the request id. For requests that only read,
        // the span would cost more than the read, so it exists only at level `debug`.
        let span = if method.is_safe() {
            tracing::debug_span!("request", id = id.as_str())
        } else {
            tracing::info_span!("request", id = id.as_str())
        };
        // Boxed, so that answers to API requests do not reserve room for it.
        let page = asked.map(|asked| Box::new((asked, self.routes.clone())));
        let mut kept = None;
        let local = |_: &Request| account.as_ref().map(|account| account.local);
        let answer = match context.hosts.check(&mut request, local) {
            Ok(()) if page.is_some() && Kept::is_wanted(&context.site.browsers, &request) => {
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
            response = refused_in_the_form_of(area, response);
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
                response = refused_in_the_form_of(area, response);
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

/// Answers the request, and keeps a copy of its form in `slot` in case the form is refused.
async fn kept_and_answered<S>(
    routes: S,
    request: Request,
    slot: Arc<Mutex<Option<Kept>>>,
) -> Result<Response, Infallible>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let (request, kept) = Kept::of(request).await;
    *lock(&slot) = kept;
    match request {
        Ok(request) => routes.oneshot(request).await,
        Err(problem) => Ok(problem.into_response()),
    }
}

/// Asks for memory to send this answer. On success the answer is unchanged.
async fn admit(account: &Account, response: &mut Response) -> Result<(), Problem> {
    *response = account.admit(mem::take(response)).await?;
    Ok(())
}

/// Counts an error that a limit caused. Call this before the error gets another format.
fn count_limit(response: &Response) {
    if let Some(limit) = Problem::limit_of(response) {
        metrics::limit_reached(limit);
    }
}

/// Gives an error the format of its address: OAuth's, the FastAPI book's, or problem details. This
/// also covers errors that never reach a handler.
fn refused_in_the_form_of(area: Area, response: Response) -> Response {
    match area {
        Area::OAuth => oauth_form(response),
        Area::Compat => compat::in_compat_format(response),
        Area::Api | Area::Page | Area::Machine => response,
    }
}

/// Identifies a request in the logs. Printable ASCII.
#[derive(Clone)]
struct RequestId(HeaderValue);

impl RequestId {
    /// Takes the client's id if it is short and plain, so that a request can be followed through
    /// several servers; otherwise generates one.
    fn of(headers: &HeaderMap) -> Self {
        let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
        let given = headers.get(REQUEST_ID).map(HeaderValue::as_bytes);
        given
            .filter(|id| (1..=MAX_REQUEST_ID).contains(&id.len()) && id.iter().all(plain))
            // Copied, for the same reason as the path.
            .and_then(|id| HeaderValue::from_bytes(id).ok())
            .map_or_else(Self::new, Self)
    }

    /// Generates a unique id, which is not a secret: a random prefix for this process, then a
    /// counter.
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
    // A page whose address holds a link sets a stricter one.
    headers
        .entry(REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("same-origin"));
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
