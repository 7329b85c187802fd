//! How many reads of a store may wait. The engines share this; each keeps look-ups by key apart
//! from lists.

use std::{error::Error, sync::Arc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

use super::StoreError;

/// How many reads may wait for a database. A store refuses the next one with [`QueueFull`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimits {
    /// Look-ups by one key; 4,096 by default.
    pub lookups_waiting: u32,
    /// Lists and searches; 64 by default.
    pub lists_waiting: u32,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self {
            lookups_waiting: 4_096,
            lists_waiting: 64,
        }
    }
}

/// Why a store did not begin a read: too many reads wait already. It is the cause of a
/// [`StoreError::Failed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueFull {
    /// [`ReadLimits::lookups_waiting`] is reached.
    #[error("too many look-ups wait for the database")]
    Lookups,
    /// [`ReadLimits::lists_waiting`] is reached.
    #[error("too many lists and searches wait for the database")]
    Lists,
}

impl QueueFull {
    /// Finds a `QueueFull` among the error and its causes.
    pub fn in_causes_of(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut causes = std::iter::successors(Some(error), |error| Error::source(*error));
        causes.find_map(|cause| cause.downcast_ref::<Self>().copied())
    }

    /// The name of the limit, as in [`ReadLimits`].
    pub const fn limit(self) -> &'static str {
        match self {
            Self::Lookups => "lookups_waiting",
            Self::Lists => "lists_waiting",
        }
    }
}

impl From<QueueFull> for StoreError {
    fn from(full: QueueFull) -> Self {
        Self::failed(full)
    }
}

/// Lets a number of reads run at once and another number wait, first come, first served. For an
/// engine with an asynchronous driver. Clones share both numbers.
#[derive(Clone, Debug)]
pub struct Turns {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    full: QueueFull,
}

/// The right to run one read. It ends when it is dropped.
#[derive(Debug)]
pub struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Turns {
    /// Lets `at_once` reads run and `waiting` more wait, and refuses every other read with `full`.
    pub fn new(at_once: usize, waiting: u32, full: QueueFull) -> Self {
        let places = |number: usize| Arc::new(Semaphore::new(number.min(Semaphore::MAX_PERMITS)));
        Self {
            running: places(at_once),
            waiting: places(usize::try_from(waiting).unwrap_or(usize::MAX)),
            full,
        }
    }

    /// Waits for a turn. A caller who gives up leaves the queue at once.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`] because of [`QueueFull`], at once.
    pub async fn take(&self) -> Result<Turn, StoreError> {
        let permit = match Arc::clone(&self.running).try_acquire_owned() {
            Ok(permit) => permit,
            Err(TryAcquireError::Closed) => return Err(StoreError::failed("the queue is closed")),
            Err(TryAcquireError::NoPermits) => {
                let _place = self.waiting.try_acquire().map_err(|_| self.full)?;
                let permit = Arc::clone(&self.running).acquire_owned().await;
                permit.map_err(StoreError::failed)?
            }
        };
        Ok(Turn { _permit: permit })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_read_runs_waits_or_is_refused_and_one_that_is_given_up_leaves_the_queue() {
        let turns = Turns::new(1, 1, QueueFull::Lists);
        let running = turns.take().now_or_never().expect("runs").expect("runs");
        let mut waiting = Box::pin(turns.take());
        assert!((&mut waiting).now_or_never().is_none());
        let refused = turns.take().now_or_never().expect("is refused at once");
        let refused = refused.expect_err("is refused");
        assert_eq!(QueueFull::in_causes_of(&refused), Some(QueueFull::Lists));

        drop(waiting);
        let mut next = Box::pin(turns.take());
        assert!(
            (&mut next).now_or_never().is_none(),
            "there is a place again"
        );
        drop(running);
        assert!(next.now_or_never().expect("runs").is_ok());
    }

    #[test]
    fn another_failure_is_no_full_queue() {
        let other = StoreError::failed("the disk is full");
        assert_eq!(QueueFull::in_causes_of(&other), None);
    }
}
