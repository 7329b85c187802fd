//! How much a connection may cost.

use std::time::Duration;

use crate::config::Settings;

/// Bounds for [`serve`](super::serve()). The times are fixed in the product and shorter in tests.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections open at once; the next one waits.
    pub connections: usize,
    /// How long a connection may do nothing while no request is open: say nothing, be about to say
    /// something, or keep itself alive.
    pub idle: Duration,
    /// How long an answer may take to be made and each part of it to be taken. More than a request
    /// is given by the application.
    pub stall: Duration,
    /// How long everything still runs after a shutdown was requested.
    pub drain_delay: Duration,
    /// How long requests may take to finish after that.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            idle: Duration::from_secs(10),
            stall: Duration::from_secs(35),
            drain_delay: Duration::ZERO,
            grace: Duration::from_secs(10),
        }
    }
}

impl From<&Settings> for Limits {
    fn from(settings: &Settings) -> Self {
        Self {
            connections: usize::try_from(settings.max_connections).unwrap_or(usize::MAX),
            drain_delay: settings.drain_delay,
            ..Self::default()
        }
    }
}
