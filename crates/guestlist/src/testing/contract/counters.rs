//! Counters of tries.

use std::time::Duration;

use futures_util::future::join_all;

use super::rounds;
use crate::{LimitKey, Store, Take, Taking, Timestamp, new_uuid};

const BURST: i64 = 10;
const COST: i64 = 30_000;

fn now() -> Timestamp {
    Timestamp::from_millis(1_893_456_000_000)
}

/// One try at a counter of its own.
fn take() -> Take {
    Take {
        key: LimitKey::from_stored(*new_uuid(now()).as_bytes()),
        cost: COST,
        burst: BURST * COST,
    }
}

/// How many of that many tries are allowed, one after the other.
async fn allowed(store: &dyn Store, takes: &[Take], tries: usize, now: Timestamp) -> usize {
    let mut allowed = 0;
    for _ in 0..tries {
        let taking = store.take_all(takes, now).await.expect("answers");
        allowed += usize::from(taking == Taking::Done);
    }
    allowed
}

/// After the burst, the refusal says when the next try is allowed.
pub async fn a_counter_allows_its_burst_and_then_one_try_per_interval(store: &dyn Store) {
    let take = take();
    assert_eq!(allowed(store, &[take], 12, now()).await, 10);
    let later = |seconds| now().plus(Duration::from_secs(seconds));
    let refused = store.take_all(&[take], later(10)).await.expect("answers");
    let retry_after = Duration::from_secs(20);
    assert_eq!(
        refused,
        Taking::Refused {
            which: 0,
            retry_after
        }
    );
    assert_eq!(allowed(store, &[take], 3, later(30)).await, 1);
    assert_eq!(allowed(store, &[take], 3, later(95)).await, 2);
    assert_eq!(allowed(store, &[take], 20, later(10_000)).await, 10);
}

/// The tries of one sign-in are counted everywhere or nowhere.
pub async fn a_refused_try_is_counted_nowhere(store: &dyn Store) {
    let (free, full, other) = (take(), take(), take());
    assert_eq!(allowed(store, &[full], 10, now()).await, 10);
    for takes in [
        [free, full, other],
        [full, free, other],
        [other, free, full],
    ] {
        let refused = store.take_all(&takes, now()).await.expect("answers");
        let which = takes.iter().position(|take| take.key == full.key);
        let retry_after = Duration::from_secs(30);
        let expected = Taking::Refused {
            which: which.expect("is there"),
            retry_after,
        };
        assert_eq!(refused, expected);
    }
    assert_eq!(allowed(store, &[free], 12, now()).await, 10);
    assert_eq!(allowed(store, &[other], 12, now()).await, 10);
    assert_eq!(
        store.take_all(&[], now()).await.expect("answers"),
        Taking::Done
    );
}

/// No race gets more tries through than the burst.
pub async fn of_two_hundred_racing_tries_the_burst_is_allowed(store: &dyn Store) {
    for round in 0..rounds(2) {
        let (first, second) = (take(), take());
        // Also in both orders, so that a store that locks counter by counter must take care.
        let other = match round % 2 {
            0 => [first, second],
            _ => [second, first],
        };
        let orders = [[first, second], other];
        let racing = (0..200).map(|number| store.take_all(&orders[number % 2], now()));
        let outcomes = join_all(racing).await;
        let done = outcomes
            .into_iter()
            .filter(|outcome| matches!(outcome.as_ref().expect("answers"), Taking::Done));
        let done = done.count();
        if round % 2 == 0 {
            assert_eq!(done, 10, "round {round}");
        } else {
            // Each try may be refused because of others that give back later what they took.
            assert!(done <= 10, "round {round}: {done}");
        }
        let left = allowed(store, &[first, second], 20, now()).await;
        assert_eq!(done + left, 10, "round {round}");
    }
}

/// What is given back can be taken once more, and no more often.
pub async fn a_try_that_is_given_back_is_allowed_once_more(store: &dyn Store) {
    let (one, two) = (take(), take());
    assert_eq!(allowed(store, &[one, two], 20, now()).await, 10);
    store.give_back(&[one, two]).await.expect("gives back");
    assert_eq!(allowed(store, &[one], 3, now()).await, 1);
    assert_eq!(allowed(store, &[two], 3, now()).await, 1);
    // Nothing comes from giving back to a counter that is paid off or does not exist.
    let later = now().plus(Duration::from_secs(3_600));
    store.give_back(&[one, take()]).await.expect("gives back");
    assert_eq!(allowed(store, &[one], 20, later).await, 10);
    store.give_back(&[]).await.expect("does nothing");
}

/// Racing tries and returns are all counted.
pub async fn racing_returns_are_all_counted(store: &dyn Store) {
    let take = take();
    assert_eq!(allowed(store, &[take], 10, now()).await, 10);
    let returns = join_all((0..6).map(|_| async { store.give_back(&[take]).await })).await;
    for returned in returns {
        returned.expect("gives back");
    }
    assert_eq!(allowed(store, &[take], 10, now()).await, 6);
}

/// A counter that a clock ahead of time has moved blocks no try for longer than its burst.
pub async fn a_clock_that_goes_back_locks_no_counter(store: &dyn Store) {
    let (far, near) = (take(), take());
    let year = Duration::from_secs(365 * 86_400);
    assert_eq!(allowed(store, &[far], 10, now().plus(year)).await, 10);
    assert_eq!(allowed(store, &[far], 12, now()).await, 10);
    // The clocks of two nodes differ by five seconds.
    let ahead = now().plus(Duration::from_secs(5));
    assert_eq!(allowed(store, &[near], 10, ahead).await, 10);
    let refused = store.take_all(&[near], now()).await.expect("answers");
    let retry_after = Duration::from_secs(30);
    let expected = Taking::Refused {
        which: 0,
        retry_after,
    };
    assert_eq!(refused, expected);
    let later = now().plus(retry_after);
    assert_eq!(allowed(store, &[near], 3, later).await, 1);
}

/// A counter that still counts stays.
pub async fn counters_that_count_nothing_are_purged(store: &dyn Store) {
    let (expired, counting) = (take(), take());
    let before = now().plus(Duration::from_secs(60));
    assert_eq!(allowed(store, &[expired], 1, now()).await, 1);
    assert_eq!(allowed(store, &[counting], 10, now()).await, 10);
    // MongoDB keeps a counter for the time of its burst.
    let long_after = now().plus(Duration::from_secs(299));
    assert_eq!(allowed(store, &[counting], 9, long_after).await, 9);
    let later = now().plus(Duration::from_secs(301));
    assert!(store.purge_counters(before, 0).await.expect("purges") == 0);
    assert_eq!(store.purge_counters(later, 100).await.expect("purges"), 1);
    assert_eq!(allowed(store, &[counting], 3, long_after).await, 0);
}

/// Cleared counters allow their burst again; the others are as before.
pub async fn cleared_counters_have_counted_nothing(store: &dyn Store) {
    let own = *new_uuid(now()).as_bytes();
    let with = |middle: u8| {
        let mut bytes = own;
        bytes[7] = middle;
        let [mut first, mut last] = [bytes; 2];
        first[8..].fill(0);
        last[8..].fill(0xff);
        [first, bytes, last].map(|bytes| Take {
            key: LimitKey::from_stored(bytes),
            ..take()
        })
    };
    let [before, cleared, after] = [with(0x7f), with(0x80), with(0x81)];
    let all = [before, cleared, after].concat();
    assert_eq!(allowed(store, &all, 20, now()).await, 10);
    let between = [cleared[0].key, cleared[2].key];
    for count in [3, 0] {
        let done = store.clear_counters(between).await;
        assert_eq!(done.expect("clears"), count);
    }
    assert_eq!(allowed(store, &cleared, 20, now()).await, 10);
    for other in [before, after].concat() {
        assert_eq!(allowed(store, &[other], 3, now()).await, 0);
    }
}
