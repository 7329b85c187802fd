use std::{
    env,
    net::{SocketAddr, TcpListener},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// The URL of a database server that a test needs, from that environment variable, such as `TEST_POSTGRES_URL`.
/// `scripts/services` starts the servers and prints their URLs. Without a URL it prints that the test is skipped.
///
/// # Panics
/// Without a URL under `CI=true`, where no test may be skipped.
#[expect(
    clippy::print_stdout,
    reason = "tells the developer that a test is skipped"
)]
pub fn service(variable: &str) -> Option<String> {
    let url = env::var(variable).ok().filter(|url| !url.is_empty());
    if url.is_none() {
        let ci = env::var("CI").is_ok_and(|value| value == "true");
        assert!(
            !ci,
            "{variable} is not set: `scripts/services up` starts what it names"
        );
        println!("skipped: {variable} is not set (scripts/services up)");
    }
    url
}

/// A loopback address on which no program listens. No two calls in this process get the same one. Its port is outside the
/// range of outgoing connections, so none of them takes it before a server starts there.
///
/// # Panics
/// If no port is free.
pub fn free_address() -> SocketAddr {
    const FIRST: u32 = 10_000;
    const PORTS: u32 = 10_000;
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    // Concurrent processes begin at different ports.
    let start = process::id().wrapping_mul(97);
    (0..PORTS)
        .find_map(|_| {
            let next = start.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed));
            let port = u16::try_from(FIRST + next % PORTS).expect("is below 20,000");
            let listener = TcpListener::bind(("127.0.0.1", port)).ok()?;
            listener.local_addr().ok()
        })
        .expect("a port is free")
}
