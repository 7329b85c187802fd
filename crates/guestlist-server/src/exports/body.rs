//! The body of an export, piece by piece.

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

/// What is made of a document.
pub(super) enum Piece {
    /// The next bytes.
    Bytes(Bytes),
    /// The document is whole.
    End,
    /// The store failed: there will be no more of it.
    Failed(StoreError),
}

/// The pieces as they are made. Only a whole document ends; any other breaks off with an error, and the connection with it,
/// so that nobody takes a part for the whole.
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
        // Before the client knows that this was the end, so that it may begin another one.
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
                let error = format!("{:#}", anyhow::Error::from(error));
                tracing::error!(user = %self.place.user(), error, "an export broke off");
                "the store failed"
            }
            None => "nobody read it for too long",
        };
        self.over();
        Poll::Ready(Some(Err(io::Error::other(why))))
    }
}
