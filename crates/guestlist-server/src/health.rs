//! For whoever watches the server: does it run, and does it want requests?

use axum::{Router, extract::State, routing::get};
use guestlist_axum::Problem;

use crate::app::App;

/// `/health/live` and `/health/ready`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
}

/// Answers as long as the process does.
async fn live() -> &'static str {
    "live\n"
}

/// Answers while the store does, and until a shutdown begins.
async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    if !app.readiness.is_ready() {
        return Err(Problem::busy());
    }
    app.guestlist.ready().await?;
    Ok("ready\n")
}
