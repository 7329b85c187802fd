//! Tests with real sockets on 127.0.0.1. The limits are short, so that each test takes less than
//! two seconds.

mod closing;
mod http;
mod places;
mod silence;
mod streams;

use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    routing::{get, post},
};
use futures_util::StreamExt as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::Semaphore,
    task::JoinHandle,
};

use super::*;

/// Longer than any step of a test takes, even on a busy machine.
const AGES: Duration = Duration::from_secs(20);

/// A server under test.
struct Served {
    address: SocketAddr,
    readiness: Readiness,
    trigger: Trigger,
    ended: JoinHandle<()>,
    /// A request to `/slow` or `/work` is being answered.
    begun: Arc<Semaphore>,
    /// Lets one request to `/slow` or `/work` finish.
    finish: Arc<Semaphore>,
}

/// Limits that close nothing unless a test asks for it.
fn patient() -> Limits {
    Limits {
        connections: 64,
        idle: AGES * 2,
        stall: AGES * 2,
        drain_delay: Duration::ZERO,
        grace: AGES * 2,
        ..Limits::default()
    }
}

/// Limits that soon close what a client leaves open.
fn impatient() -> Limits {
    Limits {
        idle: Duration::from_millis(300),
        stall: Duration::from_millis(1_500),
        ..patient()
    }
}

async fn served(limits: Limits) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (readiness, (trigger, shutdown)) = (Readiness::default(), Shutdown::by_hand());
    let (begun, finish) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let app = app(&begun, &finish);
    let threads = Threads::start().expect("starts");
    let served = serve(listener, threads, app, readiness.clone(), limits, shutdown);
    let ended = tokio::spawn(served);
    Served {
        address,
        readiness,
        trigger,
        ended,
        begun,
        finish,
    }
}

fn app(begun: &Arc<Semaphore>, finish: &Arc<Semaphore>) -> Router {
    let (begun, finish) = (Arc::clone(begun), Arc::clone(finish));
    let (first_read, go_on) = (Arc::clone(&begun), Arc::clone(&finish));
    let work = async move |body: Body| {
        let mut parts = body.into_data_stream();
        parts.next().await;
        first_read.add_permits(1);
        go_on.acquire().await.expect("is open").forget();
        while parts.next().await.is_some() {}
        "all read"
    };
    let slow = async move || {
        begun.add_permits(1);
        finish.acquire().await.expect("is open").forget();
        "at last"
    };
    Router::new()
        .route("/", get(async || "hello"))
        .route(
            "/peer",
            get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string()),
        )
        .route(
            "/local",
            get(async |Extension(account): Extension<Account>| account.local.to_string()),
        )
        .route("/slow", get(slow))
        .route("/work", post(work))
        .route("/read", post(async |body: Bytes| body.len().to_string()))
        .route("/large", get(async || vec![b'x'; 64 * 1024 * 1024]))
}

impl Served {
    /// Waits until one more request to `/slow` has begun.
    async fn has_begun(&self) {
        let begun = timeout(AGES, self.begun.acquire()).await.expect("begins");
        begun.expect("is open").forget();
    }

    /// Lets this many requests to `/slow` finish.
    fn finish(&self, requests: usize) {
        self.finish.add_permits(requests);
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connects")
    }

    /// Sends `bytes` on a new connection and keeps it open.
    async fn say(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.expect("sends");
        stream
    }

    async fn ended(self) {
        timeout(AGES, self.ended)
            .await
            .expect("the server ends")
            .expect("without a panic");
    }
}

/// Reads until the server closes the connection.
async fn heard(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A reset also counts as closed.
    let _ = timeout(AGES, stream.read_to_end(&mut bytes))
        .await
        .expect("the server closes");
    bytes
}

/// Reads until the text ends with `end`.
async fn heard_until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let reading = async {
        while !text.ends_with(end) {
            let byte = stream.read_u8().await.expect("the connection stays open");
            text.push(char::from(byte));
        }
    };
    timeout(AGES, reading).await.expect("the server answers");
    text
}

#[test]
fn only_a_lasting_failure_to_accept_causes_a_pause() {
    let passing = [
        io::ErrorKind::ConnectionAborted,
        io::ErrorKind::ConnectionReset,
    ];
    assert!(
        passing
            .into_iter()
            .all(|kind| pause_after(&kind.into()).is_none())
    );
    let out_of_files = 24;
    assert!(pause_after(&io::Error::from_raw_os_error(out_of_files)).is_some());
}
