//! Detects connections that are idle for too long, answers that the client does not take, and
//! requests that do not arrive.
//!
//! Requests, answers and writes only record the time of their progress. A check about once a second
//! compares these times. Timers for each request, as hyper has for HTTP/1.1, cost more. For HTTP/2,
//! hyper has no timer that a client could not postpone.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::Notify,
    time::sleep,
};

use super::ticks::{Ticks, millis};
use crate::lock::lock;

/// Answers of up to this size are not counted, in bytes.
pub(super) const SMALL: u64 = 16 * 1024;
/// The limit for uncounted answers on one HTTP/2 connection, in bytes. Further answers are counted.
const SMALL_OF_CONNECTION: u64 = 64 * 1024;

/// The activity of one connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) ticks: Arc<Ticks>,
    /// The number of exchanges that have not ended.
    open: AtomicUsize,
    /// How many of these wait for the client.
    awaiting: AtomicUsize,
    /// When an exchange last began, made progress or ended.
    stepped: AtomicU64,
    /// When the socket last accepted bytes to send.
    written: AtomicU64,
    /// The socket accepts no more bytes at present.
    is_blocked: AtomicBool,
    /// The client has sent a request.
    has_asked: AtomicBool,
    /// Bytes of answers that are not counted because each is small.
    small: AtomicU64,
    /// Notified when the connection must close.
    closing: Notify,
    /// The HTTP/2 streams. Each may stall separately.
    streams: Mutex<Vec<Weak<Exchange>>>,
    /// The stream that began last, until its task starts.
    begun: Mutex<Option<Arc<Exchange>>>,
}

/// A request and its answer: one HTTP/2 stream, or all requests of an HTTP/1.1 connection.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) connection: Arc<Connection>,
    pub(super) is_stream: bool,
    /// When it began or last made progress.
    stepped: AtomicU64,
    /// It waits for the client. Otherwise the server works on it.
    awaits: AtomicBool,
    /// It was told to end, because its memory was needed or because it stalled.
    is_ended: AtomicBool,
    /// The stream's task is running and can be notified of its end.
    is_running: AtomicBool,
    ending: Notify,
    /// Its part of [`Connection::small`].
    small: AtomicU64,
    /// There was no memory for the body of its request.
    pub(super) is_refused: AtomicBool,
}

impl Connection {
    pub(super) fn new(ticks: Arc<Ticks>) -> Arc<Self> {
        let now = ticks.now();
        Arc::new(Self {
            ticks,
            stepped: AtomicU64::new(now),
            written: AtomicU64::new(now),
            is_blocked: AtomicBool::new(false),
            has_asked: AtomicBool::new(false),
            open: AtomicUsize::new(0),
            awaiting: AtomicUsize::new(0),
            small: AtomicU64::new(0),
            closing: Notify::new(),
            streams: Mutex::default(),
            begun: Mutex::default(),
        })
    }

    /// Creates the exchange for all requests of an HTTP/1.1 connection.
    pub(super) fn exchange(self: &Arc<Self>) -> Arc<Exchange> {
        Arc::new(self.new_exchange(false))
    }

    /// Begins an HTTP/2 stream. It ends when all parts of its answer are dropped.
    pub(super) fn begin_stream(self: &Arc<Self>) -> Arc<Exchange> {
        let stream = Arc::new(self.new_exchange(true));
        self.open.fetch_add(1, Ordering::Relaxed);
        self.has_asked.store(true, Ordering::Relaxed);
        let mut streams = lock(&self.streams);
        if streams.len() == streams.capacity() {
            streams.retain(|stream| stream.strong_count() > 0);
        }
        streams.push(Arc::downgrade(&stream));
        *lock(&self.begun) = Some(Arc::clone(&stream));
        stream
    }

    fn new_exchange(self: &Arc<Self>, is_stream: bool) -> Exchange {
        Exchange {
            connection: Arc::clone(self),
            is_stream,
            stepped: AtomicU64::new(self.ticks.now()),
            awaits: AtomicBool::new(false),
            is_ended: AtomicBool::new(false),
            is_running: AtomicBool::new(false),
            ending: Notify::new(),
            small: AtomicU64::new(0),
            is_refused: AtomicBool::new(false),
        }
    }

    /// Takes the stream that began last, for the code that starts its task.
    pub(super) fn take_begun(&self) -> Option<Arc<Exchange>> {
        lock(&self.begun).take()
    }

    fn step(&self) {
        self.stepped.store(self.ticks.now(), Ordering::Relaxed);
    }

    /// Returns when the connection became idle; `None` while a request is open. Only requests and
    /// their answers count: a client cannot postpone this with pings.
    pub(super) fn idle_since(&self) -> Option<u64> {
        let is_idle = self.open.load(Ordering::Relaxed) == 0;
        is_idle.then(|| self.stepped.load(Ordering::Relaxed))
    }

    /// Whether an idle connection can be closed without loss. Its first request may still be on its
    /// way, and so may the end of an answer. Each counts as lost if nothing has happened since
    /// `before`.
    pub(super) fn has_nothing_on_its_way(&self, before: u64) -> bool {
        if self.is_blocked.load(Ordering::Relaxed) {
            return self.last_sign() <= before;
        }
        self.has_asked.load(Ordering::Relaxed) || self.stepped.load(Ordering::Relaxed) <= before
    }

    /// Returns since when the connection has waited for its client. If several exchanges wait, the
    /// one that has waited for longest counts. With HTTP/1.1, bytes that the socket accepts are
    /// progress, too. `None` if the connection is idle, or if the server works on a request of it.
    pub(super) fn awaits_client_since(&self) -> Option<u64> {
        let open = self.open.load(Ordering::Relaxed);
        if open == 0 || self.awaiting.load(Ordering::Relaxed) < open {
            return None;
        }
        let streams = lock(&self.streams);
        let streams = streams.iter().filter_map(Weak::upgrade);
        let longest = streams.map(|stream| stream.stepped()).min();
        Some(longest.unwrap_or_else(|| self.last_sign()))
    }

    fn last_sign(&self) -> u64 {
        let written = self.written.load(Ordering::Relaxed);
        written.max(self.stepped.load(Ordering::Relaxed))
    }

    /// Tells the connection to close.
    pub(super) fn close(&self) {
        self.closing.notify_one();
    }

    /// Waits until the connection is told to close.
    pub(super) async fn closed(&self) {
        self.closing.notified().await;
    }

    /// Waits until the connection must be closed. Without an open request, it may be idle for
    /// `idle`, and may take `stall` to send a finished answer. With an open request, the client
    /// must take each part of the answer within `stall`. Bytes that the client sends during that
    /// time do not count, neither single bytes nor pings. The check ends a stalled stream alone. If
    /// the stream still stalls, it ends the connection, too.
    pub(super) async fn until_over(&self, idle: Duration, stall: Duration) {
        let (idle, every, stall) = (millis(idle), idle.min(stall) / 8, millis(stall));
        loop {
            sleep(every).await;
            self.ticks.tick();
            let now = self.ticks.now();
            let since = |at: u64| now.saturating_sub(at);
            let stalled = since(self.stepped.load(Ordering::Relaxed)) >= stall;
            let silent = since(self.last_sign()) >= idle;
            if stalled || (silent && self.open.load(Ordering::Relaxed) == 0) {
                return;
            }
            for stream in lock(&self.streams).iter().filter_map(Weak::upgrade) {
                if since(stream.stepped()) >= stall {
                    stream.end();
                }
            }
        }
    }
}

impl Exchange {
    /// Begins a request. With HTTP/1.1 it ends when the returned value is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> Open {
        if !self.is_stream {
            self.connection.open.fetch_add(1, Ordering::Relaxed);
            self.connection.has_asked.store(true, Ordering::Relaxed);
            self.is_refused.store(false, Ordering::Relaxed);
        }
        self.step();
        Open(Arc::clone(self))
    }

    /// Records progress: the request began or ended, or a part of the answer was taken.
    pub(super) fn step(&self) {
        let now = self.connection.ticks.now();
        self.stepped.store(now, Ordering::Relaxed);
        self.connection.stepped.store(now, Ordering::Relaxed);
    }

    /// Records whether the exchange waits for the client: for bytes of the request, or until the
    /// client takes bytes of the answer.
    pub(super) fn await_client(&self, awaits: bool) {
        if self.awaits.swap(awaits, Ordering::Relaxed) == awaits {
            return;
        }
        let awaiting = &self.connection.awaiting;
        match awaits {
            true => awaiting.fetch_add(1, Ordering::Relaxed),
            false => awaiting.fetch_sub(1, Ordering::Relaxed),
        };
    }

    /// Records that the next part of the answer is made, and that the exchange waits for the client
    /// to take it. It waits only from now on, if the server has worked until now.
    pub(super) fn offer(&self) {
        if !self.awaits.load(Ordering::Relaxed) {
            self.step();
        }
        self.await_client(true);
    }

    /// Leaves out `millis` in which the server worked: they do not count as time without progress.
    pub(super) fn leave_out(&self, millis: u64) {
        let now = self.connection.ticks.now();
        let later = |stepped: &AtomicU64| {
            let without = stepped.load(Ordering::Relaxed).saturating_add(millis);
            stepped.store(without.min(now), Ordering::Relaxed);
        };
        later(&self.stepped);
        if !self.is_stream {
            later(&self.connection.stepped);
        }
    }

    pub(super) fn stepped(&self) -> u64 {
        self.stepped.load(Ordering::Relaxed)
    }

    pub(super) fn is_ended(&self) -> bool {
        self.is_ended.load(Ordering::Relaxed)
    }

    /// Ends an HTTP/2 stream if its task is running, and closes the connection otherwise: for
    /// HTTP/1.1, and for a stream that was ended before and still exists.
    pub(super) fn end(&self) {
        let was_ended = self.is_ended.swap(true, Ordering::Relaxed);
        if self.is_stream && !was_ended && self.is_running.load(Ordering::Relaxed) {
            self.ending.notify_one();
        } else {
            self.connection.close();
        }
    }

    /// Runs a stream's task until it finishes or the stream is ended.
    pub(super) async fn run(self: Arc<Self>, task: impl Future<Output = ()>) {
        self.is_running.store(true, Ordering::Relaxed);
        tokio::select! {
            biased;
            () = task => {}
            () = self.ending.notified() => {}
        }
        self.is_running.store(false, Ordering::Relaxed);
    }

    /// Whether an answer of this size need not be counted. HTTP/1.1 has one answer at a time.
    pub(super) fn passes_uncounted(&self, bytes: u64) -> bool {
        if bytes > SMALL {
            return false;
        }
        if !self.is_stream || bytes == 0 {
            return true;
        }
        let before = self.connection.small.fetch_add(bytes, Ordering::Relaxed);
        self.small.fetch_add(bytes, Ordering::Relaxed);
        before + bytes <= SMALL_OF_CONNECTION
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if self.is_stream {
            self.await_client(false);
            let small = *self.small.get_mut();
            self.connection.small.fetch_sub(small, Ordering::Relaxed);
            self.connection.open.fetch_sub(1, Ordering::Relaxed);
            self.connection.step();
        }
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Open(pub(super) Arc<Exchange>);

impl Drop for Open {
    fn drop(&mut self) {
        if !self.0.is_stream {
            self.0.await_client(false);
            self.0.connection.open.fetch_sub(1, Ordering::Relaxed);
        }
        self.0.step();
    }
}

/// The socket. It records when bytes are written.
pub(super) struct Counting<S> {
    pub(super) stream: S,
    pub(super) connection: Arc<Connection>,
}

impl<S> Counting<S> {
    fn count<T>(&self, written: Poll<T>) -> Poll<T> {
        if written.is_ready() {
            let now = self.connection.ticks.now();
            self.connection.written.store(now, Ordering::Relaxed);
        }
        let is_blocked = written.is_pending();
        self.connection
            .is_blocked
            .store(is_blocked, Ordering::Relaxed);
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
