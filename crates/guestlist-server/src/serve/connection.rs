//! Serves one connection: HTTP/1.1, or HTTP/2 with prior knowledge.
//!
//! `Upgrade` is not supported. Such a request is answered as if it had no `Upgrade` header.

use std::{
    convert::Infallible,
    error::Error,
    io,
    net::{self, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::extract::ConnectInfo;
use hyper::{
    Request,
    body::Incoming,
    rt::Executor,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::{rt::TokioIo, server::graceful::Watcher};
use ipnet::IpNet;
use tokio::{net::TcpStream, sync::watch, time::sleep};

use super::{
    body::{Counted, Watched},
    budget::{Account, Budget, Owner},
    limits::Limits,
    linger::Lingering,
    network::Client,
    service::Serves,
    table::Place,
    ticks::Ticks,
    watch::{Connection, Counting, Exchange},
};

/// The largest head of a request. hyper answers 431 to a longer one when it checks, which may be
/// after twice as many bytes, and to a head with more than 100 fields.
const HEAD_BYTES: usize = 16 * 1024;
const HTTP2_HEADER_LIST_BYTES: u32 = 16 * 1024;

/// The most that a client may send of a body before the application reads it. hyper's default of
/// one megabyte, times 4096 connections, would be 4 GiB.
const HTTP2_STREAM_WINDOW: u32 = 64 * 1024;
const HTTP2_CONNECTION_WINDOW: u32 = 256 * 1024;
/// What h2 buffers of an answer before it can be sent, in addition to one piece.
const HTTP2_SEND_BYTES: usize = 16 * 1024;

/// The first bytes of HTTP/2, which no HTTP/1.1 request has (RFC 9113, section 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// If a client sends the preface in parts, the server looks again after this time.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// The configuration shared by all connections.
pub(super) struct Http<S> {
    app: S,
    budget: Arc<Budget>,
    trusted_proxies: Arc<[IpNet]>,
    http1: http1::Builder,
    streams: u32,
    idle: Duration,
    stall: Duration,
}

impl<S: Serves> Http<S> {
    pub(super) fn new(app: S, limits: &Limits, ticks: &Arc<Ticks>) -> Self {
        let mut http1 = http1::Builder::new();
        http1
            // Most answers are short; one buffer costs less than a list of two.
            .writev(false)
            // `Connection::until_over` replaces this timer.
            .header_read_timeout(None)
            .max_buf_size(HEAD_BYTES);
        Self {
            app,
            budget: Budget::new(Arc::clone(ticks), limits.memory, limits.list_bytes),
            trusted_proxies: limits.trusted_proxies.as_slice().into(),
            http1,
            streams: limits.streams,
            idle: limits.idle,
            stall: limits.stall,
        }
    }

    /// Returns the client on the other side.
    pub(super) fn client(&self, peer: SocketAddr) -> Client {
        Client::of_peer(peer.ip(), &self.trusted_proxies)
    }

    /// Serves `stream` until either side closes it, a time limit ends it, or the server needs its
    /// place for another client.
    pub(super) fn serve(
        &self,
        stream: net::TcpStream,
        peer: SocketAddr,
        place: Place,
        watcher: Watcher,
        mut serving: watch::Receiver<()>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (app, http1, streams) = (self.app.clone(), self.http1.clone(), self.streams);
        let (idle, stall) = (self.idle, self.stall);
        let (budget, trusted) = (Arc::clone(&self.budget), Arc::clone(&self.trusted_proxies));
        let client = self.client(peer);
        async move {
            let connection = &place.connection;
            let served = async {
                let stream = TcpStream::from_std(stream)?;
                let local = stream.local_addr()?;
                let http2_wanted = tokio::select! {
                    begun = begins_http2(&stream) => begun?,
                    // On shutdown, do not wait for a client that has sent nothing yet.
                    _ = serving.changed() => return Ok(()),
                };
                let stream = TokioIo::new(Lingering::new(Counting {
                    stream,
                    connection: Arc::clone(connection),
                }));
                let account = |exchange: Arc<Exchange>, client: Client| {
                    Account::new(Owner {
                        budget: Arc::clone(&budget),
                        exchange,
                        client,
                        local,
                    })
                };
                // All requests of an HTTP/1.1 connection share this account if they come from the
                // same client.
                let only = account(connection.exchange(), client);
                let service = service_fn(|request: Request<Incoming>| {
                    let client = client.of_request(peer.ip(), request.headers(), &trusted);
                    let account = if http2_wanted {
                        account(connection.begin_stream(), client)
                    } else if client == only.client {
                        only.clone()
                    } else {
                        account(Arc::clone(&only.exchange), client)
                    };
                    let open = account.exchange.begin();
                    let mut request = request.map(|body| Counted::of(body, &account));
                    request.extensions_mut().insert(ConnectInfo(peer));
                    request.extensions_mut().insert(account.clone());
                    let answer = app.clone().call(request);
                    async move { Ok::<_, Infallible>(Watched::of(answer.await?, open, account)) }
                });
                if http2_wanted {
                    let http2 = http2(connection, streams);
                    watcher
                        .watch(http2.serve_connection(stream, service))
                        .await?;
                } else {
                    watcher
                        .watch(http1.serve_connection(stream, service))
                        .await?;
                }
                Ok::<_, Box<dyn Error + Send + Sync>>(())
            };
            tokio::select! {
                biased;
                ended = served => {
                    if let Err(error) = ended {
                        tracing::debug!(%peer, error, "a connection failed");
                    }
                }
                () = connection.closed() => {
                    tracing::debug!(%peer, "closed a connection to make room for others");
                }
                () = connection.until_over(idle, stall) => {
                    tracing::debug!(%peer, "closed a connection that was idle or stalled");
                }
            }
        }
    }
}

fn http2(connection: &Arc<Connection>, streams: u32) -> http2::Builder<Streams> {
    let mut http2 = http2::Builder::new(Streams(Arc::clone(connection)));
    http2
        .max_header_list_size(HTTP2_HEADER_LIST_BYTES)
        .max_concurrent_streams(streams)
        .initial_stream_window_size(HTTP2_STREAM_WINDOW)
        .initial_connection_window_size(HTTP2_CONNECTION_WINDOW)
        .max_send_buf_size(HTTP2_SEND_BYTES);
    http2
}

/// Runs the streams of a connection until they finish or are ended.
#[derive(Clone)]
struct Streams(Arc<Connection>);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    /// hyper starts the task of a stream right after it has called the service for it.
    fn execute(&self, task: F) {
        match self.0.take_begun() {
            Some(stream) => {
                tokio::spawn(stream.run(task));
            }
            None => {
                tokio::spawn(task);
            }
        }
    }
}

/// Detects the protocol by the first bytes, without removing them: reading them would cost another
/// read and a second buffer for each connection.
async fn begins_http2(stream: &TcpStream) -> io::Result<bool> {
    let mut bytes = [0; HTTP2_PREFACE.len()];
    loop {
        let count = stream.peek(&mut bytes).await?;
        let sent = bytes.get(..count).unwrap_or_default();
        if sent.is_empty() || !HTTP2_PREFACE.starts_with(sent) {
            return Ok(false);
        }
        if sent == HTTP2_PREFACE {
            return Ok(true);
        }
        sleep(LOOK_AGAIN).await;
    }
}
