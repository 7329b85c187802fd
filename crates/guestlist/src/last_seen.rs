//! What was used when, before the store is told: a minute or so may get lost, a request waits for
//! nothing.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::Timestamp;

/// What was used so recently is not used anew.
const ANEW: Duration = Duration::from_secs(60);
/// So many wait for the store at most, some hundred kilobytes; what comes while so many wait is noted when
/// it is used again.
const FULL: usize = 4_096;

/// When records of one kind were last used, as far as the store does not know it yet.
#[derive(Debug)]
pub(crate) struct LastSeen<I>(Mutex<HashMap<I, Timestamp>>);

impl<I: Copy + Eq + Hash> LastSeen<I> {
    pub(crate) fn new() -> Self {
        Self(Mutex::default())
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<I, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When it was last used as far as this process knows.
    pub(crate) fn of(&self, id: I) -> Option<Timestamp> {
        self.waiting().get(&id).copied()
    }

    /// It is used now, after having been used last then. Whether so many wait that it is time to tell
    /// the store.
    pub(crate) fn note(&self, id: I, last: Option<Timestamp>, now: Timestamp) -> bool {
        if last.is_some_and(|last| now < last.plus(ANEW)) {
            return false;
        }
        let mut waiting = self.waiting();
        if waiting.len() < FULL || waiting.contains_key(&id) {
            waiting.insert(id, now);
        }
        waiting.len() >= FULL
    }

    /// What to tell the store. Should that fail, whatever is still in use is noted again.
    pub(crate) fn take(&self) -> Vec<(I, Timestamp)> {
        std::mem::take(&mut *self.waiting()).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_noted_once_a_minute_and_taken_once() {
        let seen = LastSeen::new();
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        seen.note(1, Some(at(0)), at(59));
        assert_eq!(seen.of(1), None);
        seen.note(1, Some(at(0)), at(60));
        seen.note(2, None, at(7));
        assert_eq!((seen.of(1), seen.of(2)), (Some(at(60)), Some(at(7))));
        let mut taken = seen.take();
        taken.sort_unstable();
        assert_eq!(taken, [(1, at(60)), (2, at(7))]);
        assert_eq!((seen.of(1), seen.take()), (None, Vec::new()));
    }

    #[test]
    fn it_says_when_it_is_full() {
        let seen = LastSeen::new();
        for id in 1..FULL {
            assert!(!seen.note(id, None, Timestamp::from_millis(0)), "{id}");
        }
        assert!(seen.note(0, None, Timestamp::from_millis(0)));
        assert!(seen.note(FULL, None, Timestamp::from_millis(0)));
        assert_eq!(seen.of(FULL), None);
        assert_eq!(seen.take().len(), FULL);
        assert!(!seen.note(0, None, Timestamp::from_millis(0)));
    }
}
