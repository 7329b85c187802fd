//! The maintenance that a server does regularly, and once before it stops.

use std::{error::Error, time::Duration};

use tokio::time;

use crate::app::App;

/// The time limit before the server stops. The next start does the rest.
const AT_THE_END: Duration = Duration::from_secs(5);

/// Repeats two tasks forever: the maintenance of the library `guestlist`, and then the removal of
/// events whose creator no longer exists.
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

/// Writes times of last use to the database, and removes what has expired.
pub(super) async fn once_more(app: &App) {
    let work = async {
        app.guestlist.finish_events().await;
        app.purge().await
    };
    match time::timeout(AT_THE_END, work).await {
        Ok(Ok(0)) => {}
        Ok(Ok(purged)) => tracing::info!(purged, "removed what had expired"),
        Ok(Err(error)) => cannot_remove(error),
        Err(_) => {
            tracing::warn!(
                "could not remove all expired records in time; the next start continues"
            );
        }
    }
}

/// Logs the error with its causes.
fn cannot_remove(error: impl Error + Send + Sync + 'static) {
    let error = guestlist::causes(&error);
    tracing::error!(error, "cannot remove expired records");
}
