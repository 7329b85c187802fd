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
    http::{HeaderMap, header::AUTHORIZATION},
    response::{IntoResponse, Response},
};
use futures_util::future::Either;
use tower::Service;

use super::{BrowserLayer, Visit};
use crate::csrf;

/// Routes inside a [`BrowserLayer`].
#[derive(Clone, Debug)]
pub struct BrowserService<S> {
    layer: BrowserLayer,
    routes: S,
}

impl<S> BrowserService<S> {
    pub(super) fn new(layer: BrowserLayer, routes: S) -> Self {
        Self { layer, routes }
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
                visit.finish(&mut response);
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
            visit.finish(&mut response);
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
