//! Exports: long answers for one user, such as a calendar of all events, made a batch at a time.
//!
//! They are not made on the threads that serve requests. A task on the process's runtime reads a
//! batch from the store, and a thread of `Workers` serializes it. The next batch begins only when
//! the client has taken the last one. So an export holds one or two batches in memory, for any
//! length and any speed of the client. The whole process makes only a few batches at the same time.
//! All limits are per process, so each node has its own.

mod body;
mod place;
mod workers;

use std::{fmt, num::NonZero, sync::Arc, thread, time::Duration};

use axum::body::{Body, Bytes};
use guestlist::{StoreError, UserId};
use tokio::{
    runtime::Handle,
    sync::{Semaphore, mpsc},
    time::timeout,
};

use self::{
    body::{Piece, Pieces},
    place::{Place, Places},
    workers::Workers,
};

pub(crate) use place::NoPlace;

/// The largest batch in bytes of stored records; a batch has at least one record.
pub(crate) const BATCH_BYTES: u32 = 64 * 1024;
/// A client that takes nothing for this time loses its export. If the server serves the connection,
/// it closes it earlier; see `serve/watch.rs`.
const STALLED: Duration = Duration::from_secs(60);

/// Makes exports. Clones share everything.
#[derive(Clone)]
pub struct Exports(Arc<Shared>);

struct Shared {
    places: Arc<Places>,
    /// One permit for each batch that may be made at the same time.
    turns: Semaphore,
    workers: Workers,
    /// How long a client may take nothing.
    patience: Duration,
    /// The runtime of the tasks that read from the store.
    runtime: Option<Handle>,
}

/// A document that is made in batches.
pub(crate) trait Document: Send + 'static {
    /// The records that are read at once.
    type Batch: Send + 'static;

    /// Reads the next batch; `None` after the last one.
    fn read(&mut self) -> impl Future<Output = Result<Option<Self::Batch>, StoreError>> + Send;

    /// Serializes a batch. This needs CPU time, so it must not run on a thread that serves
    /// requests.
    fn spell(batch: Self::Batch) -> Vec<u8>;
}

/// Why no export was started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// Too many are running already.
    #[error(transparent)]
    NoPlace(#[from] NoPlace),
    /// The first batch could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Exports {
    /// Limits the exports that run at once, for one user and in total. The tasks that read from the
    /// store run on the Tokio runtime on which this is called.
    pub fn new(per_user: u32, in_all: u32) -> Self {
        Self::with_patience(per_user, in_all, STALLED)
    }

    fn with_patience(per_user: u32, in_all: u32, patience: Duration) -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let turns = (cores / 2).max(1);
        Self(Arc::new(Shared {
            places: Arc::new(Places::new(per_user, in_all)),
            turns: Semaphore::new(turns),
            workers: Workers::new(turns),
            patience,
            runtime: Handle::try_current().ok(),
        }))
    }

    /// Starts an export for that user. The body ends when the document is complete, and fails if
    /// the store fails in the middle. The export counts towards the limits until it ends,
    /// until the body is dropped, or until the client has read nothing for a minute.
    pub(crate) async fn begin<D: Document>(
        &self,
        user: UserId,
        document: D,
    ) -> Result<Body, ExportError> {
        let place = Arc::new(self.0.places.take(user)?);
        let (pieces, mut taken) = mpsc::channel(1);
        let making = make(Arc::clone(&self.0), document, pieces, Arc::clone(&place));
        match &self.0.runtime {
            Some(runtime) => drop(runtime.spawn(making)),
            None => drop(tokio::spawn(making)),
        }
        let first = match taken.recv().await {
            Some(Piece::Failed(error)) => return Err(error.into()),
            Some(first) => first,
            None => return Err(StoreError::failed("the export ended before it began").into()),
        };
        Ok(Body::from_stream(Pieces::new(first, taken, place)))
    }
}

/// Makes the batches. Each one starts when the previous one was taken.
async fn make<D: Document>(
    shared: Arc<Shared>,
    mut document: D,
    pieces: mpsc::Sender<Piece>,
    place: Arc<Place>,
) {
    loop {
        let room = match timeout(shared.patience, pieces.reserve()).await {
            Ok(Ok(room)) => room,
            // The client has closed the body.
            Ok(Err(_)) => return,
            Err(_) => {
                tracing::info!(user = %place.user(), "ended an export that its client did not read");
                return place.leave();
            }
        };
        let Ok(turn) = shared.turns.acquire().await else {
            return;
        };
        if pieces.is_closed() {
            return;
        }
        let made = batch(&shared.workers, &mut document).await;
        drop(turn);
        match made {
            Ok(Some(bytes)) => room.send(Piece::Bytes(bytes)),
            Ok(None) => return room.send(Piece::End),
            Err(error) => return room.send(Piece::Failed(error)),
        }
    }
}

async fn batch<D: Document>(
    workers: &Workers,
    document: &mut D,
) -> Result<Option<Bytes>, StoreError> {
    let Some(batch) = document.read().await? else {
        return Ok(None);
    };
    let spelled = workers.run(move || D::spell(batch)).await?;
    Ok(Some(Bytes::from(spelled)))
}

impl Default for Exports {
    /// One for each user, 64 in total.
    fn default() -> Self {
        Self::new(1, 64)
    }
}

impl fmt::Debug for Exports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exports")
            .field("places", &self.0.places)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
