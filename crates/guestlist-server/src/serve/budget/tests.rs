//! Who gets room, and who makes some.

use std::net::IpAddr;

use super::*;
use crate::serve::watch::Connection;

const WHOLE: u64 = 8_000;

/// A budget of 8,000 bytes, of which one client has 1,000.
struct Scene {
    ticks: Arc<Ticks>,
    budget: Arc<Budget>,
}

impl Scene {
    fn set() -> Self {
        let ticks = Ticks::start();
        let budget = Budget::new(Arc::clone(&ticks), WHOLE, 250);
        Self { ticks, budget }
    }

    /// A request on a connection of its own.
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
    let scene = Scene::set();
    let [one, same, other] = ["192.0.2.1", "192.0.2.1", "192.0.2.2"].map(|a| scene.request(a));
    let held = one.hold(900).expect("there is room");
    assert!(same.hold(101).is_err());
    let _rest = same.hold(100).expect("there is room");
    let _others = other.hold(1_000).expect("another client has room");
    assert_eq!(scene.held(), 2_000);
    drop(held);
    assert_eq!(scene.held(), 1_100);
}

#[test]
fn all_together_have_the_whole_and_a_proxy_more_than_one_client() {
    let scene = Scene::set();
    let proxy = scene.request("10.0.0.1");
    let _most = proxy.hold(7_500).expect("a proxy has many clients");
    let stranger = scene.request("192.0.2.1");
    assert!(stranger.hold(501).is_err());
    let _rest = stranger.hold(500).expect("there is room");
}

/// Else nobody would ever get it.
#[test]
fn what_is_larger_than_all_room_is_held_by_itself() {
    let scene = Scene::set();
    let one = scene.request("192.0.2.1");
    let held = one.hold(WHOLE * 2).expect("there is nothing else");
    assert!(one.hold(1).is_err() && scene.request("192.0.2.2").hold(1).is_err());
    drop(held);
    assert_eq!(scene.held(), 0);
}

#[tokio::test]
async fn who_has_stalled_for_longest_makes_room_after_a_second() {
    let scene = Scene::set();
    let [first, second, lively, new] = [(); 4].map(|()| scene.request("192.0.2.1"));
    let stranger = scene.request("192.0.2.2");
    let _strangers = stranger.hold(400).expect("there is room");
    scene.pass(Duration::from_millis(100));
    first.exchange.step();
    let of_first = first.hold(400).expect("there is room");
    scene.pass(Duration::from_millis(100));
    second.exchange.step();
    let _of_second = second.hold(300).expect("there is room");
    let _of_lively = lively.hold(300).expect("there is room");
    scene.pass(Duration::from_millis(900));
    lively.exchange.step();
    assert!(new.hold(350).is_ok(), "the first has stalled for a second");
    assert!(is_closed(&first).await && !is_closed(&second).await);
    assert!(new.hold(450).is_err(), "the second has not");
    scene.pass(Duration::from_millis(200));
    let _new = new.hold(450).expect("now it has");
    assert!(is_closed(&second).await && !is_closed(&lively).await);
    assert!(
        !is_closed(&stranger).await,
        "another client has its own room"
    );
    assert!(first.hold(1).is_err(), "it has been ended");
    let before = scene.held();
    drop(of_first);
    assert_eq!(scene.held(), before, "its room was given away already");
}

#[tokio::test]
async fn a_full_house_takes_room_from_whoever_stalls() {
    let scene = Scene::set();
    let proxy = scene.request("10.0.0.1");
    let held = proxy.hold(WHOLE).expect("there is room");
    let stranger = scene.request("192.0.2.1");
    assert!(stranger.hold(1).is_err());
    scene.pass(Duration::from_secs(1));
    let _some = stranger.hold(1).expect("the proxy has stalled");
    assert!(is_closed(&proxy).await);
    drop(held);
    assert_eq!(scene.held(), 1);
}

#[tokio::test]
async fn who_waits_is_served_when_there_is_room_or_refused_after_two_seconds() {
    let scene = Scene::set();
    let [one, same] = [(); 2].map(|()| scene.request("192.0.2.1"));
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
    assert_eq!(scene.budget.waiting.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn no_more_wait_than_256() {
    let scene = Scene::set();
    let one = scene.request("192.0.2.1");
    let _held = one.hold(1_000).expect("there is room");
    let waiting = (0..MOST_WAITING).map(|_| Waiting::begin(&scene.budget.waiting));
    let waiting: Vec<_> = waiting.collect::<Result<_, _>>().expect("they wait");
    let began = Instant::now();
    assert!(one.wait_for(1).await.is_err());
    assert!(began.elapsed() < PATIENCE);
    drop(waiting);
    assert_eq!(scene.budget.waiting.load(Ordering::Relaxed), 0);
}

#[test]
fn a_hold_is_resized() {
    let scene = Scene::set();
    let one = scene.request("192.0.2.1");
    let held = one.hold_anyway(2_000);
    assert_eq!(scene.held(), 2_000);
    held.resize(10);
    assert_eq!(scene.held(), 10);
    held.resize(20);
    assert_eq!(scene.held(), 20);
    drop(held);
    assert_eq!(scene.held(), 0);
}

#[test]
fn small_answers_are_not_counted_until_they_are_many_on_one_connection() {
    let scene = Scene::set();
    let connection = Connection::new(Arc::clone(&scene.ticks));
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
