//! The limits of connections.

use std::time::Duration;

use ipnet::IpNet;

use crate::config::Settings;

/// Limits for [`serve`](super::serve()). The times are fixed; tests use shorter ones.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The most open connections. If there are more, an idle one is closed, or else one that waits
    /// for its client. If the server works on all requests, the new one waits.
    pub connections: usize,
    /// The most open connections of one client. If there are more, an idle one of that client is
    /// closed; if none is idle, the new one is closed.
    pub connections_of_client: usize,
    /// The most open requests on an HTTP/2 connection.
    pub streams: u32,
    /// The memory for request bodies being read and answers not taken yet, for all clients, in
    /// bytes. One client may use an eighth.
    pub memory: u64,
    /// The size of a batch of a list, in bytes.
    pub list_bytes: u64,
    /// Proxies that send requests of many clients and name the client.
    pub trusted_proxies: Vec<IpNet>,
    /// How long a connection without an open request may be idle. This includes waiting for the
    /// first byte, an incomplete head of a request, and keep-alive.
    pub idle: Duration,
    /// How long the application may take to make an answer, and how long the client may take for
    /// each part of the answer. Must be longer than the application's own limit for a request.
    pub stall: Duration,
    /// How long the server continues as before after a shutdown is requested.
    pub drain_delay: Duration,
    /// How long running requests may take to finish after that.
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
