use std::{
    env,
    net::{SocketAddr, TcpListener},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// The URL of a database server that a test needs, out of that environment variable, such as `TEST_POSTGRES_URL`; `scripts/services` starts
/// the servers and says where they are. Without it the test says that it is skipped.
///
/// # Panics
/// Without it under `CI=true`, where nothing may be skipped.
#[expect(clippy::print_stdout, reason = "whoever runs the tests is told")]
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

/// An address on loopback that nobody listens on, given to nobody else in this process. Its port is from a range that systems take
/// for no outgoing connection, which could have it before a server that is started there.
///
/// # Panics
/// When no port is free.
pub fn free_address() -> SocketAddr {
    const FIRST: u32 = 10_000;
    const PORTS: u32 = 10_000;
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    // Processes that run beside each other begin at different ports.
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
