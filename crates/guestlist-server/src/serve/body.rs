//! The bodies of requests and answers on a connection. They are counted and passed on in pieces.

use std::{
    io,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, ready},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    response::Response,
};
use hyper::body::{Frame, Incoming, SizeHint};

use super::{
    budget::{Account, Full, Hold},
    room::{CountedElsewhere, size},
    watch::{Exchange, Open, SMALL},
};

/// The largest piece of an answer that hyper gets at once, because hyper copies it with HTTP/1.1
/// and keeps the buffer. In bytes.
const PIECE: usize = 32 * 1024;
/// Counted for a request body of unknown size. A larger one is not read. In bytes.
const LARGEST_REQUEST: u64 = 64 * 1024;
/// The most that is counted for a request body of known size: a page's form may be this large. In
/// bytes.
const LARGEST_KEPT: u64 = 384 * 1024;
/// A client that sends a body makes progress with each of these bytes.
const STEP: usize = 4 * 1024;

type PollFrame<E> = Poll<Option<Result<Frame<Bytes>, E>>>;

/// The body of an answer.
#[derive(Debug)]
pub(super) struct Watched {
    body: Body,
    open: Open,
    account: Account,
    /// Memory for the whole answer, or for the part in `rest`.
    hold: Option<Arc<Hold>>,
    is_counted: bool,
    rest: Bytes,
}

impl Watched {
    /// Wraps the answer that `account` admitted.
    pub(super) fn of(response: Response, open: Open, account: Account) -> hyper::Response<Self> {
        // The answer is made: from now on the client has to take it.
        open.0.step();
        open.0.await_client(true);
        let (mut parts, body) = response.into_parts();
        let hold = parts.extensions.remove::<Arc<Hold>>();
        let is_counted = hold.is_some() || parts.extensions.get::<CountedElsewhere>().is_some();
        let body = Self {
            body,
            open,
            account,
            hold,
            is_counted,
            rest: Bytes::new(),
        };
        hyper::Response::from_parts(parts, body)
    }

    /// Takes the next piece of `rest`. An HTTP/2 stream counts as open until all its pieces are
    /// dropped, including those inside hyper.
    fn piece(&mut self) -> Bytes {
        let bytes = self.rest.split_to(self.rest.len().min(PIECE));
        if !self.open.0.is_stream {
            return bytes;
        }
        Bytes::from_owner(Piece {
            bytes,
            exchange: Arc::clone(&self.open.0),
            _hold: self.hold.clone(),
        })
    }
}

/// A piece of an answer with HTTP/2.
struct Piece {
    bytes: Bytes,
    exchange: Arc<Exchange>,
    _hold: Option<Arc<Hold>>,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.exchange.step();
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> PollFrame<axum::Error> {
        while self.rest.is_empty() {
            if !self.is_counted {
                self.hold = None;
            }
            let frame = Pin::new(&mut self.body).poll_frame(context);
            // The next part is being made, or the client has to take it.
            if frame.is_ready() {
                self.open.0.offer();
            } else {
                self.open.0.await_client(false);
            }
            match ready!(frame).map(|frame| frame.map(Frame::into_data)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(Err(other))) => return Poll::Ready(Some(Ok(other))),
                Some(Ok(Ok(bytes))) => self.rest = bytes,
            }
            let bytes = size(self.rest.len());
            if !self.is_counted && bytes > SMALL {
                self.hold = Some(self.account.hold_anyway(bytes));
            }
        }
        self.open.0.step();
        Poll::Ready(Some(Ok(Frame::data(self.piece()))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.rest.is_empty() {
            self.body.size_hint()
        } else {
            SizeHint::default()
        }
    }
}

/// The body of a request. Only a body that is not small reserves memory.
#[derive(Debug)]
pub(super) struct Counted {
    body: Incoming,
    account: Account,
    is_small: bool,
    hold: Option<Arc<Hold>>,
    /// The application has begun to read it.
    is_begun: bool,
    since_step: usize,
    /// Since when the application works on what it has read.
    works_since: Option<u64>,
}

impl Counted {
    /// Returns the body for the application.
    pub(super) fn of(body: Incoming, account: &Account) -> Body {
        if body.is_end_stream() {
            return Body::empty();
        }
        let bytes = body.size_hint().exact();
        Body::new(Self {
            is_small: bytes.is_some_and(|bytes| account.exchange.passes_uncounted(bytes)),
            body,
            account: account.clone(),
            hold: None,
            is_begun: false,
            since_step: 0,
            works_since: None,
        })
    }

    /// Reserves memory for the body, once, if it is not small.
    fn reserve(&mut self) -> Result<(), Full> {
        if self.is_small || self.hold.is_some() {
            return Ok(());
        }
        // A larger body is refused, so it needs no memory.
        let announced = self.body.size_hint().exact();
        let bytes = announced.map_or(LARGEST_REQUEST, |bytes| bytes.min(LARGEST_KEPT));
        self.hold = Some(self.account.hold(bytes)?);
        Ok(())
    }
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> PollFrame<io::Error> {
        if let Err(Full) = self.reserve() {
            let refused = &self.account.exchange.is_refused;
            refused.store(true, Ordering::Relaxed);
            let error = io::Error::other("no memory for the request body");
            return Poll::Ready(Some(Err(error)));
        }
        if !self.is_begun {
            self.is_begun = true;
            self.account.exchange.step();
        }
        let frame = Pin::new(&mut self.body).poll_frame(context);
        let exchange = Arc::clone(&self.account.exchange);
        let now = exchange.connection.ticks.now();
        if frame.is_pending() {
            if let Some(since) = self.works_since.take() {
                exchange.leave_out(now.saturating_sub(since));
            }
        } else {
            self.works_since.get_or_insert(now);
        }
        exchange.await_client(frame.is_pending());
        let frame = ready!(frame);
        let data = frame
            .as_ref()
            .and_then(|frame| frame.as_ref().ok()?.data_ref());
        self.since_step += data.map_or(0, Bytes::len);
        if self.since_step >= STEP {
            self.since_step = 0;
            self.account.exchange.step();
        }
        Poll::Ready(frame.map(|frame| frame.map_err(io::Error::other)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        // The application works on, with or without the rest of the body.
        self.account.exchange.await_client(false);
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::VecDeque, net::IpAddr, task::Waker, time::Duration};

    use super::{
        super::{
            budget::{Budget, Owner},
            network::Client,
            ticks::Ticks,
            watch::Connection,
        },
        *,
    };

    /// An answer whose next part is not ready at the first poll.
    struct Parts(VecDeque<PollFrame<axum::Error>>);

    impl HttpBody for Parts {
        type Data = Bytes;
        type Error = axum::Error;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> PollFrame<axum::Error> {
            self.0.pop_front().unwrap_or(Poll::Ready(None))
        }
    }

    #[tokio::test]
    async fn an_answer_waits_for_its_client_only_since_its_last_part_was_made() {
        let ticks = Ticks::start();
        let connection = Connection::new(Arc::clone(&ticks));
        let exchange = connection.exchange();
        let open = exchange.begin();
        let peer: IpAddr = "192.0.2.1".parse().expect("an address");
        let account = Account::new(Owner {
            budget: Budget::new(Arc::clone(&ticks), 1024, 1024),
            exchange,
            client: Client::of_peer(peer, &[]),
            local: (peer, 80).into(),
        });
        let parts = Parts(VecDeque::from([Poll::Pending, Poll::Ready(None)]));
        let answer = Watched::of(Response::new(Body::new(parts)), open, account);
        let mut answer = answer.into_body();
        assert_eq!(connection.awaits_client_since(), Some(0));
        let mut poll = || Pin::new(&mut answer).poll_frame(&mut Context::from_waker(Waker::noop()));
        assert!(poll().is_pending());
        assert_eq!(connection.awaits_client_since(), None);
        ticks.pass(Duration::from_secs(1));
        assert!(matches!(poll(), Poll::Ready(None)));
        assert_eq!(connection.awaits_client_since(), Some(1_000));
    }
}
