//! Closes a connection in two steps, so that the last answer arrives (RFC 9112, section 9.6).
//!
//! A request may be refused before its body has arrived. If the socket is closed then, the rest of
//! the body meets a closed socket, the operating system answers with a reset, and the client loses
//! the refusal. So the server first closes its own direction, and then discards what the client
//! still sends until the client closes too.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// A client that does not close within this time is closed.
const WAIT: Duration = Duration::from_secs(2);
/// A client that sends more than this is closed.
const DISCARDED_BYTES: usize = 1024 * 1024;
const CHUNK: usize = 4 * 1024;

/// A connection that waits for the client's end before it closes.
pub(super) struct Lingering<S> {
    stream: S,
    /// Whether the client has closed its direction.
    is_ended: bool,
    /// Set once our own direction is closed.
    until: Option<Pin<Box<Sleep>>>,
    discarded: usize,
}

impl<S> Lingering<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            is_ended: false,
            until: None,
            discarded: 0,
        }
    }
}

impl<S: AsyncRead + Unpin> Lingering<S> {
    /// Discards what arrives. Ready when the client has closed, or when its time has run out.
    fn poll_discard(&mut self, until: &mut Pin<Box<Sleep>>, context: &mut Context<'_>) -> Poll<()> {
        let mut chunk = [0; CHUNK];
        while !self.is_ended && self.discarded < DISCARDED_BYTES {
            let mut buffer = ReadBuf::new(&mut chunk);
            let read = Pin::new(&mut self.stream).poll_read(context, &mut buffer);
            match read {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.discarded += buffer.filled().len();
                }
                // The end, or an error, which counts as the end.
                Poll::Ready(_) => self.is_ended = true,
                Poll::Pending => return until.as_mut().poll(context),
            }
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Lingering<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        self.is_ended |= read.is_err() || buffer.filled().len() == before;
        Poll::Ready(read)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Lingering<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut until = match self.until.take() {
            Some(until) => until,
            None => {
                ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
                Box::pin(sleep(WAIT))
            }
        };
        let discarded = self.poll_discard(&mut until, context);
        self.until = Some(until);
        discarded.map(Ok)
    }
}
