//! Measures how many access tokens one core signs and verifies per second, by algorithm. Arguments:
//! `rate SECONDS`. Without arguments it does nothing, because `cargo bench` of the workspace calls
//! it too.

use std::{io::Write, time::Duration};

use guestlist::{Algorithm, Clock, SystemClock, testing::Signatures};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1).filter(|given| given != "--bench");
    if arguments.next().as_deref() != Some("rate") {
        return Ok(());
    }
    let seconds = arguments.next().and_then(|given| given.parse().ok());
    let duration = Duration::from_secs(seconds.unwrap_or(3));
    let mut out = std::io::stdout();
    for algorithm in Algorithm::ALL {
        let signatures = Signatures::new(algorithm);
        let token = signatures.sign();
        let signed = rate(duration, || !signatures.sign().is_empty());
        let verified = rate(duration, || signatures.verify(&token));
        let length = token.len();
        writeln!(
            out,
            "{algorithm:5}  {signed:9.0} signed/s  {verified:9.0} verified/s  {length} bytes a token"
        )?;
    }
    Ok(())
}

/// Returns how often the work is done per second on this thread.
fn rate(duration: Duration, work: impl Fn() -> bool) -> f64 {
    let clock = SystemClock::new();
    let mut done = 0_u32;
    while clock.monotonic() < duration {
        for _ in 0..16 {
            assert!(work(), "the measured work succeeds");
        }
        done += 16;
    }
    f64::from(done) / clock.monotonic().as_secs_f64()
}
