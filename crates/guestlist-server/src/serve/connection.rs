//! One connection, HTTP/1.1 or HTTP/2 by prior knowledge, from its first byte to its last.
//!
//! An `Upgrade` is not offered: such a request is answered as if it had not asked.

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
    Serves,
    body::{Counted, Watched},
    budget::{Account, Budget, Owner},
    limits::Limits,
    linger::Lingering,
    network::Client,
    table::Place,
    ticks::Ticks,
    watch::{Connection, Counting, Exchange},
};

/// The head of a request. hyper answers 431 to one that is longer when it looks, which may be when
/// twice as much has come, and to one of more than 100 fields.
const HEAD_BYTES: usize = 16 * 1024;
const HTTP2_HEADER_LIST_BYTES: u32 = 16 * 1024;

/// What may arrive in a body before somebody reads it: 4096 connections times hyper's megabyte
/// would be 4 GiB.
const HTTP2_STREAM_WINDOW: u32 = 64 * 1024;
const HTTP2_CONNECTION_WINDOW: u32 = 256 * 1024;
/// What h2 takes of an answer before it can be sent, besides one piece.
const HTTP2_SEND_BYTES: usize = 16 * 1024;

/// How HTTP/2 begins, and no request of HTTP/1.1 (RFC 9113, section 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// A client that sends it in parts is looked at again after so long.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// How every connection is served.
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
            // Most answers are short: one buffer costs less than a list of two.
            .writev(false)
            // Our own watch needs no timer.
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

    /// The client on the other side.
    pub(super) fn client(&self, peer: SocketAddr) -> Client {
        Client::of_peer(peer.ip(), &self.trusted_proxies)
    }

    /// Serves `stream` until either side has had enough, it has come to nothing, or others need its place.
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
                    // Whoever has not said anything when the server ends is not waited for.
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
                // All requests of a connection of HTTP/1.1 share one, if they come from one client.
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
                        tracing::debug!(%peer, error, "a connection ended badly");
                    }
                }
                () = connection.closed() => {
                    tracing::debug!(%peer, "a connection gave way to others");
                }
                () = connection.until_over(idle, stall) => {
                    tracing::debug!(%peer, "a connection came to nothing");
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

/// Runs the streams of a connection, each until it is done or told to end.
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

/// Which protocol the client speaks, by its first bytes, which stay where they are: taking them out
/// would cost each connection another read and twice the buffer.
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
