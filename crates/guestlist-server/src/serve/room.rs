//! Lets the application reserve memory before it makes an answer.

use std::{convert::Infallible, sync::Arc, sync::atomic::Ordering};

use axum::{
    body::{Bytes, HttpBody},
    extract::FromRequestParts,
    http::{header::CONTENT_ENCODING, request::Parts},
    response::{IntoResponseParts, Response, ResponseParts},
};
use guestlist_axum::Problem;

use super::{
    budget::{Account, Full, Hold},
    watch::SMALL,
};

/// Memory for compressing an answer, including the buffered part of the answer. In bytes.
const COMPRESSING: u64 = 384 * 1024;

/// Reserved memory for one batch of a list. A handler extracts a `Room` before it reads the list,
/// and puts it into its answer or turns it into the bytes of the answer. If there is no memory, the
/// extractor waits briefly and then refuses the request with 503.
///
/// Without a connection, as in some tests, nothing is counted and there is always room.
#[derive(Debug)]
pub(crate) struct Room {
    hold: Option<Arc<Hold>>,
    account: Option<Account>,
}

/// Marks an answer whose bytes are counted elsewhere, or are shared by all answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CountedElsewhere;

/// Bytes that keep their reserved memory until they are dropped.
struct Held {
    bytes: Vec<u8>,
    _hold: Arc<Hold>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Room {
    /// Turns a batch into bytes. Frees the reserved memory that the batch does not need at once,
    /// and the rest when the caller drops the bytes.
    pub(crate) fn filled_with(self, text: String) -> Bytes {
        let bytes = text.into_bytes();
        match self.hold {
            None => bytes.into(),
            Some(hold) => {
                hold.resize(size(bytes.capacity()));
                Bytes::from_owner(Held { bytes, _hold: hold })
            }
        }
    }

    /// Returns a handle to reserve memory for the next batches.
    pub(crate) fn more(&self) -> MoreRoom {
        MoreRoom(self.account.clone())
    }
}

/// Reserves memory for the next batches of an answer.
#[derive(Debug)]
pub(crate) struct MoreRoom(Option<Account>);

impl MoreRoom {
    /// Reserves memory for one more batch. The answer has begun and cannot be refused any more, so
    /// this waits without a limit. A client that stalls for too long is disconnected.
    pub(crate) async fn next(&self) -> Room {
        let hold = match &self.0 {
            None => None,
            Some(account) => loop {
                match account.wait_for_batch().await {
                    Ok(hold) => break Some(hold),
                    // Too many requests are waiting.
                    Err(Full) => tokio::time::sleep(std::time::Duration::from_millis(250)).await,
                }
            },
        };
        Room {
            hold,
            account: self.0.clone(),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Room {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let account = parts.extensions.get::<Account>().cloned();
        let hold = match &account {
            None => None,
            Some(account) => Some(account.wait_for_batch().await.map_err(refused)?),
        };
        Ok(Self { hold, account })
    }
}

/// The answer keeps the memory that it needs.
impl IntoResponseParts for Room {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        if let Some(hold) = self.hold {
            response.extensions_mut().insert(hold);
        }
        Ok(response)
    }
}

impl Account {
    /// Counts bytes of a request that are kept from now on, unless they are few.
    pub(crate) fn keep(&self, bytes: usize) -> Option<Arc<Hold>> {
        let bytes = size(bytes);
        (bytes > SMALL).then(|| self.hold_anyway(bytes))
    }

    /// Reserves memory for the answer. A small answer always passes. The parts of a streamed answer
    /// are counted one by one.
    ///
    /// # Errors
    ///
    /// 503 if there is no memory.
    pub(crate) async fn admit(&self, mut response: Response) -> Result<Response, Problem> {
        if self.exchange.is_refused.load(Ordering::Relaxed) {
            return Err(refused(Full));
        }
        let whole = response.body().size_hint().exact();
        let extensions = response.extensions_mut();
        let hold = extensions.remove::<Arc<Hold>>();
        let is_counted = extensions.get::<CountedElsewhere>().is_some();
        let bytes = match whole {
            Some(bytes) if is_counted || self.exchange.passes_uncounted(bytes) => 0,
            Some(bytes) => bytes,
            None if response.headers().contains_key(CONTENT_ENCODING) => COMPRESSING,
            None => 0,
        };
        let hold = match hold {
            Some(hold) => {
                hold.resize(bytes);
                Some(hold)
            }
            None if bytes > 0 => Some(self.wait_for(bytes).await.map_err(refused)?),
            None => None,
        };
        if let Some(hold) = hold.filter(|_| bytes > 0) {
            response.extensions_mut().insert(hold);
        }
        Ok(response)
    }
}

fn refused(Full: Full) -> Problem {
    Problem::busy().because_of("memory")
}

pub(super) fn size(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
