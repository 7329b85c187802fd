use std::{
    env,
    net::{SocketAddr, TcpStream, UdpSocket},
    ops::Range,
    process,
    sync::{Mutex, PoisonError},
};

/// The URL of a database server that a test needs, from that environment variable, such as
/// `TEST_POSTGRES_URL`. `scripts/services` starts the servers and prints their URLs. Without a URL
/// it prints that the test is skipped.
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

/// A loopback address on which no program listens. Neither this process nor a test in another one
/// gets it again. Its port is outside the range of outgoing connections, so none of them takes it
/// before a server starts there.
///
/// # Panics
/// If no port is free.
pub fn free_address() -> SocketAddr {
    static RESERVED: Mutex<Vec<Block>> = Mutex::new(Vec::new());
    let mut reserved = RESERVED.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if let Some(address) = reserved.last_mut().and_then(Block::free_address) {
            return address;
        }
        reserved.push(Block::reserve().expect("a block of ports is free"));
    }
}

/// Ports that only this process uses.
struct Block {
    ports: Range<u16>,
    /// Holds the UDP port of the first number until the process ends. So another process finds the
    /// block taken, and the TCP ports stay free.
    _mark: UdpSocket,
}

impl Block {
    const FIRST: u16 = 10_000;
    const BLOCKS: u16 = 100;
    const PORTS: u16 = 100;

    fn reserve() -> Option<Self> {
        // Processes that follow each other begin at different ports.
        let start = process::id();
        (0..u32::from(Self::BLOCKS)).find_map(|number| {
            let block = start.wrapping_add(number) % u32::from(Self::BLOCKS);
            let first = Self::FIRST + u16::try_from(block).ok()? * Self::PORTS;
            let mark = UdpSocket::bind(("127.0.0.1", first)).ok()?;
            let ports = first..first + Self::PORTS;
            Some(Self { ports, _mark: mark })
        })
    }

    /// Asks by connecting, not by listening. A test in another thread may start a program at the same
    /// time: until that program runs, it would hold the listening socket, too. The kernel would accept
    /// the first requests there, and reset them.
    fn free_address(&mut self) -> Option<SocketAddr> {
        let mut addresses = self
            .ports
            .by_ref()
            .map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        addresses.find(|address| TcpStream::connect(address).is_err())
    }
}
