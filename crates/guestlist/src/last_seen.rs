//! Keeps last-seen times in memory until they are written to the store, so that no request waits
//! for a write. If the process is killed, the times that are not written yet are lost.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::Timestamp;

/// A later use within this time is not recorded.
const ANEW: Duration = Duration::from_secs(60);
/// The most times that wait for the store: a few hundred kilobytes. Further times are recorded at
/// the next use.
pub(crate) const FULL: usize = 4_096;

/// The last-seen times of one kind of record that are not in the store yet.
#[derive(Debug)]
pub(crate) struct LastSeen<I>(Mutex<Waiting<I>>);

#[derive(Debug)]
struct Waiting<I> {
    uses: HashMap<I, Timestamp>,
    /// The ids in the order in which they arrived. The id that has waited for longest is written
    /// next, so no id waits without end.
    turns: VecDeque<I>,
}

impl<I: Copy + Eq + Hash> LastSeen<I> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Waiting {
            uses: HashMap::new(),
            turns: VecDeque::new(),
        }))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<I>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when the record was last used, as far as this process knows.
    pub(crate) fn of(&self, id: I) -> Option<Timestamp> {
        self.waiting().uses.get(&id).copied()
    }

    /// Records a use at `now`, if the last one was long enough ago. Returns whether so many times
    /// wait that they should be written now.
    pub(crate) fn note(&self, id: I, last: Option<Timestamp>, now: Timestamp) -> bool {
        if last.is_some_and(|last| now < last.plus(ANEW)) {
            return false;
        }
        let mut waiting = self.waiting();
        if let Some(at) = waiting.uses.get_mut(&id) {
            *at = now;
        } else if waiting.uses.len() < FULL {
            waiting.uses.insert(id, now);
            waiting.turns.push_back(id);
        }
        waiting.uses.len() >= FULL
    }

    /// Returns up to `most` times to write to the store. If the write fails, records that are still
    /// in use are recorded again.
    pub(crate) fn take(&self, most: usize) -> Vec<(I, Timestamp)> {
        let mut waiting = self.waiting();
        let Waiting { uses, turns } = &mut *waiting;
        let taken = turns.drain(..most.min(turns.len()));
        taken
            .filter_map(|id| uses.remove(&id).map(|at| (id, at)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn a_use_is_noted_once_a_minute_and_taken_once() {
        let seen = LastSeen::new();
        seen.note(1, Some(at(0)), at(59));
        assert_eq!(seen.of(1), None);
        seen.note(1, Some(at(0)), at(60));
        seen.note(2, None, at(7));
        assert_eq!((seen.of(1), seen.of(2)), (Some(at(60)), Some(at(7))));
        assert_eq!(seen.take(FULL), [(1, at(60)), (2, at(7))]);
        assert_eq!((seen.of(1), seen.take(FULL)), (None, Vec::new()));
    }

    #[test]
    fn the_oldest_entry_is_taken_first_with_its_latest_use() {
        let seen = LastSeen::new();
        for id in [3, 1, 2, 3] {
            seen.note(id, None, at(id));
        }
        seen.note(3, Some(at(3)), at(63));
        assert_eq!(seen.take(2), [(3, at(63)), (1, at(1))]);
        seen.note(3, None, at(70));
        assert_eq!(seen.take(2), [(2, at(2)), (3, at(70))]);
        assert_eq!(seen.take(2), []);
    }

    #[test]
    fn a_full_buffer_is_reported() {
        let seen = LastSeen::new();
        for id in 1..FULL {
            assert!(!seen.note(id, None, at(0)), "{id}");
        }
        assert!(seen.note(0, None, at(0)));
        assert!(seen.note(FULL, None, at(0)));
        assert_eq!(seen.of(FULL), None);
        assert_eq!(seen.take(FULL + 1).len(), FULL);
        assert!(!seen.note(0, None, at(0)));
    }
}
