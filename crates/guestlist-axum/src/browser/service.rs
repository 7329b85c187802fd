//! What stands around the routes.

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

use super::{BrowserDoor, Visit};
use crate::csrf;

/// Routes with a [`BrowserDoor`] around them.
#[derive(Clone, Debug)]
pub struct AtTheDoor<S> {
    door: BrowserDoor,
    routes: S,
}

impl<S> AtTheDoor<S> {
    pub(super) fn new(door: BrowserDoor, routes: S) -> Self {
        Self { door, routes }
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

impl<S> Service<Request> for AtTheDoor<S>
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
        if is_a_programs(headers) || self.door.passes(request.uri().path(), headers) {
            return Either::Left(self.routes.call(request));
        }
        let visit = match Visit::new(&self.door, request.headers()) {
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
        // The one that was asked whether it is ready goes into the answer.
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

/// Whoever sends a token is no browser by itself: the request goes on as if there were no door, and costs
/// no more.
fn is_a_programs(headers: &HeaderMap) -> bool {
    let value = headers.get(AUTHORIZATION).map(|value| value.as_bytes());
    let scheme = value.and_then(|value| value.get(..6));
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
}
