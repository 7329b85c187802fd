//! The time limit of an answer, and what a panic becomes.

use std::{convert::Infallible, panic::AssertUnwindSafe, time::Duration};

use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use guestlist_axum::Problem;
use tokio::time::timeout;

/// Runs `answer` for at most `most`. A late answer becomes 503, a panic becomes 500; neither stops
/// the server.
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
