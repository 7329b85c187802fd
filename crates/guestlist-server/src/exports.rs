//! Exports: long answers for one user, such as a calendar of all events, made a batch at a time.
//!
//! No thread that serves requests makes them. A task on the runtime of the process reads a batch from the store, a
//! thread of `Workers` spells it, and the next batch is only begun when the client has taken the last one. So an export
//! holds one or two batches in memory, however long it is and however slowly it is read. A few batches are made at
//! once in the whole process, whoever they are for. All limits are per process: each of several nodes has its own.

mod body;
mod place;
mod workers;

use std::{
    fmt,
    num::NonZero,
    sync::{Arc, PoisonError},
    thread,
    time::Duration,
};

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

/// So many bytes of stored records a batch has at most, except that it has one record at least.
pub(crate) const BATCH_BYTES: u32 = 64 * 1024;
/// A client that takes nothing for so long loses its export. The connection is closed before that where the server serves
/// it; see `serve/watch.rs`.
const STALLED: Duration = Duration::from_secs(60);

/// Makes exports. Clones share everything.
#[derive(Clone)]
pub struct Exports(Arc<Shared>);

struct Shared {
    places: Arc<Places>,
    /// One for each batch that may be made at the same time.
    turns: Semaphore,
    workers: Workers,
    /// So long a client may take nothing.
    patience: Duration,
    /// Where the tasks run that read from the store.
    runtime: Option<Handle>,
}

/// A document that is made in batches.
pub(crate) trait Document: Send + 'static {
    /// What is read of it at once.
    type Batch: Send + 'static;

    /// Reads the next batch; `None` after the last one.
    fn read(&mut self) -> impl Future<Output = Result<Option<Self::Batch>, StoreError>> + Send;

    /// Spells a batch. This is the work of a processor that no thread may do that serves.
    fn spell(batch: Self::Batch) -> Vec<u8>;
}

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// Too many run already.
    #[error(transparent)]
    NoPlace(#[from] NoPlace),
    /// The first batch could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Exports {
    /// At most so many exports at once of one user, and so many of all users together. The tasks that read from the
    /// store run on the Tokio runtime that this is called on.
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

    /// Begins an export of that user's: a body that ends when the document does, and breaks off if the store fails in the
    /// middle. It takes a place until it ends, is dropped or is not read for a minute.
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

/// Makes one batch after the other, each once the one before was taken.
async fn make<D: Document>(
    shared: Arc<Shared>,
    mut document: D,
    pieces: mpsc::Sender<Piece>,
    place: Arc<Place>,
) {
    loop {
        let room = match timeout(shared.patience, pieces.reserve()).await {
            Ok(Ok(room)) => room,
            // Nobody reads it any more.
            Ok(Err(_)) => return,
            Err(_) => {
                tracing::info!(user = %place.user(), "ended an export that nobody read");
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
    /// One for each user, 64 in all.
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

/// A lock whose holder panicked is taken all the same: what it holds is changed in one go.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
