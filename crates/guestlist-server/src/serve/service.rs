//! The application as the accept loop sees it.

use std::convert::Infallible;

use axum::{extract::Request, response::Response};
use tower::Service;

/// A service that answers every request, such as a router.
pub trait Serves:
    Service<Request, Response = Response, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Serves for S where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}
