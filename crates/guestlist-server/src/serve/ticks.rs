//! A cheap clock for limits, with a precision of 200 ms or better.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep};

/// Milliseconds since the start, updated by [`Ticks::run`].
#[derive(Debug)]
pub(super) struct Ticks {
    began: Instant,
    now: AtomicU64,
}

impl Ticks {
    pub(super) fn start() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            now: AtomicU64::new(0),
        })
    }

    pub(super) fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    /// Updates the time every `step`, forever.
    pub(super) async fn run(self: Arc<Self>, step: Duration) {
        loop {
            sleep(step).await;
            self.tick();
        }
    }

    /// Advances the time in tests that do not call [`tick`](Self::tick).
    #[cfg(test)]
    pub(super) fn pass(&self, time: Duration) {
        self.now.fetch_add(millis(time), Ordering::Relaxed);
    }

    pub(super) fn tick(&self) {
        self.now
            .store(millis(self.began.elapsed()), Ordering::Relaxed);
    }
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
