//! The table of open connections. It decides which one is closed if there are too many.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{sync::Notify, time::timeout};

use super::{
    network::{Client, Network},
    watch::{Connection, lock},
};
use crate::metrics::limit_reached;

/// How often a waiting connection checks again, because another one may have become idle.
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
    /// The table is full and no connection is idle. There may be a place later.
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
    pub(super) fn enter(self: &Arc<Self>, client: Client, connection: &Arc<Connection>) -> Entry {
        let network = client.network;
        let mut open = lock(&self.open);
        let theirs = open.clients.get(&network).map_or(0, Vec::len);
        if client.is_limited && theirs >= self.most_of_one {
            limit_reached("connections_per_client");
            if !open.close_idle(network) {
                return Entry::Refused;
            }
        }
        if open.count >= self.most {
            let Some(network) = open.with_idle() else {
                return Entry::Full;
            };
            limit_reached("max_connections");
            open.close_idle(network);
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
    /// Closes the connection of that client that has been idle longest. Returns false if none is
    /// idle.
    fn close_idle(&mut self, network: Network) -> bool {
        let connections = self.clients.get(&network).into_iter().flatten().enumerate();
        let idle = connections.filter_map(|(at, one)| Some((one.idle_since()?, at)));
        let Some((_, at)) = idle.min() else {
            return false;
        };
        if let Some(connection) =
            self.take(network, |connections| Some(connections.swap_remove(at)))
        {
            connection.close();
        }
        true
    }

    /// Returns the client with the most connections if one of them is idle. Otherwise returns the
    /// client whose connection has been idle longest.
    fn with_idle(&self) -> Option<Network> {
        let has_idle = |connections: &Vec<Arc<Connection>>| {
            connections.iter().filter_map(|one| one.idle_since()).min()
        };
        let most = self.clients.iter().max_by_key(|(_, theirs)| theirs.len());
        if let Some((network, theirs)) = most
            && has_idle(theirs).is_some()
        {
            return Some(*network);
        }
        let clients = self.clients.iter();
        let idle = clients.filter_map(|(network, theirs)| Some((has_idle(theirs)?, network)));
        idle.min_by_key(|(since, _)| *since)
            .map(|(_, network)| *network)
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
mod tests {
    use std::net::IpAddr;

    use tokio::time::sleep;

    use super::*;
    use crate::serve::{ticks::Ticks, watch::Open as Request};

    fn client(address: &str) -> Client {
        let address: IpAddr = address.parse().expect("an address");
        Client::of_peer(address, &[])
    }

    struct Fixture {
        table: Arc<Table>,
        ticks: Arc<Ticks>,
    }

    impl Fixture {
        fn new(most: usize, most_of_one: usize) -> Self {
            Self {
                table: Table::new(most, most_of_one),
                ticks: Ticks::start(),
            }
        }

        async fn enter(&self, address: &str) -> Entry {
            // One after the other, so that the order of idle times is known.
            sleep(Duration::from_millis(2)).await;
            self.ticks.tick();
            let connection = Connection::new(Arc::clone(&self.ticks));
            self.table.enter(client(address), &connection)
        }

        async fn served(&self, address: &str) -> Place {
            match self.enter(address).await {
                Entry::Served(place) => place,
                other => panic!("{other:?}"),
            }
        }
    }

    fn ask(place: &Place) -> Request {
        place.connection.exchange().begin()
    }

    async fn is_closed(place: &Place) -> bool {
        let closed = place.connection.closed();
        timeout(Duration::from_millis(20), closed).await.is_ok()
    }

    #[tokio::test]
    async fn the_longest_idle_connection_of_a_client_over_its_limit_is_closed() {
        let fixture = Fixture::new(100, 2);
        let [first, second] = [
            fixture.served("192.0.2.1").await,
            fixture.served("192.0.2.1").await,
        ];
        let _other = fixture.served("192.0.2.2").await;
        let _third = fixture.served("192.0.2.1").await;
        assert!(is_closed(&first).await && !is_closed(&second).await);
        drop(first);
        let _fourth = fixture.served("192.0.2.1").await;
        assert!(is_closed(&second).await);
    }

    #[tokio::test]
    async fn a_client_over_its_limit_without_idle_connections_is_refused() {
        let fixture = Fixture::new(100, 2);
        let [first, second] = [
            fixture.served("192.0.2.1").await,
            fixture.served("192.0.2.1").await,
        ];
        let open = [ask(&first), ask(&second)];
        assert!(matches!(fixture.enter("192.0.2.1").await, Entry::Refused));
        drop(open);
        let _third = fixture.served("192.0.2.1").await;
    }

    #[tokio::test]
    async fn a_full_table_closes_an_idle_connection_of_the_client_with_the_most() {
        let fixture = Fixture::new(3, 3);
        let oldest = fixture.served("192.0.2.1").await;
        let [first, second] = [
            fixture.served("192.0.2.2").await,
            fixture.served("192.0.2.2").await,
        ];
        let fourth = fixture.served("192.0.2.3").await;
        assert!(is_closed(&first).await && !is_closed(&oldest).await);
        let open = [ask(&second), ask(&fourth)];
        let _fifth = fixture.served("192.0.2.4").await;
        assert!(is_closed(&oldest).await);
        drop(open);
    }

    #[tokio::test]
    async fn a_full_table_without_an_idle_connection_has_room_when_one_ends() {
        let fixture = Fixture::new(1, 1);
        let only = fixture.served("192.0.2.1").await;
        let open = ask(&only);
        assert!(matches!(fixture.enter("192.0.2.2").await, Entry::Full));
        drop(open);
        drop(only);
        fixture.table.room().await;
        let _next = fixture.served("192.0.2.2").await;
        assert_eq!(lock(&fixture.table.open).count, 1);
    }
}
