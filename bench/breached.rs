//! Measures the filter of breached passwords. `breached list COUNT` writes a list of made-up hashes
//! in the form of the downloaded list. `breached look FILTER COUNT` looks up COUNT passwords that
//! are not in the filter.

use std::io::{self, BufWriter, Write};

use anyhow::{Context, bail};
use guestlist::{BreachedPasswords, Clock, Password, SystemClock};

const USAGE: &str = "breached list COUNT | breached look FILTER COUNT";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["list", count] => list(count.parse().context(USAGE)?),
        ["look", filter, count] => look(filter, count.parse().context(USAGE)?),
        _ => bail!(USAGE),
    }
}

/// Writes hashes that are spread evenly: each is at a random place of its own range.
fn list(count: u64) -> anyhow::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, io::stdout().lock());
    let stretch = u64::MAX / count.max(1);
    let mut state = 0x9e37_79b9_7f4a_7c15;
    for number in 0..count {
        let first = number * stretch + made_up(&mut state) % stretch;
        let (second, third) = (made_up(&mut state), made_up(&mut state) >> 32);
        let found = third % 1000 + 1;
        write!(out, "{first:016X}{second:016X}{third:08X}:{found}\r\n")?;
    }
    Ok(out.flush()?)
}

fn look(filter: &str, count: u32) -> anyhow::Result<()> {
    let filter = BreachedPasswords::open(filter)?;
    let clock = SystemClock::new();
    let start = clock.monotonic();
    let mut found = 0;
    for number in 0..count {
        found += u32::from(filter.contains(&Password::new(format!("password {number}")))?);
    }
    let each = (clock.monotonic() - start) / count.max(1);
    let mut out = io::stdout().lock();
    Ok(writeln!(
        out,
        "{each:?} a look-up, {found} of {count} found"
    )?)
}

/// Returns a random number by Marsaglia's xorshift.
fn made_up(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}
