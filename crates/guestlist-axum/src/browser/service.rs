//! The service that [`BrowserLayer`] puts around the routes.

use std::{
    convert::Infallible,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderValue,
        header::{AUTHORIZATION, CACHE_CONTROL, SET_COOKIE},
    },
    response::{IntoResponse, Response},
};
use futures_util::future::Either;
use tower::{Layer, Service};

use super::{csrf, layer::BrowserLayer, visit::Visit};
use crate::{DeviceCookie, Flash, Problem, SecondStepCookie, cookie::Change};

/// Routes inside a [`BrowserLayer`].
#[derive(Clone, Debug)]
pub struct BrowserService<S> {
    layer: BrowserLayer,
    routes: S,
}

impl<S> Layer<S> for BrowserLayer {
    type Service = BrowserService<S>;

    fn layer(&self, routes: S) -> BrowserService<S> {
        BrowserService {
            layer: self.clone(),
            routes,
        }
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

impl<S> Service<Request> for BrowserService<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, Answer>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.routes.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let headers = request.headers();
        if has_bearer_token(headers) || self.layer.passes(request.uri().path(), headers) {
            return Either::Left(self.routes.call(request));
        }
        let visit = match Visit::new(&self.layer, request.headers()) {
            Ok(visit) => Arc::new(visit),
            Err(problem) => {
                return Either::Right(Box::pin(async { Ok(problem.into_response()) }));
            }
        };
        if request.method().is_safe() || !visit.has_session() {
            request.extensions_mut().insert(Arc::clone(&visit));
            let answer = self.routes.call(request);
            return Either::Right(Box::pin(async move {
                let mut response = answer.await?;
                finish(&visit, &mut response);
                Ok(response)
            }));
        }
        // Call the clone that was polled as ready (tower's contract), and keep the fresh one.
        let clone = self.routes.clone();
        let mut routes = mem::replace(&mut self.routes, clone);
        Either::Right(Box::pin(async move {
            let mut request = match csrf::check(&visit, request).await {
                Ok(request) => request,
                Err(problem) => return Ok(problem.into_response()),
            };
            request.extensions_mut().insert(Arc::clone(&visit));
            let mut response = routes.call(request).await?;
            finish(&visit, &mut response);
            Ok(response)
        }))
    }
}

/// Whether the request carries a bearer token. No browser sends one by itself, so the layer does
/// nothing for this request and costs nothing.
fn has_bearer_token(headers: &HeaderMap) -> bool {
    let value = headers.get(AUTHORIZATION).map(|value| value.as_bytes());
    let scheme = value.and_then(|value| value.get(..6));
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
}

/// Sets the cookies that the handler has asked for. Forbids browsers and proxies to cache the
/// answer if it is for one user.
fn finish(visit: &Visit, response: &mut Response) {
    let change = response.extensions_mut().remove::<Change>();
    let flash = response.extensions_mut().remove::<Flash>();
    let second_step = response.extensions_mut().remove::<SecondStepCookie>();
    let known_device = response.extensions_mut().remove::<DeviceCookie>();
    let is_set = matches!(change, Some(Change::Set { .. }));
    if is_set && !visit.is_checked() {
        tracing::error!(
            "a handler set a session cookie for an unchecked request; ask for an OwnForm"
        );
        *response = Problem::internal().into_response();
        return;
    }
    let names = visit.layer().names();
    let mut device = known_device.and_then(|cookie| cookie.header(names));
    let session = change.and_then(|change| match change {
        Change::Set {
            value,
            max_age,
            device: known,
        } => {
            device = known.and_then(|known| names.device_header(&known));
            names.session_header(&value, max_age)
        }
        Change::Clear { device: known } => {
            device = known.and_then(|known| names.device_header(&known));
            names.session_header("", 0)
        }
    });
    let form = visit.new_visitor();
    let form = form.and_then(|value| names.form_header(value));
    let is_taken = visit.is_flash_taken();
    let flash = match &flash {
        Some(flash) => flash.value().and_then(|value| names.flash_header(value)),
        None => is_taken.then(|| names.flash_header("")).flatten(),
    };
    let second_step = second_step.and_then(|cookie| cookie.header(names));
    let is_for_now = session.is_some() || second_step.is_some() || is_taken;
    let headers = response.headers_mut();
    let all = session.into_iter().chain(device).chain(form).chain(flash);
    for header in all.chain(second_step) {
        headers.append(SET_COOKIE, header);
    }
    // The browser's own cache may keep a filled form, so that the back button shows it
    // unchanged.
    let is_private = |value: &HeaderValue| value.as_bytes().starts_with(b"private");
    let is_private = headers.get(CACHE_CONTROL).is_some_and(is_private);
    let no_store = HeaderValue::from_static("no-store");
    if is_for_now || visit.has_token() && !is_private {
        headers.insert(CACHE_CONTROL, no_store);
    } else if visit.cookie().is_some() {
        headers.entry(CACHE_CONTROL).or_insert(no_store);
    }
}
