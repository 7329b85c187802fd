//! Refreshes on a file of SQLite, every one durable, without HTTP: `refresh SECONDS [CONCURRENCY]`.
//! Without either, nothing: `cargo bench` of a whole workspace calls it too.

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use guestlist::{Client, Guestlist, OpaqueToken, Password, PasswordCost, SecretKey, Wanted};
use guestlist_sqlite::SqliteStore;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1).filter(|given| given != "--bench");
    let mut number = || arguments.next().and_then(|given| given.parse().ok());
    let Some(seconds) = number() else {
        return Ok(());
    };
    let concurrency = number().unwrap_or(32);
    let folder = tempfile::tempdir()?;
    let store = SqliteStore::open(folder.path().join("store.sqlite")).await;
    let secret = SecretKey::new(b"0123456789abcdef0123456789abcdef").expect("is a key");
    let guestlist = Guestlist::builder(store.expect("opens"), secret)
        .password_cost(PasswordCost::for_tests())
        .build()
        .expect("builds");
    let email = guestlist::testing::email("ada@example.com");
    let password = || Password::new("exemplary");
    let signed_up = guestlist.sign_up(email.clone(), password());
    signed_up.await.expect("signs up");
    let done = Arc::new(AtomicU32::new(0));
    for _ in 0..concurrency {
        let client = Client::default();
        let held = guestlist.sign_in(Some(&email), password(), client, Wanted::DATABASE);
        let mut token = held.await.expect("signs in").refresh_token;
        let (guestlist, done) = (guestlist.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            loop {
                let presented = token.as_ref().map(OpaqueToken::expose).expect("has one");
                let refreshed = guestlist
                    .refresh(presented, Client::default())
                    .await
                    .expect("refreshes");
                token = refreshed.refresh_token;
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let before = done.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let refreshed = f64::from(done.load(Ordering::Relaxed) - before);
    let rate = refreshed / Duration::from_secs(seconds).as_secs_f64();
    writeln!(std::io::stdout(), "RATE {rate:.0}")
}
