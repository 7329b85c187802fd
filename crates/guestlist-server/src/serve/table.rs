//! The table of open connections. It decides which one is closed if there are too many.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{sync::Notify, time::timeout};

use super::{
    network::{Client, Network},
    ticks::millis,
    watch::Connection,
};
use crate::{lock::lock, metrics::limit_reached};

/// In a full table, a connection that waits for its client gives way only after this time. So does
/// an idle one whose first request or whose end of an answer may be on its way. Times are known to
/// 200 ms. A new client has to be served within a second.
const SHORTEST_WAIT: Duration = Duration::from_millis(500);
/// How often a new connection without a place checks again, because another one may give way by
/// now.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// All connections of a server.
#[derive(Debug)]
pub(super) struct Table {
    most: usize,
    most_of_one: usize,
    open: Mutex<Open>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct Open {
    count: usize,
    clients: HashMap<Network, Vec<Arc<Connection>>>,
}

/// What happens with a new connection.
#[derive(Debug)]
pub(super) enum Entry {
    /// It is served until this value is dropped.
    Served(Place),
    /// Its client has too many connections, and none of them is idle.
    Refused,
    /// The table is full and no connection can give way. There may be a place later.
    Full,
}

/// The place of a connection in the table.
#[derive(Debug)]
pub(super) struct Place {
    table: Arc<Table>,
    network: Network,
    pub(super) connection: Arc<Connection>,
}

impl Table {
    /// Creates a table for `most` connections, of which one client may have `most_of_one`.
    pub(super) fn new(most: usize, most_of_one: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            most_of_one,
            open: Mutex::default(),
            freed: Notify::new(),
        })
    }

    /// Finds a place for a connection of that client. It may close another one:
    ///
    /// - If the client has too many connections, the one of them that has been idle longest.
    /// - If the table is full, the longest idle one of the client with the most connections.
    /// - If the table is full and no connection is idle, the one that has waited longest for its
    ///   client. Again the client with the most connections comes first.
    ///
    /// A connection waits for its client if bytes of a request do not arrive, or if bytes of an
    /// answer are not taken. In a full table, it must have waited for [`SHORTEST_WAIT`]. A new
    /// connection without a request has the same time. A connection on whose request the server
    /// works is never closed.
    pub(super) fn enter(self: &Arc<Self>, client: Client, connection: &Arc<Connection>) -> Entry {
        let network = client.network;
        let mut open = lock(&self.open);
        let theirs = open.clients.get(&network).map_or(0, Vec::len);
        if client.is_limited && theirs >= self.most_of_one {
            limit_reached("connections_per_client");
            if !open.close_of(network, Connection::idle_since) {
                return Entry::Refused;
            }
        }
        if open.count >= self.most {
            connection.ticks.tick();
            if !open.make_room(connection.ticks.now()) {
                return Entry::Full;
            }
            limit_reached("max_connections");
        }
        let connections = open.clients.entry(network).or_default();
        connections.push(Arc::clone(connection));
        open.count += 1;
        Entry::Served(Place {
            table: Arc::clone(self),
            network,
            connection: Arc::clone(connection),
        })
    }

    /// Waits until there may be a place.
    pub(super) async fn room(&self) {
        let _ = timeout(LOOK_AGAIN, self.freed.notified()).await;
    }
}

impl Open {
    /// Closes a connection to make room. Returns false if none can give way.
    fn make_room(&mut self, now: u64) -> bool {
        let Some(before) = now.checked_sub(millis(SHORTEST_WAIT)) else {
            return false;
        };
        let long = |since: &u64| *since <= before;
        let idle = |one: &Connection| {
            let since = one.idle_since();
            since.filter(|_| one.has_nothing_on_its_way(before))
        };
        self.close_one(idle) || self.close_one(|one| one.awaits_client_since().filter(long))
    }

    /// Closes a connection that can give way. `since` returns when it became able to do so, or
    /// `None` if it cannot. Returns false if no connection can give way.
    fn close_one(&mut self, since: impl Fn(&Connection) -> Option<u64>) -> bool {
        let client = self.client_with(&since);
        client.is_some_and(|network| self.close_of(network, since))
    }

    /// Closes a connection of that client. Of those that can give way, it is the one for which
    /// `since` returns the earliest time. Returns false if no connection can give way.
    fn close_of(&mut self, network: Network, since: impl Fn(&Connection) -> Option<u64>) -> bool {
        let connections = self.clients.get(&network).into_iter().flatten().enumerate();
        let ready = connections.filter_map(|(at, one)| Some((since(one)?, at)));
        let Some((_, at)) = ready.min() else {
            return false;
        };
        if let Some(connection) =
            self.take(network, |connections| Some(connections.swap_remove(at)))
        {
            connection.close();
        }
        true
    }

    /// Returns the client that loses a connection to make room. It is the client with the most
    /// connections if one of them can give way, or else any client with such a connection. Among
    /// several, returns the client with the connection for which `since` returns the earliest time.
    /// `None` if no connection can give way.
    fn client_with(&self, since: impl Fn(&Connection) -> Option<u64>) -> Option<Network> {
        let most = self.clients.values().map(Vec::len).max()?;
        let earliest_of = |least: usize| {
            let clients = self.clients.iter();
            let clients = clients.filter(|(_, theirs)| theirs.len() >= least);
            let ready = clients.filter_map(|(network, theirs)| {
                let earliest = theirs.iter().filter_map(|one| since(one)).min();
                Some((earliest?, *network))
            });
            let earliest = ready.min_by_key(|(since, _)| *since);
            earliest.map(|(_, network)| network)
        };
        earliest_of(most).or_else(|| earliest_of(0))
    }

    fn take(
        &mut self,
        network: Network,
        one: impl FnOnce(&mut Vec<Arc<Connection>>) -> Option<Arc<Connection>>,
    ) -> Option<Arc<Connection>> {
        let connections = self.clients.get_mut(&network)?;
        let taken = one(connections)?;
        if connections.is_empty() {
            self.clients.remove(&network);
        }
        self.count -= 1;
        Some(taken)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = lock(&self.table.open);
        // A connection that was closed to make room is no longer in the table.
        open.take(self.network, |connections| {
            let same = |one: &Arc<Connection>| Arc::ptr_eq(one, &self.connection);
            let at = connections.iter().position(same)?;
            Some(connections.swap_remove(at))
        });
        drop(open);
        self.table.freed.notify_one();
    }
}

#[cfg(test)]
mod tests;
