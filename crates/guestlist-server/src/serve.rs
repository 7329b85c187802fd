//! Accepts connections and serves the application on them, with a bound on everything a stranger
//! could leave open.
//!
//! The loop is ours because `axum::serve` has no timeout at all, and because hyper-util
//! waits for a connection's first bytes without a timer. What a single request may cost, its body and its time, is not
//! decided here but in the application's own layers.

mod shutdown;

mod limits;

mod connection;
mod linger;
mod threads;
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
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::{sleep, timeout},
};
use tower::Service;

use connection::Http;

pub use limits::Limits;
pub use shutdown::{Readiness, Shutdown, Trigger};
pub use threads::Threads;

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
    let http = Http::new(app, &limits);
    let slots = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    // Whoever listens to it hears when it is dropped.
    let (serving, still_serving) = tokio::sync::watch::channel(());
    let mut connections = JoinSet::new();
    let mut closing = pin!(async {
        shutdown.requested().await;
        readiness.end();
        let _ = timeout(limits.drain_delay, shutdown.forced()).await;
    });
    loop {
        tokio::select! {
            () = &mut closing => break,
            Some(_) = connections.join_next() => {}
            (slot, stream, peer) = next(&listener, &slots) => {
                let (thread, place) = threads.idlest();
                let connection = http.serve(stream, peer, graceful.watcher(), still_serving.clone());
                connections.spawn_on(async move {
                    connection.await;
                    drop((slot, place));
                }, thread);
            }
        }
    }
    drop((listener, serving));
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

/// The next connection, once there is room for it. Whoever comes too early waits in the kernel's
/// queue.
async fn next(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (OwnedSemaphorePermit, net::TcpStream, SocketAddr) {
    let Ok(slot) = Arc::clone(slots).acquire_owned().await else {
        unreachable!("nobody closes the semaphore");
    };
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
                return (slot, stream, peer);
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
