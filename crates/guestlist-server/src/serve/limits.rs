//! How much a connection may cost.

use std::time::Duration;

use ipnet::IpNet;

use crate::config::Settings;

/// Bounds for [`serve`](super::serve()). The times are fixed in the product and shorter in tests.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections open at once. For the next one, an idle one is closed; if none is idle it waits.
    pub connections: usize,
    /// Connections of one client open at once; the next one takes the place of an idle one, or is closed.
    pub connections_of_client: usize,
    /// Requests open at once on a connection of HTTP/2.
    pub streams: u32,
    /// Bytes of requests that are being read and of answers that are not taken, for all clients; one has an eighth.
    pub memory: u64,
    /// Bytes of a batch of a list.
    pub list_bytes: u64,
    /// They speak for many clients, and say for which one.
    pub trusted_proxies: Vec<IpNet>,
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
            connections_of_client: 256,
            streams: 32,
            memory: 64 * 1024 * 1024,
            list_bytes: 256 * 1024,
            trusted_proxies: Vec::new(),
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
            connections: count(settings.max_connections),
            connections_of_client: count(settings.limits.connections_per_client),
            streams: settings.limits.streams,
            memory: settings.limits.memory.into(),
            list_bytes: settings.limits.list_bytes.into(),
            trusted_proxies: settings.trusted_proxies.clone(),
            drain_delay: settings.drain_delay,
            ..Self::default()
        }
    }
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
