//! Accepts connections and serves the application on them, with a bound on everything a stranger
//! could leave open.
//!
//! The loop is ours because `axum::serve` has no timeout at all, and because hyper-util
//! waits for a connection's first bytes without a timer. What a single request may cost, its body and its time, is not
//! decided here but in the application's own layers.

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
    convert::Infallible,
    io,
    net::{self, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use axum::{extract::Request, response::Response};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::{
    net::TcpListener,
    task::JoinSet,
    time::{sleep, timeout},
};
use tower::Service;

use connection::Http;
use table::{Entry, Table};
use ticks::Ticks;
use watch::Connection;

pub(crate) use budget::{Account, Hold};
pub(crate) use room::{CountedElsewhere, Room};

pub use limits::Limits;
pub use shutdown::{Readiness, Shutdown, Trigger};
pub use threads::Threads;

/// What time it is for limits is known this exactly.
const LONGEST_TICK: Duration = Duration::from_millis(200);

/// What answers every request, as a router does.
pub trait Serves:
    Service<Request, Response = Response, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Serves for S where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// Serves until a shutdown is requested and everything that runs has ended.
///
/// Then, in this order: `readiness` says no; for [`Limits::drain_delay`] all goes on, so that load
/// balancers can notice; no connection is accepted any more, and idle ones are closed; requests
/// that run may finish within [`Limits::grace`]. A shutdown that is forced skips what is left of
/// it.
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
    // Whoever listens to it hears when it is dropped.
    let (serving, still_serving) = tokio::sync::watch::channel(());
    let mut connections = JoinSet::new();
    let mut closing = pin!(async {
        shutdown.requested().await;
        readiness.end();
        let _ = timeout(limits.drain_delay, shutdown.forced()).await;
    });
    // It waits where no connection is idle. Until there is room for it, no other is accepted.
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
        () = sleep(limits.grace) => tracing::warn!("some requests took too long to finish and were cut off"),
        () = shutdown.forced() => tracing::warn!("told to end at once; some requests were cut off"),
    }
    connections.shutdown().await;
}

/// Lets this process open as many files and sockets as the system allows it to. Best called once,
/// at the start.
pub fn raise_file_limit() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => tracing::debug!(limit, "open files"),
        Err(error) => tracing::warn!(%error, "cannot raise the limit of open files"),
    }
}

/// The next connection.
async fn next(listener: &TcpListener) -> (net::TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Small answers must not wait for the client's acknowledgement of the one before.
                let _ = stream.set_nodelay(true);
                let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
                // It is for the thread that serves it to wait for it.
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

/// A connection that broke before it was accepted says nothing about the next one. Anything else,
/// such as no file descriptor left, is still true in a microsecond.
fn pause_after(error: &io::Error) -> Option<Duration> {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    match error.kind() {
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted => None,
        _ => Some(Duration::from_millis(500)),
    }
}

#[cfg(test)]
mod tests;
