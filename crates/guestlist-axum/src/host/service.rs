//! The layer of [`AllowedHosts`].

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use futures_util::future::Either;
use tower::{Layer, Service};

use super::{AllowedHosts, LocalAddress};

/// Routes behind [`AllowedHosts`].
#[derive(Clone, Debug)]
pub struct AllowedHostsService<S> {
    hosts: Arc<AllowedHosts>,
    routes: S,
}

impl<S> Layer<S> for AllowedHosts {
    type Service = AllowedHostsService<S>;

    fn layer(&self, routes: S) -> AllowedHostsService<S> {
        AllowedHostsService {
            hosts: Arc::new(self.clone()),
            routes,
        }
    }
}

impl<S> Service<Request> for AllowedHostsService<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, Ready<Result<Response, Infallible>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.routes.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let local = |request: &Request| {
            let local = request.extensions().get::<LocalAddress>();
            local.map(|local| local.0)
        };
        match self.hosts.check(&mut request, local) {
            Ok(()) => Either::Left(self.routes.call(request)),
            Err(problem) => Either::Right(ready(Ok(problem.into_response()))),
        }
    }
}
