//! The median times of requests for known and unknown addresses, on memory and on a file of SQLite:
//! `concealed ROUNDS`. Without a number, nothing: `cargo bench` of a whole workspace calls it too.

use std::{io::Write, sync::Arc, time::Duration};

use guestlist::{
    AccountRules, Client, Clock, Email, Guestlist, NewUser, Password, PasswordCost, SecretKey,
    Store, SystemClock, Wanted,
    testing::{MemoryStore, email},
};
use guestlist_sqlite::SqliteStore;

const RULES: AccountRules = AccountRules {
    sends_mail: true,
    require_verified: false,
    conceal: true,
};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1).filter(|given| given != "--bench");
    let Some(rounds) = arguments.next().and_then(|given| given.parse().ok()) else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let sqlite = SqliteStore::open(folder.path().join("store.sqlite")).await;
    measure("memory", Arc::new(MemoryStore::new()), rounds).await?;
    measure("SQLite", Arc::new(sqlite.expect("opens")), rounds).await
}

async fn measure(name: &str, store: Arc<dyn Store>, rounds: u32) -> std::io::Result<()> {
    let secret = SecretKey::new(b"0123456789abcdef0123456789abcdef").expect("is a key");
    let guestlist = Guestlist::builder_over(store, secret)
        .password_cost(PasswordCost::default())
        .account_rules(RULES)
        .build()
        .expect("builds");
    let clock = SystemClock::new();
    for request in [Request::SignUp, Request::Reset, Request::SignIn] {
        let address = |who: &str, round| email(&format!("{who}{request:?}{round}@example.com"));
        for round in 0..rounds {
            let added = guestlist.add_user(address("known", round), None, password());
            added.await.expect("adds");
        }
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        // Each address is asked for once. Both kinds take turns, and each is first in every second
        // round, so that both meet the same machine.
        for round in 0..rounds {
            let mut turns = [("known", &mut known), ("unknown", &mut unknown)];
            if round % 2 == 1 {
                turns.reverse();
            }
            for (who, times) in turns {
                let address = address(who, round);
                times.push(request.time(&clock, &guestlist, address).await);
            }
        }
        let (known, unknown) = (median(known), median(unknown));
        let part = unknown.as_secs_f64() / known.as_secs_f64();
        writeln!(
            std::io::stdout(),
            "{name} {request:?}: known {known:?}, unknown {unknown:?}, {part:.3} of it"
        )?;
    }
    Ok(())
}

#[derive(Clone, Copy, Debug)]
enum Request {
    SignUp,
    Reset,
    SignIn,
}

impl Request {
    async fn time(self, clock: &dyn Clock, guestlist: &Guestlist, address: Email) -> Duration {
        let began = clock.monotonic();
        match self {
            Self::SignUp => {
                let (anyone, new) = (Client::default(), NewUser::new(address, password()));
                let made = guestlist.register(&anyone, new);
                made.await.map(drop).expect("answers");
            }
            Self::Reset => {
                let asked = guestlist.request_password_reset(&address);
                asked.await.expect("answers");
            }
            Self::SignIn => {
                let typed = Password::new("a wrong password");
                let client = Client::default();
                let refused = guestlist.sign_in(Some(&address), typed, client, Wanted::JWT);
                assert!(refused.await.is_err(), "the password is wrong");
            }
        }
        clock.monotonic() - began
    }
}

fn password() -> Password {
    Password::new("a long exemplary password")
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
