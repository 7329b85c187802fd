//! Tells when a connection has come to nothing: no request for too long, or one that nobody takes
//! the answer of.
//!
//! The requests and writes of a connection only count; one look a second or so at what they have
//! counted decides. A timer for each request, as hyper has them for HTTP/1.1, costs more, and for
//! HTTP/2 there is none that a client could not put off.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use hyper::body::{Body, Frame, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, sleep},
};

/// What happens on one connection.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// Requests whose answers have not been taken.
    open: AtomicUsize,
    /// Requests that began or ended, and parts of answers that were taken.
    steps: AtomicU64,
    /// Writes to the socket, of whatever.
    writes: AtomicU64,
}

impl Activity {
    /// A request begins; it ends when what this gives is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> Open {
        self.open.fetch_add(1, Ordering::Relaxed);
        self.step();
        Open(Arc::clone(self))
    }

    fn step(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
    }

    /// Ends when the connection has come to nothing. Without an open request it may do nothing for
    /// `idle`, and write what was answered for `stall`; with one, no part of an answer may be left
    /// lying for `stall`. What a client sends meanwhile, a byte now and then or pings, counts for
    /// nothing.
    pub(super) async fn until_over(&self, idle: Duration, stall: Duration) {
        let mut step = (self.steps.load(Ordering::Relaxed), Instant::now());
        let mut write = (self.writes.load(Ordering::Relaxed), Instant::now());
        loop {
            sleep(idle.min(stall) / 8).await;
            let now = Instant::now();
            for (seen, counter) in [(&mut step, &self.steps), (&mut write, &self.writes)] {
                let counted = counter.load(Ordering::Relaxed);
                if seen.0 != counted {
                    *seen = (counted, now);
                }
            }
            let open = self.open.load(Ordering::Relaxed) > 0;
            let (stalled, silent) = (now - step.1 >= stall, now - write.1.max(step.1) >= idle);
            if stalled || (silent && !open) {
                return;
            }
        }
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Open(Arc<Activity>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
        self.0.step();
    }
}

/// The body of an answer, which counts what is taken of it.
#[derive(Debug)]
pub(super) struct Watched<B> {
    pub(super) body: B,
    pub(super) open: Open,
}

impl<B: Body + Unpin> Body for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let taken = Pin::new(&mut self.body).poll_frame(context);
        if taken.is_ready() {
            self.open.0.step();
        }
        taken
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The socket, which counts what is written to it.
pub(super) struct Counting<S> {
    pub(super) stream: S,
    pub(super) activity: Arc<Activity>,
}

impl<S> Counting<S> {
    fn count<T>(&self, written: Poll<T>) -> Poll<T> {
        if written.is_ready() {
            self.activity.writes.fetch_add(1, Ordering::Relaxed);
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counting<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counting<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.count(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.count(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
