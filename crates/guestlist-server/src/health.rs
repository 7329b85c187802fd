//! Health checks: is the process alive, and does this node accept requests?

use axum::{Router, extract::State, routing::get};
use guestlist_axum::Problem;

use crate::app::App;

/// `/health/live` and `/health/ready`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
}

/// Answers `live` as long as the process runs.
async fn live() -> &'static str {
    "live\n"
}

/// Answers `ready` while the store answers, until a shutdown begins.
async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    if !app.readiness.is_ready() {
        return Err(Problem::busy());
    }
    app.guestlist.ready().await?;
    Ok("ready\n")
}
