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
    sleep(SHORTEST_WAIT).await;
    let fourth = fixture.served("192.0.2.3").await;
    assert!(is_closed(&first).await && !is_closed(&oldest).await);
    let open = [ask(&second), ask(&fourth)];
    let _fifth = fixture.served("192.0.2.4").await;
    assert!(is_closed(&oldest).await);
    drop(open);
}

#[tokio::test]
async fn a_full_table_closes_the_connection_that_waited_longest_for_its_client() {
    let fixture = Fixture::new(3, 3);
    let [working, second, first] = [
        fixture.served("192.0.2.1").await,
        fixture.served("192.0.2.3").await,
        fixture.served("192.0.2.2").await,
    ];
    let open = [ask(&working), ask(&first), ask(&second)];
    let is_full = async || matches!(fixture.enter("192.0.2.4").await, Entry::Full);
    for waiting in [&open[1], &open[2]] {
        waiting.0.await_client(true);
        sleep(Duration::from_millis(2)).await;
        fixture.ticks.tick();
    }
    open[2].0.step();
    assert!(is_full().await, "none has waited long enough");
    sleep(SHORTEST_WAIT).await;
    let fourth = fixture.served("192.0.2.4").await;
    assert!(is_closed(&first).await && !is_closed(&working).await);
    let fourth_asks = ask(&fourth);
    fourth_asks.0.await_client(true);
    // It makes progress, or the server works on it again.
    open[2].0.step();
    assert!(is_full().await, "one made progress, the other is new");
    sleep(SHORTEST_WAIT).await;
    open[2].0.await_client(false);
    let _fifth = fixture.served("192.0.2.5").await;
    assert!(is_closed(&fourth).await && !is_closed(&second).await);
    assert!(!is_closed(&working).await);
}

#[tokio::test]
async fn an_idle_connection_gives_way_before_one_that_waits_for_its_client() {
    let fixture = Fixture::new(2, 2);
    let [waiting, idle] = [
        fixture.served("192.0.2.1").await,
        fixture.served("192.0.2.2").await,
    ];
    let open = ask(&waiting);
    open.0.await_client(true);
    sleep(SHORTEST_WAIT).await;
    let _third = fixture.served("192.0.2.3").await;
    assert!(is_closed(&idle).await && !is_closed(&waiting).await);
}

/// A client that asks often is never idle for long.
#[tokio::test]
async fn a_connection_that_was_answered_gives_way_at_once() {
    let fixture = Fixture::new(1, 1);
    let only = fixture.served("192.0.2.1").await;
    sleep(SHORTEST_WAIT).await;
    let open = ask(&only);
    assert!(matches!(fixture.enter("192.0.2.2").await, Entry::Full));
    drop(open);
    let _next = fixture.served("192.0.2.2").await;
    assert!(is_closed(&only).await);
}

/// A new connection is idle until its request arrives.
#[tokio::test]
async fn a_new_connection_does_not_give_way_to_the_next_one() {
    let fixture = Fixture::new(2, 2);
    let waiting = fixture.served("192.0.2.1").await;
    let open = ask(&waiting);
    open.0.await_client(true);
    sleep(SHORTEST_WAIT).await;
    let new = fixture.served("192.0.2.2").await;
    let third = fixture.served("192.0.2.3").await;
    assert!(is_closed(&waiting).await && !is_closed(&new).await);
    assert!(matches!(fixture.enter("192.0.2.4").await, Entry::Full));
    sleep(SHORTEST_WAIT).await;
    let _fourth = fixture.served("192.0.2.4").await;
    assert!(is_closed(&new).await && !is_closed(&third).await);
}

#[tokio::test]
async fn a_connection_waits_for_its_client_only_if_each_of_its_streams_does() {
    let fixture = Fixture::new(1, 1);
    let only = fixture.served("192.0.2.1").await;
    let [stalled, working] = [(); 2].map(|()| only.connection.begin_stream());
    stalled.await_client(true);
    sleep(SHORTEST_WAIT).await;
    assert!(matches!(fixture.enter("192.0.2.2").await, Entry::Full));
    // The new progress of one stream does not hide that another one stalls.
    working.step();
    working.await_client(true);
    let _next = fixture.served("192.0.2.2").await;
    assert!(is_closed(&only).await);
    drop((stalled, working, only.connection.take_begun()));
    assert_eq!(only.connection.awaits_client_since(), None);
    assert!(only.connection.idle_since().is_some());
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
