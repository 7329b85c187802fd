//! Counters of tries in a store: the generic cell rate algorithm (GCRA; ITU-T I.371, annex A).
//!
//! A counter is one time, its theoretical arrival time: the time at which all counted tries are
//! paid off. A try moves it into the future by the cost of one try. A try is refused if the counter
//! would then be further in the future than the burst allows.

use std::{fmt, time::Duration};

use super::StoreError;
use crate::Timestamp;

/// By how much the clocks of nodes may differ.
const CLOCKS_DIFFER: Duration = Duration::from_secs(60);

crate::operations! {
    /// The operations on counters of tries. Counters are no records: a copy leaves them out, and
    /// they expire by themselves.
    pub trait LimitStore {
        /// Counts one try at each of these counters, or at none of them: if one counter refuses the
        /// try, the others are as before. A counter that does not exist has counted nothing.
        ///
        /// A counter that a clock ahead of `now` has moved too far is [set back](Take::set_back).
        async fn take_all(&self, takes: &[Take], now: Timestamp) -> Result<Taking, StoreError>;

        /// Takes one try back from each of these counters. Counters that do not exist stay away.
        async fn give_back(&self, takes: &[Take]) -> Result<(), StoreError>;

        /// Removes the counters whose keys are between these two, inclusive. Returns how many
        /// existed.
        async fn clear_counters(&self, between: [LimitKey; 2]) -> Result<u64, StoreError>;

        /// Removes up to `limit` counters that have counted nothing since before that moment.
        /// Returns how many were removed.
        #[takes(long)]
        async fn purge_counters(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
    }
}

/// The name of a counter: two MACs of 8 bytes, so that a stored counter reveals neither the address
/// nor the account that it counts for. All counters of one account start with the same MAC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LimitKey([u8; 16]);

impl LimitKey {
    /// Restores a key from its stored bytes ([`as_stored`](Self::as_stored)).
    pub const fn from_stored(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes to store.
    pub const fn as_stored(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LimitKey(…)")
    }
}

/// One try at one counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Take {
    /// The counter.
    pub key: LimitKey,
    /// How many milliseconds one try costs: after the burst, one try is allowed in this time.
    pub cost: i64,
    /// How many milliseconds of tries a counter may be ahead: the number of tries in a burst, times
    /// their cost.
    pub burst: i64,
}

impl Take {
    /// Returns the counter after this try. `stored` is the counter before, if it exists.
    ///
    /// # Errors
    ///
    /// The time until the counter allows a try.
    pub fn from(&self, stored: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Duration> {
        let stored = stored.map(|stored| self.set_back(stored, now).unwrap_or(stored));
        let most = self.latest(now).as_millis();
        let stored = stored.map_or(now, |stored| stored.max(now)).as_millis();
        let next = stored.saturating_add(self.cost);
        if next <= most {
            return Ok(Timestamp::from_millis(next));
        }
        let wait = next.saturating_sub(most);
        Err(Duration::from_millis(u64::try_from(wait).unwrap_or(0)))
    }

    /// Returns the time to which a store sets this counter back, if a clock ahead of `now` has moved
    /// it. Clocks of nodes differ by seconds: the counter stays as far in the future as it may be. A
    /// counter that is further ahead has counted nothing.
    pub fn set_back(&self, stored: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let latest = self.latest(now);
        if stored <= latest {
            None
        } else if stored <= latest.plus(CLOCKS_DIFFER) {
            Some(latest)
        } else {
            Some(now)
        }
    }

    /// Returns the latest time that a counter may have.
    pub fn latest(&self, now: Timestamp) -> Timestamp {
        Timestamp::from_millis(now.as_millis().saturating_add(self.burst))
    }
}

/// The outcome of [`LimitStore::take_all`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    /// Every counter has counted the try.
    Done,
    /// A counter refuses the try; nothing was counted.
    Refused {
        /// The position of that counter in the list of takes. If several counters refuse, one of
        /// them.
        which: usize,
        /// After how long this counter allows a try, if no other try comes before.
        retry_after: Duration,
    },
}

impl Taking {
    /// Returns the refusal with the longest wait among the counters as they are stored, or
    /// [`Done`](Self::Done) if all of them allow the try.
    pub fn of(takes: &[Take], stored: &[Option<Timestamp>], now: Timestamp) -> Self {
        let waits = takes.iter().zip(stored).enumerate();
        let waits = waits
            .filter_map(|(which, (take, stored))| Some((which, take.from(*stored, now).err()?)));
        match waits.max_by_key(|(_, wait)| *wait) {
            Some((which, retry_after)) => Self::Refused { which, retry_after },
            None => Self::Done,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TAKE: Take = Take {
        key: LimitKey::from_stored([0; 16]),
        cost: 30_000,
        burst: 300_000,
    };

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_burst_is_allowed_and_then_one_try_in_each_interval() {
        let mut counter = None;
        for _ in 0..10 {
            counter = Some(TAKE.from(counter, at(5)).expect("is in the burst"));
        }
        let wait = TAKE.from(counter, at(5)).expect_err("the burst is used up");
        assert_eq!(wait, Duration::from_secs(30));
        let wait = TAKE.from(counter, at(10_005)).expect_err("is too early");
        assert_eq!(wait, Duration::from_secs(20));
        assert!(TAKE.from(counter, at(30_005)).is_ok());
    }

    #[test]
    fn of_several_refusals_the_longest_wait_is_told() {
        let quick = Take {
            cost: 1_000,
            burst: 10_000,
            ..TAKE
        };
        let full = |take: &Take| Some(take.latest(at(0)));
        let taking = Taking::of(&[quick, TAKE], &[full(&quick), full(&TAKE)], at(0));
        let expected = Taking::Refused {
            which: 1,
            retry_after: Duration::from_secs(30),
        };
        assert_eq!(taking, expected);
        assert_eq!(
            Taking::of(&[quick, TAKE], &[None, None], at(0)),
            Taking::Done
        );
    }

    proptest! {
        /// However the tries come, in any time span no more than the burst and one try per interval
        /// are allowed.
        #[test]
        fn no_pattern_of_tries_beats_the_rate(gaps in prop::collection::vec(0_i64..60_000, 1..200)) {
            let (mut now, mut counter, mut allowed) = (0, None, 0_i64);
            for gap in gaps {
                now += gap;
                if let Ok(next) = TAKE.from(counter, at(now)) {
                    counter = Some(next);
                    allowed += 1;
                }
                prop_assert!(allowed <= 10 + now / TAKE.cost);
            }
        }
    }
}
