//! Concurrent calls, on any runtime.

use std::{future::poll_fn, task::Poll};

/// Starts all calls before it waits for any. Returns the outcomes in the given order.
pub(super) async fn together<F: Future>(racers: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut racers: Vec<_> = racers
        .into_iter()
        .map(|racer| (Box::pin(racer), None))
        .collect();
    poll_fn(|context| {
        for (racer, outcome) in &mut racers {
            if outcome.is_none()
                && let Poll::Ready(done) = racer.as_mut().poll(context)
            {
                *outcome = Some(done);
            }
        }
        let all_done = racers.iter().all(|(_, outcome)| outcome.is_some());
        if all_done {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    racers
        .into_iter()
        .filter_map(|(_, outcome)| outcome)
        .collect()
}
