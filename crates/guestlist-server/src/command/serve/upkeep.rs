//! What a server does from time to time, and once more before it ends: the door's upkeep, and the planner's sweep.

use std::{error::Error, time::Duration};

use tokio::time;

use crate::app::App;

/// What is left then waits for the next start: nobody waits long for a server to end.
const AT_THE_END: Duration = Duration::from_secs(5);

/// After every round of the door's upkeep, events go whose creator is gone; for ever.
pub(super) async fn from_time_to_time(app: App) {
    let mut upkeep = app.guestlist.upkeep();
    loop {
        upkeep.round().await;
        match app.planner.purge().await {
            Ok(0) => {}
            Ok(purged) => tracing::info!(purged, "removed events whose creator is gone"),
            Err(error) => cannot_remove(error),
        }
    }
}

/// Tells the database what was used since the last time.
pub(super) async fn once_more(app: &App) {
    match time::timeout(AT_THE_END, app.purge()).await {
        Ok(Ok(0)) => {}
        Ok(Ok(purged)) => tracing::info!(purged, "removed what had expired"),
        Ok(Err(error)) => cannot_remove(error),
        Err(_) => {
            tracing::warn!("not all that has expired is removed: the next start goes on");
        }
    }
}

/// With what is behind it.
fn cannot_remove(error: impl Error + Send + Sync + 'static) {
    let error = format!("{:#}", anyhow::Error::from(error));
    tracing::error!(error, "cannot remove what has expired");
}
