//! Accepts connections and serves the application, with a limit for every resource that a client
//! can occupy.
//!
//! The loop is our own: `axum::serve` has no timeouts, and hyper-util waits for the first bytes of
//! a connection without a timer. The limits of a single request (its body and its time) are set in
//! the application's own layers.

mod service;
mod shutdown;

mod limits;

mod table;

mod connection;
mod linger;
mod threads;

mod budget;
mod room;

mod body;
mod network;
mod ticks;
mod watch;

use std::{
    io,
    net::{self, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use hyper_util::server::graceful::GracefulShutdown;
use tokio::{
    net::TcpListener,
    task::JoinSet,
    time::{sleep, timeout},
};

use connection::Http;
use table::{Entry, Table};
use ticks::Ticks;
use watch::Connection;

pub(crate) use budget::{Account, Hold};
pub(crate) use room::{CountedElsewhere, Room};

pub use limits::Limits;
pub use service::Serves;
pub use shutdown::{Readiness, Shutdown, Trigger};
pub use threads::Threads;

/// The precision of the clock for limits.
const LONGEST_TICK: Duration = Duration::from_millis(200);

/// Serves until a shutdown is requested and all running requests have ended.
///
/// A shutdown has this order:
///
/// - `readiness` reports that the node is not ready.
/// - For [`Limits::drain_delay`] the server continues as before, so that load balancers notice.
/// - The server accepts no more connections and closes idle ones.
/// - Running requests may finish within [`Limits::grace`].
///
/// A forced shutdown skips the remaining waiting times.
pub async fn serve(
    listener: TcpListener,
    threads: Threads,
    app: impl Serves,
    readiness: Readiness,
    limits: Limits,
    shutdown: Shutdown,
) {
    let ticks = Ticks::start();
    let step = LONGEST_TICK.min(limits.idle.min(limits.stall) / 8);
    let mut clock = JoinSet::new();
    clock.spawn(Arc::clone(&ticks).run(step));
    let http = Http::new(app, &limits, &ticks);
    let table = Table::new(limits.connections, limits.connections_of_client);
    let graceful = GracefulShutdown::new();
    // Dropping the sender tells all receivers that the server stops.
    let (serving, still_serving) = tokio::sync::watch::channel(());
    let mut connections = JoinSet::new();
    let mut closing = pin!(async {
        shutdown.requested().await;
        readiness.end();
        let _ = timeout(limits.drain_delay, shutdown.forced()).await;
    });
    // A connection that waits because the table is full and no connection can give way. No other
    // one is accepted until it gets a place.
    let mut waiting = None;
    loop {
        let (stream, peer): (net::TcpStream, SocketAddr) = tokio::select! {
            () = &mut closing => break,
            Some(_) = connections.join_next() => continue,
            accepted = next(&listener), if waiting.is_none() => accepted,
            () = table.room(), if waiting.is_some() => match waiting.take() {
                Some(first) => first,
                None => continue,
            },
        };
        match table.enter(http.client(peer), &Connection::new(Arc::clone(&ticks))) {
            Entry::Served(entered) => {
                let (thread, place) = threads.idlest();
                let watcher = graceful.watcher();
                let connection = http.serve(stream, peer, entered, watcher, still_serving.clone());
                connections.spawn_on(
                    async move {
                        connection.await;
                        drop(place);
                    },
                    thread,
                );
            }
            Entry::Refused => tracing::debug!(%peer, "a client has too many connections"),
            Entry::Full => waiting = Some((stream, peer)),
        }
    }
    drop((listener, serving, waiting));
    let finished = async {
        graceful.shutdown().await;
        while connections.join_next().await.is_some() {}
    };
    tokio::select! {
        () = finished => return,
        () = sleep(limits.grace) => tracing::warn!("stopped before some requests had finished"),
        () = shutdown.forced() => tracing::warn!("stopped at once; some requests had not finished"),
    }
    connections.shutdown().await;
}

/// Raises the limit of open files and sockets to the system's maximum. Call it once, at the start.
pub fn raise_file_limit() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => tracing::debug!(limit, "open files"),
        Err(error) => tracing::warn!(%error, "cannot raise the limit of open files"),
    }
}

/// Accepts the next connection.
async fn next(listener: &TcpListener) -> (net::TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Send small answers at once; do not wait for the acknowledgement of the previous
                // one (Nagle).
                let _ = stream.set_nodelay(true);
                let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
                // Each thread has its own runtime, so the stream is registered there.
                let Ok(stream) = stream.into_std() else {
                    continue;
                };
                return (stream, peer);
            }
            Err(error) => {
                if let Some(pause) = pause_after(&error) {
                    tracing::error!(%error, "cannot accept a connection");
                    sleep(pause).await;
                }
            }
        }
    }
}

/// Returns how long to wait after a failure to accept. A connection that broke before it was
/// accepted needs no pause. Other errors, such as no free file descriptor, would occur again at
/// once.
fn pause_after(error: &io::Error) -> Option<Duration> {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    match error.kind() {
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted => None,
        _ => Some(Duration::from_millis(500)),
    }
}

#[cfg(test)]
mod tests;
