//! What the counters of tries cost a sign-in on a file of SQLite: `counting ROUNDS`. Without a
//! number, nothing: `cargo bench` of a whole workspace calls it too.

use std::{io::Write, net::Ipv4Addr, sync::Arc, time::Duration};

use guestlist::{
    Client, Clock, Guestlist, LimitKey, LimitStore, Password, SecretKey, SystemClock, Take, Taking,
    Wanted, testing::email,
};
use guestlist_sqlite::SqliteStore;

/// A sign-in counts for the account and the network together, the account, the network, and the
/// wider network.
const COUNTERS: u8 = 4;

/// Each sign-in comes from another address of 10.0.0.0/8.
const NETWORKS: u32 = 0x0a00_0000;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1).filter(|given| given != "--bench");
    let Some(rounds) = arguments.next().and_then(|given| given.parse().ok()) else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let store = SqliteStore::open(folder.path().join("store.sqlite")).await;
    let store = Arc::new(store.expect("opens"));
    let secret = SecretKey::new(b"0123456789abcdef0123456789abcdef").expect("is a key");
    let guestlist = Guestlist::builder_over(store.clone(), secret);
    let guestlist = guestlist.build().expect("builds");
    let (clock, ada) = (SystemClock::new(), email("ada@example.com"));
    let added = guestlist.add_user(ada.clone(), None, password());
    added.await.expect("adds");
    let (mut sign_ins, mut counts) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let client = Client {
            address: Some(Ipv4Addr::from_bits(NETWORKS + round).into()),
            ..Client::default()
        };
        let began = clock.monotonic();
        let signed_in = guestlist.sign_in(Some(&ada), password(), client, Wanted::DATABASE);
        signed_in.await.expect("signs in");
        sign_ins.push(clock.monotonic() - began);
        let takes = takes(round);
        let began = clock.monotonic();
        let taking = store.take_all(&takes, clock.now()).await.expect("answers");
        assert_eq!(taking, Taking::Done);
        store.give_back(&takes).await.expect("answers");
        counts.push(clock.monotonic() - began);
    }
    let (sign_in, counted) = (median(sign_ins), median(counts));
    let part = counted.as_secs_f64() / sign_in.as_secs_f64();
    writeln!(
        std::io::stdout(),
        "sign-in {sign_in:?}, of which counting a try and giving it back {counted:?}: {part:.3}"
    )
}

/// Counters as a sign-in from a new network has them: two of the account, two of the network.
fn takes(round: u32) -> Vec<Take> {
    let take = |number: u8| {
        let mut key = [number; 16];
        if number.is_multiple_of(2) {
            key[..4].copy_from_slice(&round.to_be_bytes());
        }
        Take {
            key: LimitKey::from_stored(key),
            cost: 1,
            burst: 1_000_000,
        }
    };
    (0..COUNTERS).map(take).collect()
}

fn password() -> Password {
    Password::new("a long exemplary password")
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
