//! Tells when the clock on the wall was set back, by the one that never goes back. It corrects nothing: what
//! expires does so by the wall.

use std::time::Duration;

use super::{Clock, Timestamp};

/// What a clock is set back by without a word: a leap second, and the corrections of a machine that keeps time.
const UNREMARKABLE: Duration = Duration::from_secs(2);

/// Where both clocks stood when they were looked at last.
#[derive(Debug)]
pub(crate) struct ClockWatch {
    wall: Timestamp,
    monotonic: Duration,
}

impl ClockWatch {
    pub(crate) fn new(clock: &dyn Clock) -> Self {
        Self {
            wall: clock.now(),
            monotonic: clock.monotonic(),
        }
    }

    /// How far the clock on the wall was set back since this was asked last, if it was; each time is told once.
    pub(crate) fn set_back(&mut self, clock: &dyn Clock) -> Option<Duration> {
        let now = Self::new(clock);
        let passed = now.monotonic.saturating_sub(self.monotonic);
        let back = now.wall.until(self.wall.plus(passed));
        *self = now;
        (back > UNREMARKABLE).then_some(back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ManualClock;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_clock_that_is_set_back_is_told_of_once_and_how_far() {
        let clock = ManualClock::new();
        let mut watch = ClockWatch::new(&clock);
        for back in [HOUR, 24 * HOUR, Duration::from_secs(1_795_000_000)] {
            clock.advance(HOUR);
            clock.turn_back(back);
            clock.advance(HOUR);
            assert_eq!(watch.set_back(&clock), Some(back));
            assert_eq!(watch.set_back(&clock), None, "it was told");
        }
    }

    #[test]
    fn a_clock_that_goes_on_is_not_told_of_nor_one_that_is_corrected_by_a_second() {
        let clock = ManualClock::new();
        let mut watch = ClockWatch::new(&clock);
        assert_eq!(watch.set_back(&clock), None, "it stands");
        clock.advance(HOUR);
        assert_eq!(watch.set_back(&clock), None);
        clock.turn_back(Duration::from_secs(1));
        assert_eq!(watch.set_back(&clock), None);
    }
}
