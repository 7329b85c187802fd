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

use axum::{body::Body, extract::ConnectInfo};
use hyper::{
    Request,
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::graceful::Watcher,
};
use tokio::{net::TcpStream, sync::watch, time::sleep};

use super::{
    Serves,
    limits::Limits,
    linger::Lingering,
    watch::{Activity, Counting, Watched},
};

/// The head of a request. hyper answers 431 to one that is longer when it looks, which may be when
/// twice as much has come, and to one of more than 100 fields.
const HEAD_BYTES: usize = 16 * 1024;
const HTTP2_HEADER_LIST_BYTES: u32 = 16 * 1024;
const HTTP2_STREAMS: u32 = 128;

/// What may arrive in a body before somebody reads it: 4096 connections times hyper's megabyte
/// would be 4 GiB.
const HTTP2_STREAM_WINDOW: u32 = 64 * 1024;
const HTTP2_CONNECTION_WINDOW: u32 = 256 * 1024;
const HTTP2_SEND_BYTES: usize = 64 * 1024;

/// How HTTP/2 begins, and no request of HTTP/1.1 (RFC 9113, section 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// A client that sends it in parts is looked at again after so long.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// How every connection is served.
pub(super) struct Http<S> {
    app: S,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
    idle: Duration,
    stall: Duration,
}

impl<S: Serves> Http<S> {
    pub(super) fn new(app: S, limits: &Limits) -> Self {
        let mut http1 = http1::Builder::new();
        http1
            // Most answers are short: one buffer costs less than a list of two.
            .writev(false)
            // Our own watch needs no timer.
            .header_read_timeout(None)
            .max_buf_size(HEAD_BYTES);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .max_header_list_size(HTTP2_HEADER_LIST_BYTES)
            .max_concurrent_streams(HTTP2_STREAMS)
            .initial_stream_window_size(HTTP2_STREAM_WINDOW)
            .initial_connection_window_size(HTTP2_CONNECTION_WINDOW)
            .max_send_buf_size(HTTP2_SEND_BYTES);
        Self {
            app,
            http1,
            http2,
            idle: limits.idle,
            stall: limits.stall,
        }
    }

    /// Serves `stream` until either side has had enough, or it has come to nothing.
    pub(super) fn serve(
        &self,
        stream: net::TcpStream,
        peer: SocketAddr,
        watcher: Watcher,
        mut serving: watch::Receiver<()>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (app, http1, http2) = (self.app.clone(), self.http1.clone(), self.http2.clone());
        let (idle, stall) = (self.idle, self.stall);
        async move {
            let activity = Arc::new(Activity::default());
            let served = async {
                let stream = TcpStream::from_std(stream)?;
                let http2_wanted = tokio::select! {
                    begun = begins_http2(&stream) => begun?,
                    // Whoever has not said anything when the server ends is not waited for.
                    _ = serving.changed() => return Ok(()),
                };
                let stream = TokioIo::new(Lingering::new(Counting {
                    stream,
                    activity: Arc::clone(&activity),
                }));
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
                if http2_wanted {
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
                () = activity.until_over(idle, stall) => {
                    tracing::debug!(%peer, "a connection came to nothing");
                }
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
