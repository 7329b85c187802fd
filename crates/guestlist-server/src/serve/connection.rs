//! One connection, HTTP/1.1 or HTTP/2 by prior knowledge, from its first byte to its last.
//!
//! An `Upgrade` is not offered: such a request is answered as if it had not asked.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::Watcher},
};
use tokio::net::TcpStream;
use tower::Service as _;

use super::{limits::Limits, stall::StallGuard};

/// The head of a request; hyper answers 431 to a longer one, and to one of more than 100 fields.
const HEAD_BYTES: usize = 32 * 1024;
const HTTP2_HEADER_LIST_BYTES: u32 = 16 * 1024;
const HTTP2_STREAMS: u32 = 128;

/// What may arrive in a body before somebody reads it: 4096 connections times hyper's megabyte
/// would be 4 GiB.
const HTTP2_STREAM_WINDOW: u32 = 64 * 1024;
const HTTP2_CONNECTION_WINDOW: u32 = 256 * 1024;
const HTTP2_SEND_BYTES: usize = 64 * 1024;

/// How every connection is served.
pub(super) struct Http {
    app: Router,
    protocols: auto::Builder<TokioExecutor>,
    head: Duration,
    stall: Duration,
}

impl Http {
    pub(super) fn new(app: Router, limits: &Limits) -> Self {
        let mut protocols = auto::Builder::new(TokioExecutor::new());
        protocols
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .max_buf_size(HEAD_BYTES);
        protocols
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(limits.ping)
            .keep_alive_timeout(limits.pong)
            .max_header_list_size(HTTP2_HEADER_LIST_BYTES)
            .max_concurrent_streams(HTTP2_STREAMS)
            .initial_stream_window_size(HTTP2_STREAM_WINDOW)
            .initial_connection_window_size(HTTP2_CONNECTION_WINDOW)
            .max_send_buf_size(HTTP2_SEND_BYTES);
        Self {
            app,
            protocols,
            head: limits.head,
            stall: limits.stall,
        }
    }

    /// Serves `stream` until either side has had enough.
    pub(super) fn serve(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        watcher: Watcher,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (app, protocols, head) = (self.app.clone(), self.protocols.clone(), self.head);
        let stream = TokioIo::new(StallGuard::new(stream, self.stall));
        async move {
            let asked = Arc::new(AtomicBool::new(false));
            let service = service_fn(|request: Request<Incoming>| {
                asked.store(true, Ordering::Relaxed);
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(ConnectInfo(peer));
                app.clone().call(request)
            });
            let connection = protocols.serve_connection(stream, service);
            tokio::select! {
                ended = watcher.watch(connection) => {
                    if let Err(error) = ended {
                        tracing::debug!(%peer, error, "a connection ended badly");
                    }
                }
                () = nobody_asked(&asked, head) => tracing::debug!(%peer, "a connection asked for nothing"),
            }
        }
    }
}

/// Ends when the time is over without a request. This one rule covers the silent connection, the
/// half-sent preface of HTTP/2 (which hyper-util reads without any timer), the preface without
/// settings and the half-sent head.
async fn nobody_asked(asked: &AtomicBool, within: Duration) {
    tokio::time::sleep(within).await;
    if asked.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}
