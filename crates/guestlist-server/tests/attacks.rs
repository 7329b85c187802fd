//! Attacks on the real binary over loopback. Each file makes one attack, limited in count and time.
//!
//! By default the attacks are short. `ATTACKS=whole` makes them as large as `docs/reliability.md`
//! reports them. `GUESTLIST_BINARY` names the binary to attack: one built with `--release`.

mod copied_session;
mod exports;
mod held_places;
mod idle_sockets;
mod long_paths;
mod rebinding;
mod searches;
mod slow_hashes;
mod slow_readers;
mod slow_uploads;
mod victim;

use std::{env, fs};

/// Whether the attacks run as large as `docs/reliability.md` reports them.
pub(crate) fn is_whole() -> bool {
    env::var("ATTACKS").is_ok_and(|size| size == "whole")
}

/// The resident memory of a process in bytes, or `None` if `/proc` does not show it.
pub(crate) fn resident_bytes(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[test]
fn the_resident_memory_is_known_on_linux() {
    let known = resident_bytes(std::process::id());
    assert_eq!(known.is_some(), cfg!(target_os = "linux"));
    assert!(known.is_none_or(|bytes| bytes > 1024 * 1024));
    assert!(!is_whole() || known.is_some());
}
