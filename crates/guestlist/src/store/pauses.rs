//! How long an operation waits before it is tried again.

use std::time::Duration;

/// Half of the first pauses are shorter than half of this.
const FIRST: Duration = Duration::from_millis(4);
const LONGEST: Duration = Duration::from_millis(250);

/// Random pauses between the tries of an operation that lost a race, so that the losers of one race
/// do not all try again at the same time.
///
/// The n-th pause is between 0 and a limit: the smaller of 4 ms × 2ⁿ⁻¹ and 250 ms. The number of
/// pauses is not limited.
#[derive(Clone, Debug)]
pub struct Pauses {
    at_most: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Self { at_most: FIRST }
    }
}

impl Pauses {
    /// Returns the length of the next pause.
    pub fn next_pause(&mut self) -> Duration {
        // Without randomness the pauses still grow.
        let random = getrandom::u32().unwrap_or(u32::MAX);
        let pause = self
            .at_most
            .mul_f64(f64::from(random) / f64::from(u32::MAX));
        self.at_most = LONGEST.min(self.at_most * 2);
        pause
    }

    /// Waits for the next pause.
    pub async fn wait(&mut self) {
        tokio::time::sleep(self.next_pause()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_those_of_rivals_differ() {
        let eight = |mut pauses: Pauses| (0..8).map(|_| pauses.next_pause()).collect();
        let rivals: Vec<Vec<_>> = (0..40).map(|_| eight(Pauses::default())).collect();
        for pauses in &rivals {
            let mut at_most = FIRST;
            for pause in pauses {
                assert!(*pause <= at_most, "{pauses:?}");
                at_most = LONGEST.min(at_most * 2);
            }
        }
        for n in 0..8 {
            let mut nth: Vec<_> = rivals.iter().map(|pauses| pauses[n]).collect();
            nth.sort_unstable();
            nth.dedup();
            assert!(nth.len() > 20, "the pauses {n} are {nth:?}");
        }
        let mean = |n: usize| rivals.iter().map(|pauses| pauses[n]).sum::<Duration>() / 40;
        assert!(mean(7) > mean(0) * 10, "{:?} {:?}", mean(0), mean(7));
    }
}
