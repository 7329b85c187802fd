//! The body of an export.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::body::Bytes;
use futures_util::Stream;
use guestlist::StoreError;
use tokio::sync::mpsc;

use super::place::Place;

/// A part of a document.
pub(super) enum Piece {
    /// The next bytes.
    Bytes(Bytes),
    /// The document is complete.
    End,
    /// The store failed; the document is incomplete.
    Failed(StoreError),
}

/// The parts of a document as they are made. An incomplete document ends with an error, which also
/// closes the connection, so that clients notice.
pub(super) struct Pieces {
    first: Option<Piece>,
    rest: mpsc::Receiver<Piece>,
    place: Arc<Place>,
    is_over: bool,
}

impl Pieces {
    pub(super) fn new(first: Piece, rest: mpsc::Receiver<Piece>, place: Arc<Place>) -> Self {
        Self {
            first: Some(first),
            rest,
            place,
            is_over: false,
        }
    }

    fn over(&mut self) {
        self.is_over = true;
        self.rest.close();
        // Before the client sees the end, so that it may start the next export at once.
        self.place.leave();
    }
}

impl Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let piece = match self.first.take() {
            Some(first) => Some(first),
            None => ready!(self.rest.poll_recv(context)),
        };
        let why = match piece {
            Some(Piece::Bytes(bytes)) => return Poll::Ready(Some(Ok(bytes))),
            Some(Piece::End) => {
                self.over();
                return Poll::Ready(None);
            }
            Some(Piece::Failed(error)) => {
                let error = guestlist::causes(&error);
                tracing::error!(user = %self.place.user(), error, "an export failed");
                "the store failed"
            }
            None => "the client did not read it for too long",
        };
        self.over();
        Poll::Ready(Some(Err(io::Error::other(why))))
    }
}
