//! Counts the security events that are being stored in the background.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many events are stored in the background at the same time. An event beyond that is only
/// logged. Each event comes from a counted try, so only a store that hangs reaches it.
const PLACES: u32 = 256;

/// The events that are being stored in the background.
#[derive(Debug)]
pub(crate) struct Underway(Arc<Semaphore>);

impl Default for Underway {
    fn default() -> Self {
        let places = usize::try_from(PLACES).unwrap_or(usize::MAX);
        Self(Arc::new(Semaphore::new(places)))
    }
}

impl Underway {
    /// Takes a place for one event, if there is one.
    pub(crate) fn begin(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }

    /// Waits until no place is taken.
    pub(crate) async fn finish(&self) {
        // The semaphore is never closed.
        drop(self.0.acquire_many(PLACES).await);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn there_are_only_so_many_places_and_the_end_waits_for_all() {
        let underway = Underway::default();
        let taken: Vec<_> = (0..PLACES).map_while(|_| underway.begin()).collect();
        assert_eq!(u32::try_from(taken.len()), Ok(PLACES));
        assert!(underway.begin().is_none());
        assert!(underway.finish().now_or_never().is_none());
        drop(taken);
        underway.finish().await;
        assert!(underway.begin().is_some());
    }
}
