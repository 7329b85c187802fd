//! A clock that a test sets.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use crate::{Clock, Timestamp};

/// Stands still until it is advanced. Starts on 2026-11-21.
#[derive(Debug)]
pub struct ManualClock {
    now: AtomicI64,
    monotonic: AtomicI64,
}

impl ManualClock {
    /// A clock that does not move.
    pub fn new() -> Self {
        Self {
            now: AtomicI64::new(1_795_219_200_000),
            monotonic: AtomicI64::new(0),
        }
    }

    /// Advances both clocks by that time.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.now.fetch_add(millis, Ordering::SeqCst);
        self.monotonic.fetch_add(millis, Ordering::SeqCst);
    }

    /// Sets the wall clock back; the monotonic clock stays.
    pub fn turn_back(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.now.fetch_sub(millis, Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        let millis = self.monotonic.load(Ordering::SeqCst);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }
}
