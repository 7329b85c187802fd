//! Tests of the memory budget: which exchanges get memory, and which ones are ended.

use std::net::IpAddr;

use super::*;
use crate::serve::watch::Connection;

const WHOLE: u64 = 8_000;

/// A budget of 8,000 bytes, of which one client may use 1,000.
struct Fixture {
    ticks: Arc<Ticks>,
    budget: Arc<Budget>,
}

impl Fixture {
    fn new() -> Self {
        let ticks = Ticks::start();
        let budget = Budget::new(Arc::clone(&ticks), WHOLE, 250);
        Self { ticks, budget }
    }

    /// Creates a request on its own connection.
    fn request(&self, address: &str) -> Account {
        let address: IpAddr = address.parse().expect("an address");
        let trusted = ["10.0.0.0/8".parse().expect("a network")];
        Account::new(Owner {
            budget: Arc::clone(&self.budget),
            exchange: Connection::new(Arc::clone(&self.ticks)).exchange(),
            client: Client::of_peer(address, &trusted),
            local: ([127, 0, 0, 1], 80).into(),
        })
    }

    fn pass(&self, time: Duration) {
        self.ticks.pass(time);
    }

    fn held(&self) -> u64 {
        let held = lock(&self.budget.held);
        let clients = held.clients.values();
        let sum: u64 = clients
            .inspect(|client| {
                let exchanges: u64 = client.exchanges.iter().map(|held| held.bytes).sum();
                assert_eq!(exchanges, client.bytes);
            })
            .map(|client| client.bytes)
            .sum();
        assert_eq!(sum, held.bytes);
        sum
    }
}

async fn is_closed(account: &Account) -> bool {
    let closed = account.exchange.connection.closed();
    tokio::time::timeout(Duration::from_millis(1), closed)
        .await
        .is_ok()
}

#[test]
fn one_client_has_an_eighth_and_others_have_the_rest() {
    let fixture = Fixture::new();
    let [one, same, other] = ["192.0.2.1", "192.0.2.1", "192.0.2.2"].map(|a| fixture.request(a));
    let held = one.hold(900).expect("there is room");
    assert!(same.hold(101).is_err());
    let _rest = same.hold(100).expect("there is room");
    let _others = other.hold(1_000).expect("another client has room");
    assert_eq!(fixture.held(), 2_000);
    drop(held);
    assert_eq!(fixture.held(), 1_100);
}

#[test]
fn all_clients_share_the_whole_and_a_proxy_has_no_client_limit() {
    let fixture = Fixture::new();
    let proxy = fixture.request("10.0.0.1");
    let _most = proxy.hold(7_500).expect("a proxy has many clients");
    let other = fixture.request("192.0.2.1");
    assert!(other.hold(501).is_err());
    let _rest = other.hold(500).expect("there is room");
}

/// Otherwise it could never be held.
#[test]
fn more_than_the_whole_is_held_alone() {
    let fixture = Fixture::new();
    let one = fixture.request("192.0.2.1");
    let held = one.hold(WHOLE * 2).expect("there is nothing else");
    assert!(one.hold(1).is_err() && fixture.request("192.0.2.2").hold(1).is_err());
    drop(held);
    assert_eq!(fixture.held(), 0);
}

#[tokio::test]
async fn the_longest_stalled_exchange_is_ended_after_a_second() {
    let fixture = Fixture::new();
    let [first, second, lively, new] = [(); 4].map(|()| fixture.request("192.0.2.1"));
    let other = fixture.request("192.0.2.2");
    let _others = other.hold(400).expect("there is room");
    fixture.pass(Duration::from_millis(100));
    first.exchange.step();
    let of_first = first.hold(400).expect("there is room");
    fixture.pass(Duration::from_millis(100));
    second.exchange.step();
    let _of_second = second.hold(300).expect("there is room");
    let _of_lively = lively.hold(300).expect("there is room");
    fixture.pass(Duration::from_millis(900));
    lively.exchange.step();
    assert!(new.hold(350).is_ok(), "the first has stalled for a second");
    assert!(is_closed(&first).await && !is_closed(&second).await);
    assert!(new.hold(450).is_err(), "the second has not");
    fixture.pass(Duration::from_millis(200));
    let _new = new.hold(450).expect("now it has");
    assert!(is_closed(&second).await && !is_closed(&lively).await);
    assert!(!is_closed(&other).await, "another client has its own room");
    assert!(first.hold(1).is_err(), "it was ended");
    let before = fixture.held();
    drop(of_first);
    assert_eq!(fixture.held(), before, "its memory was freed already");
}

#[tokio::test]
async fn a_full_budget_ends_a_stalled_exchange() {
    let fixture = Fixture::new();
    let proxy = fixture.request("10.0.0.1");
    let held = proxy.hold(WHOLE).expect("there is room");
    let other = fixture.request("192.0.2.1");
    assert!(other.hold(1).is_err());
    fixture.pass(Duration::from_secs(1));
    let _some = other.hold(1).expect("the proxy has stalled");
    assert!(is_closed(&proxy).await);
    drop(held);
    assert_eq!(fixture.held(), 1);
}

#[tokio::test]
async fn a_waiting_request_gets_memory_or_fails_after_two_seconds() {
    let fixture = Fixture::new();
    let [one, same] = [(); 2].map(|()| fixture.request("192.0.2.1"));
    let held = one.hold(1_000).expect("there is room");
    let (waited, ()) = tokio::join!(same.wait_for(500), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(held);
    });
    let _waited = waited.expect("there is room again");
    let began = Instant::now();
    assert!(one.wait_for(501).await.is_err());
    let waited = began.elapsed();
    assert!(waited >= PATIENCE, "{waited:?}");
    assert_eq!(fixture.budget.waiting.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn at_most_256_requests_wait() {
    let fixture = Fixture::new();
    let one = fixture.request("192.0.2.1");
    let _held = one.hold(1_000).expect("there is room");
    let waiting = (0..MOST_WAITING).map(|_| Waiting::begin(&fixture.budget.waiting));
    let waiting: Vec<_> = waiting.collect::<Result<_, _>>().expect("they wait");
    let began = Instant::now();
    assert!(one.wait_for(1).await.is_err());
    assert!(began.elapsed() < PATIENCE);
    drop(waiting);
    assert_eq!(fixture.budget.waiting.load(Ordering::Relaxed), 0);
}

#[test]
fn a_hold_is_resized() {
    let fixture = Fixture::new();
    let one = fixture.request("192.0.2.1");
    let held = one.hold_anyway(2_000);
    assert_eq!(fixture.held(), 2_000);
    held.resize(10);
    assert_eq!(fixture.held(), 10);
    held.resize(20);
    assert_eq!(fixture.held(), 20);
    drop(held);
    assert_eq!(fixture.held(), 0);
}

#[test]
fn small_answers_are_counted_if_there_are_many_on_one_connection() {
    let fixture = Fixture::new();
    let connection = Connection::new(Arc::clone(&fixture.ticks));
    let only = connection.exchange();
    for _ in 0..100 {
        assert!(
            only.passes_uncounted(16 * 1024),
            "HTTP/1.1 has one at a time"
        );
    }
    assert!(!only.passes_uncounted(16 * 1024 + 1));
    let streams: Vec<_> = (0..5).map(|_| connection.begin_stream()).collect();
    let passes: Vec<_> = streams
        .iter()
        .map(|stream| stream.passes_uncounted(16 * 1024))
        .collect();
    assert_eq!(passes, [true, true, true, true, false]);
    connection.take_begun();
    drop(streams);
    assert!(connection.begin_stream().passes_uncounted(16 * 1024));
}
