//! How much a connection may cost.

use std::time::Duration;

use crate::config::Settings;

/// Bounds for [`serve`](super::serve()). The times are fixed in the product and shorter in tests.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections open at once; the next one waits.
    pub connections: usize,
    /// How long a connection may take until its first request has begun, whatever it says or does
    /// not say, and how long it may take over the head of each later one. An idle HTTP/1.1
    /// connection is closed after it too.
    pub head: Duration,
    /// How long an HTTP/2 connection may be silent before it is asked whether it lives…
    pub ping: Duration,
    /// …and how long it may take over the answer.
    pub pong: Duration,
    /// How long a client may read nothing of what was written to it.
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
            head: Duration::from_secs(10),
            ping: Duration::from_secs(10),
            pong: Duration::from_secs(5),
            stall: Duration::from_secs(30),
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
