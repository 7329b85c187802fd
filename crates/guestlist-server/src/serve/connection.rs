//! One connection, HTTP/1.1 or HTTP/2 by prior knowledge, from its first byte to its last.
//!
//! An `Upgrade` is not offered: such a request is answered as if it had not asked.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::{conn::auto, graceful::Watcher},
};
use tokio::net::TcpStream;
use tower::Service as _;

use super::{
    limits::Limits,
    watch::{Activity, Counting, Watched},
};

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
    idle: Duration,
    stall: Duration,
}

impl Http {
    pub(super) fn new(app: Router, limits: &Limits) -> Self {
        let mut protocols = auto::Builder::new(TokioExecutor::new());
        protocols
            .http1()
            // Most answers are short: one buffer costs less than a list of two.
            .writev(false)
            // Our own watch needs no timer.
            .header_read_timeout(None)
            .max_buf_size(HEAD_BYTES);
        protocols
            .http2()
            .max_header_list_size(HTTP2_HEADER_LIST_BYTES)
            .max_concurrent_streams(HTTP2_STREAMS)
            .initial_stream_window_size(HTTP2_STREAM_WINDOW)
            .initial_connection_window_size(HTTP2_CONNECTION_WINDOW)
            .max_send_buf_size(HTTP2_SEND_BYTES);
        Self {
            app,
            protocols,
            idle: limits.idle,
            stall: limits.stall,
        }
    }

    /// Serves `stream` until either side has had enough, or it has come to nothing.
    pub(super) fn serve(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        watcher: Watcher,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (app, protocols) = (self.app.clone(), self.protocols.clone());
        let (idle, stall) = (self.idle, self.stall);
        async move {
            let activity = Arc::new(Activity::default());
            let stream = TokioIo::new(Counting {
                stream,
                activity: Arc::clone(&activity),
            });
            let service = service_fn(|request: Request<Incoming>| {
                let open = activity.begin();
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(ConnectInfo(peer));
                let answer = app.clone().call(request);
                async move {
                    let answer = answer.await?;
                    Ok::<_, Infallible>(answer.map(|body| Watched { body, open }))
                }
            });
            let connection = protocols.serve_connection(stream, service);
            tokio::select! {
                biased;
                ended = watcher.watch(connection) => {
                    if let Err(error) = ended {
                        tracing::debug!(%peer, error, "a connection ended badly");
                    }
                }
                () = activity.until_over(idle, stall) => {
                    tracing::debug!(%peer, "a connection came to nothing");
                }
            }
        }
    }
}
