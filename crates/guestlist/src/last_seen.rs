//! What was used when, before the store is told: a minute or so may get lost, a request waits for
//! nothing.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::Timestamp;

/// What was used so recently is not used anew.
const ANEW: Duration = Duration::from_secs(60);
/// So many wait for the store at most, some hundred kilobytes; what comes while so many wait is noted when
/// it is used again.
pub(crate) const FULL: usize = 4_096;

/// When records of one kind were last used, as far as the store does not know it yet.
#[derive(Debug)]
pub(crate) struct LastSeen<I>(Mutex<Waiting<I>>);

#[derive(Debug)]
struct Waiting<I> {
    uses: HashMap<I, Timestamp>,
    /// The ids of all of them: who came first is told first, so that none waits for ever.
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

    /// When it was last used as far as this process knows.
    pub(crate) fn of(&self, id: I) -> Option<Timestamp> {
        self.waiting().uses.get(&id).copied()
    }

    /// It is used now, after having been used last then. Whether so many wait that it is time to tell
    /// the store.
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

    /// What to tell the store next, so many at most. Should that fail, whatever is still in use is noted
    /// again.
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
    fn who_came_first_is_taken_first_with_the_latest_use() {
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
    fn it_says_when_it_is_full() {
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
