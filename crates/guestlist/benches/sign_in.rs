//! Measures sign-ins without HTTP and without a database: how many the hashing threads can do, and
//! whether the time reveals which accounts exist. Arguments: `rate SECONDS` or `timing [SAMPLES
//! [REAL]]`. Without arguments it does nothing, because `cargo bench` of the workspace calls it
//! too.

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use guestlist::{
    Client, Clock, Guestlist, Password, PasswordCost, PasswordHash, SecretKey, SystemClock,
    UserStore, Wanted,
    testing::{MemoryStore, email, user},
};

const USER: &str = "reader@packt.com";
const PASSWORD: &str = "exemplary";

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1).filter(|given| given != "--bench");
    let what = arguments.next();
    let mut number = |otherwise| {
        let given = arguments.next();
        given
            .and_then(|given| given.parse().ok())
            .unwrap_or(otherwise)
    };
    match what.as_deref() {
        Some("rate") => rate(Duration::from_secs(number(10))).await,
        Some("timing") => {
            let (samples, real) = (number(2000), number(200));
            timing("cheap", PasswordCost::for_tests(), samples).await?;
            timing("real", PasswordCost::default(), real).await
        }
        _ => Ok(()),
    }
}

fn builder(store: Arc<MemoryStore>, cost: PasswordCost) -> Guestlist {
    let secret = SecretKey::new(b"0123456789abcdef0123456789abcdef").expect("is a key");
    let builder = Guestlist::builder_over(store, secret).password_cost(cost);
    builder.build().expect("builds")
}

/// Measures sign-ins per second. There are twice as many callers as threads, so that no thread
/// waits for a caller.
async fn rate(duration: Duration) -> std::io::Result<()> {
    let guestlist = builder(Arc::default(), PasswordCost::default());
    let signed_up = guestlist.sign_up(email(USER), Password::new(PASSWORD));
    signed_up.await.expect("signs up");
    let done = Arc::new(AtomicU64::new(0));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    for _ in 0..cores * 2 {
        let (guestlist, done) = (guestlist.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            let email = email(USER);
            loop {
                let sign_in = guestlist.sign_in(
                    Some(&email),
                    Password::new(PASSWORD),
                    Client::default(),
                    Wanted::DATABASE,
                );
                sign_in.await.expect("signs in");
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    tokio::time::sleep(duration).await;
    let done = u32::try_from(done.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
    writeln!(
        std::io::stdout(),
        "RATE {:.2}",
        f64::from(done) / duration.as_secs_f64()
    )
}

/// Measures refusals of wrong passwords for each kind of account, in turns.
async fn timing(name: &str, cost: PasswordCost, samples: u64) -> std::io::Result<()> {
    let store: Arc<MemoryStore> = Arc::default();
    let guestlist = builder(Arc::clone(&store), cost);
    let imported = |dear: &str, cheap: &str| {
        let hash = if name == "real" { dear } else { cheap };
        PasswordHash::parse(hash).expect("is a hash")
    };
    let own = guestlist.sign_up(email("argon2id@example.com"), Password::new(PASSWORD));
    let own = own.await.expect("signs up").password_hash;
    let bcrypt = imported(
        "$2b$12$m9N5oPskBb3O/TEzJ9J9tObnkrSerSXsoJUwI1jezK8naJEdDR5Be",
        "$2b$04$N2EAdxLSZQnc1ynOzml4Ruu5dnTyRmev.fJwtaKdYTlvuJE8RgjqS",
    );
    let pbkdf2 = imported(
        "pbkdf2_sha256$600000$KzMTzBBP6bz26Fe11hO6nt$OGEAE43Is2zFJslH3aucld2nmqt0Av5h8huBrXuYnSw=",
        "pbkdf2_sha256$1000$KzMTzBBP6bz26Fe11hO6nt$OGEAE43Is2zFJslH3aucld2nmqt0Av5h8huBrXuYnSw=",
    );
    for (address, hash) in [
        ("bcrypt@example.com", Some(bcrypt)),
        ("pbkdf2@example.com", Some(pbkdf2)),
        ("disabled@example.com", own),
        ("without@example.com", None),
    ] {
        let mut user = user(address);
        user.password_hash = hash;
        if address.starts_with("disabled") {
            user.disabled_at = Some(user.created_at);
        }
        store.insert_user(&user).await.expect("inserts");
    }
    let kinds = [
        "unknown", "argon2id", "disabled", "without", "bcrypt", "pbkdf2",
    ];
    let mut took = kinds.map(|_| Vec::new());
    let clock = SystemClock::new();
    let mut turns = [0, 1, 2, 3, 4, 5];
    let mut random = 0x9e37_79b9_7f4a_7c15;
    for round in 0..samples {
        // The order is random: the hashing threads take turns, and one may be on a slower core.
        shuffle(&mut turns, &mut random);
        for turn in turns {
            let (kind, took) = (kinds[turn], &mut took[turn]);
            let email = email(&format!("{kind}@example.com"));
            let wrong = Password::new(format!("wrong {round}"));
            let begun = clock.monotonic();
            let refused = guestlist
                .sign_in(Some(&email), wrong, Client::default(), Wanted::DATABASE)
                .await;
            took.push(clock.monotonic() - begun);
            assert!(refused.is_err());
        }
    }
    let medians = took.map(|mut took| {
        took.sort_unstable();
        took[took.len() / 2].as_secs_f64() * 1e3
    });
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{name} cost, {samples} samples each, medians of a refusal:"
    )?;
    for (kind, median) in kinds.iter().zip(medians) {
        let of_unknown = median / medians[0];
        writeln!(
            out,
            "  {kind:9} {median:9.3} ms  {of_unknown:.3} of unknown"
        )?;
    }
    Ok(())
}

/// Shuffles the turns with a xorshift generator.
fn shuffle(turns: &mut [usize], random: &mut u64) {
    for last in (1..turns.len()).rev() {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        let bound = u64::try_from(last + 1).expect("fits");
        let other = usize::try_from(*random % bound).expect("fits");
        turns.swap(last, other);
    }
}
