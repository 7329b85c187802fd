//! Tells when a connection has come to nothing: no request for too long, or an answer that the client does not take.
//!
//! Requests, answers and writes only note when they went on; one look a second or so at these notes decides. A timer
//! for each request, as hyper has them for HTTP/1.1, costs more, and for HTTP/2 there is none that a client could not put
//! off.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError, Weak,
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

/// Answers of up to so many bytes are not counted.
pub(super) const SMALL: u64 = 16 * 1024;
/// Unless those that a client of HTTP/2 has not taken come to more than this on one connection.
const SMALL_OF_CONNECTION: u64 = 64 * 1024;

/// What happens on one connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) ticks: Arc<Ticks>,
    /// Exchanges that have not ended.
    open: AtomicUsize,
    /// When an exchange last began, went on or ended.
    stepped: AtomicU64,
    /// When the socket last took something, whatever it was.
    written: AtomicU64,
    /// Bytes of answers that are not counted because each is small.
    small: AtomicU64,
    /// Told to close.
    closing: Notify,
    /// The streams of HTTP/2. Each goes on or stalls by itself.
    streams: Mutex<Vec<Weak<Exchange>>>,
    /// The stream that began last, until its task is started.
    begun: Mutex<Option<Arc<Exchange>>>,
}

/// A request with its answer: one stream of HTTP/2, or with HTTP/1.1 whatever is being asked and answered on the
/// connection.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) connection: Arc<Connection>,
    pub(super) is_stream: bool,
    /// When it began or last went on.
    stepped: AtomicU64,
    /// Told to end, because others need its place or because it has come to nothing.
    is_ended: AtomicBool,
    /// A stream's task is still there, and hears of its end.
    is_running: AtomicBool,
    ending: Notify,
    /// Its part of [`Connection::small`].
    small: AtomicU64,
    /// There was no room for its request's body.
    pub(super) is_refused: AtomicBool,
}

impl Connection {
    pub(super) fn new(ticks: Arc<Ticks>) -> Arc<Self> {
        let now = ticks.now();
        Arc::new(Self {
            ticks,
            stepped: AtomicU64::new(now),
            written: AtomicU64::new(now),
            open: AtomicUsize::new(0),
            small: AtomicU64::new(0),
            closing: Notify::new(),
            streams: Mutex::default(),
            begun: Mutex::default(),
        })
    }

    /// What is asked and answered with HTTP/1.1, one after the other.
    pub(super) fn exchange(self: &Arc<Self>) -> Arc<Exchange> {
        Arc::new(self.new_exchange(false))
    }

    /// A stream of HTTP/2 begins. It ends when nothing of its answer is there any more.
    pub(super) fn begin_stream(self: &Arc<Self>) -> Arc<Exchange> {
        let stream = Arc::new(self.new_exchange(true));
        self.open.fetch_add(1, Ordering::Relaxed);
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
            is_ended: AtomicBool::new(false),
            is_running: AtomicBool::new(false),
            ending: Notify::new(),
            small: AtomicU64::new(0),
            is_refused: AtomicBool::new(false),
        }
    }

    /// The stream that began last, for whoever starts its task.
    pub(super) fn take_begun(&self) -> Option<Arc<Exchange>> {
        lock(&self.begun).take()
    }

    fn step(&self) {
        self.stepped.store(self.ticks.now(), Ordering::Relaxed);
    }

    /// Since when no request is open and nothing happens; `None` while one is.
    pub(super) fn idle_since(&self) -> Option<u64> {
        (self.open.load(Ordering::Relaxed) == 0).then(|| self.last_sign())
    }

    fn last_sign(&self) -> u64 {
        let written = self.written.load(Ordering::Relaxed);
        written.max(self.stepped.load(Ordering::Relaxed))
    }

    /// Tells the connection to close.
    pub(super) fn close(&self) {
        self.closing.notify_one();
    }

    /// Ends when the connection is told to close.
    pub(super) async fn closed(&self) {
        self.closing.notified().await;
    }

    /// Ends when the connection has come to nothing. Without an open request it may do nothing for
    /// `idle`, and write what was answered for `stall`; with one, no part of an answer may be left
    /// lying for `stall`. What a client sends meanwhile, a byte now and then or pings, counts for
    /// nothing. A stream that stalls is ended by itself, and the connection with it if that does not help.
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
    /// A request of HTTP/1.1 begins; it ends when what this gives is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> Open {
        if !self.is_stream {
            self.connection.open.fetch_add(1, Ordering::Relaxed);
            self.is_refused.store(false, Ordering::Relaxed);
        }
        self.step();
        Open(Arc::clone(self))
    }

    /// It goes on: it began or ended, or a part of an answer was taken.
    pub(super) fn step(&self) {
        let now = self.connection.ticks.now();
        self.stepped.store(now, Ordering::Relaxed);
        self.connection.stepped.store(now, Ordering::Relaxed);
    }

    pub(super) fn stepped(&self) -> u64 {
        self.stepped.load(Ordering::Relaxed)
    }

    pub(super) fn is_ended(&self) -> bool {
        self.is_ended.load(Ordering::Relaxed)
    }

    /// Ends a stream, or closes the connection: that of HTTP/1.1, or of a stream which has left its task, or was ended
    /// before and is still there.
    pub(super) fn end(&self) {
        let was_ended = self.is_ended.swap(true, Ordering::Relaxed);
        if self.is_stream && !was_ended && self.is_running.load(Ordering::Relaxed) {
            self.ending.notify_one();
        } else {
            self.connection.close();
        }
    }

    /// Runs a stream's task until it is done, or the stream is told to end.
    pub(super) async fn run(self: Arc<Self>, task: impl Future<Output = ()>) {
        self.is_running.store(true, Ordering::Relaxed);
        tokio::select! {
            biased;
            () = task => {}
            () = self.ending.notified() => {}
        }
        self.is_running.store(false, Ordering::Relaxed);
    }

    /// Whether an answer of so many bytes need not be counted. With HTTP/1.1 there is one answer at a time.
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
            self.0.connection.open.fetch_sub(1, Ordering::Relaxed);
        }
        self.0.step();
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The socket, which notes when something is written to it.
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
