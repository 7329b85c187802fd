//! The attacked server, its memory, and what other users notice.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::json;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use super::{is_whole, resident_bytes};
use crate::{binary::Server, client::Client, test_app::new_email};

/// The limit of the server's memory.
const MOST_RESIDENT: u64 = 250 * 1024 * 1024;
/// Longer than any response takes, even on a busy machine.
const AGES: Duration = Duration::from_secs(60);
/// A client that waits longer in the short form was kept out. The server lets a stalled body or
/// answer stall for 25 seconds or more.
const KEPT_OUT: Duration = Duration::from_secs(15);
/// The address of the attacker, unless the attack needs several.
pub(super) const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);
/// The address of all other users.
const OTHERS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// A server with large public events.
pub(super) struct Victim {
    server: Server,
    address: SocketAddr,
    token: String,
    _folder: TempDir,
}

/// Watches the server during the attack.
pub(super) struct Watch {
    memory: JoinHandle<()>,
    most: Arc<AtomicU64>,
    others: JoinHandle<Noticed>,
    is_over: Arc<AtomicBool>,
}

/// What other users notice: the longest response time of each kind of request.
#[derive(Debug, Default)]
struct Noticed {
    live: Duration,
    me: Duration,
    page: Duration,
    asked: usize,
    refused: usize,
}

impl Victim {
    /// Starts a server in which one user has `count` public events of 48 KB.
    pub(super) fn with_events(count: usize) -> Self {
        Self::with_settings(count, &[])
    }

    /// Starts such a server with these settings.
    pub(super) fn with_settings(count: usize, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("makes a folder");
        let server = Server::start(folder.path(), settings);
        let address = server.address().parse().expect("is an address");
        let mut client = Client::connect(server.address()).expect("connects");
        let email = new_email();
        assert_eq!(client.sign_up(&email).expect("signs up").status, 201);
        let signed_in = client.sign_in(&email).expect("signs in");
        let token = signed_in.json()["access_token"].as_str().map(str::to_owned);
        let token = token.expect("there is a token");
        let event = json!({
            "title": "Large",
            "description": "\u{1f389}".repeat(10_000),
            "image": "\u{1f389}".repeat(2_000),
            "tags": [],
            "location": "",
        });
        let (event, headers) = (
            event.to_string(),
            [("Authorization", format!("Bearer {token}"))],
        );
        for _ in 0..count {
            let made = client.ask("POST /event/new", &headers, "application/json", &event);
            let made = made.expect("makes an event");
            assert_eq!(made.status, 200, "{made:?}");
        }
        Self {
            server,
            address,
            token,
            _folder: folder,
        }
    }

    /// Opens a connection from the address `from`.
    pub(super) async fn connect(&self, from: Ipv4Addr) -> io::Result<TcpStream> {
        connect(self.address, from, None).await
    }

    /// Opens a connection with a small receive buffer.
    pub(super) async fn connect_narrowly(&self, from: Ipv4Addr) -> io::Result<TcpStream> {
        connect(self.address, from, Some(4_096)).await
    }

    /// Watches the server, from before the attack until [`Watch::report`].
    pub(super) fn watch(&self) -> Watch {
        let (most, is_over) = (
            Arc::new(AtomicU64::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let process = self.server.process();
        let (peak, over) = (Arc::clone(&most), Arc::clone(&is_over));
        let memory = tokio::task::spawn_blocking(move || {
            while !over.load(Ordering::Relaxed) {
                let now = resident_bytes(process).unwrap_or(0);
                peak.fetch_max(now, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(20));
            }
        });
        let (address, token, over) = (self.address, self.token.clone(), Arc::clone(&is_over));
        let others = tokio::spawn(async move {
            let mut noticed = Noticed::default();
            let me = format!("GET /api/v1/me HTTP/1.1\r\nAuthorization: Bearer {token}");
            while !over.load(Ordering::Relaxed) {
                for (head, longest) in [
                    ("GET /health/live HTTP/1.1", &mut noticed.live),
                    (&me, &mut noticed.me),
                    ("GET /events HTTP/1.1", &mut noticed.page),
                ] {
                    let (took, is_refused) = ask(address, head).await;
                    *longest = took.max(*longest);
                    noticed.asked += 1;
                    noticed.refused += usize::from(is_refused);
                }
                sleep(Duration::from_millis(50)).await;
            }
            noticed
        });
        Watch {
            memory,
            most,
            others,
            is_over,
        }
    }
}

impl Watch {
    /// Stops watching, prints what was seen, and checks it.
    pub(super) async fn report(self, attack: &str) {
        self.is_over.store(true, Ordering::Relaxed);
        self.memory.await.expect("looks");
        let noticed = self.others.await.expect("other users get responses");
        let most = self.most.load(Ordering::Relaxed);
        say(&format!(
            "{attack}: at most {} MB; others: {noticed:?}",
            most / 1_048_576
        ));
        assert!(most <= MOST_RESIDENT, "{attack}: {most} bytes");
        let (asked, refused) = (noticed.asked, noticed.refused);
        assert!(asked > 2 && refused * 2 < asked, "{attack}: {noticed:?}");
        assert!(noticed.live < KEPT_OUT, "{attack}: {noticed:?}");
        if is_whole() {
            let is_live = noticed.live <= Duration::from_secs(1);
            assert!(is_live && refused == 0, "{attack}: {noticed:?}");
        }
    }
}

#[expect(clippy::print_stderr, reason = "the figures are for a person")]
pub(super) fn say(words: &str) {
    eprintln!("{words}");
}

/// Sends a request from another address than the attacker's. Returns the response time, and whether
/// it was a 503.
async fn ask(address: SocketAddr, head: &str) -> (Duration, bool) {
    let began = Instant::now();
    let asked = async {
        let mut stream = connect(address, OTHERS, None).await?;
        let request = format!("{head}\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        io::Result::Ok(answer)
    };
    let answer = timeout(AGES, asked)
        .await
        .expect("other users get responses in time");
    let answer = answer.expect("other users get responses");
    let answer = String::from_utf8_lossy(&answer);
    let is_refused = answer.starts_with("HTTP/1.1 503");
    let is_answered = answer.starts_with("HTTP/1.1 200");
    assert!(is_answered || is_refused, "{answer:.300}");
    (began.elapsed(), is_refused)
}

async fn connect(to: SocketAddr, from: Ipv4Addr, buffer: Option<u32>) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if let Some(bytes) = buffer {
        socket.set_recv_buffer_size(bytes)?;
    }
    socket.bind(SocketAddr::new(from.into(), 0))?;
    socket.connect(to).await
}
