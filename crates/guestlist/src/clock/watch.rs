//! Detects that the wall clock was set back, by comparing it with the monotonic clock. It corrects
//! nothing: expiry follows the wall clock.

use std::time::Duration;

use super::{Clock, Timestamp};

/// A smaller change is ignored: a leap second, or the corrections of a time service.
const UNREMARKABLE: Duration = Duration::from_secs(2);

/// The readings of both clocks at the last check.
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

    /// Returns how far the wall clock was set back since the last call, if it was. Each change is
    /// reported once.
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
    fn a_clock_that_is_set_back_is_reported_once_with_the_time() {
        let clock = ManualClock::new();
        let mut watch = ClockWatch::new(&clock);
        for back in [HOUR, 24 * HOUR, Duration::from_secs(1_795_000_000)] {
            clock.advance(HOUR);
            clock.turn_back(back);
            clock.advance(HOUR);
            assert_eq!(watch.set_back(&clock), Some(back));
            assert_eq!(watch.set_back(&clock), None, "it was reported");
        }
    }

    #[test]
    fn a_normal_clock_and_a_correction_of_a_second_are_not_reported() {
        let clock = ManualClock::new();
        let mut watch = ClockWatch::new(&clock);
        assert_eq!(watch.set_back(&clock), None, "no time has passed");
        clock.advance(HOUR);
        assert_eq!(watch.set_back(&clock), None);
        clock.turn_back(Duration::from_secs(1));
        assert_eq!(watch.set_back(&clock), None);
    }
}
