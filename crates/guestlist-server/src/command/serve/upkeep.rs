//! What a server does from time to time, and once more before it ends.

use std::{error::Error, time::Duration};

use tokio::time;

use crate::app::App;

/// Well within the hour for which a key is published before it signs, and within which a session can
/// become idle.
const EVERY: Duration = Duration::from_secs(10 * 60);
/// What is left then waits for the next start: nobody waits long for a server to end.
const AT_THE_END: Duration = Duration::from_secs(5);

/// Looks after the keys and removes what has expired, for ever. The first time is now, and the keys were
/// looked after just before.
pub(super) async fn from_time_to_time(app: App) {
    let mut interval = time::interval(EVERY);
    interval.tick().await;
    loop {
        sweep(&app).await;
        interval.tick().await;
        if let Err(error) = app.guestlist.tend_keys().await {
            tracing::error!(error = told(error), "cannot look after the keys");
        }
    }
}

/// Tells the database what was used since the last time.
pub(super) async fn once_more(app: &App) {
    if time::timeout(AT_THE_END, sweep(app)).await.is_err() {
        tracing::warn!("not all that has expired is removed: the next start goes on");
    }
}

async fn sweep(app: &App) {
    match app.sweep().await {
        Ok(0) => {}
        Ok(swept) => tracing::info!(swept, "removed what had expired"),
        Err(error) => tracing::error!(error = told(error), "cannot remove what has expired"),
    }
}

/// With what is behind it.
fn told(error: impl Error + Send + Sync + 'static) -> String {
    format!("{:#}", anyhow::Error::from(error))
}
