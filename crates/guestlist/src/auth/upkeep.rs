//! The regular background work: writes last-seen times, purges expired records, maintains the
//! signing keys, and warns if the clock was set back. Requests are handled correctly without it.

use std::{convert::Infallible, time::Duration};

use tokio::time::{self, Interval, MissedTickBehavior};

use crate::{Guestlist, causes, clock::ClockWatch};

/// The interval between rounds: much shorter than the hour for which a key is published before it
/// signs, and than the time after which a session is idle.
const EVERY: Duration = Duration::from_secs(10 * 60);

impl Guestlist {
    /// Returns the regular background work. A server runs it in a task:
    /// ```
    /// # fn serves(guestlist: guestlist::Guestlist) {
    /// tokio::spawn(guestlist.upkeep().run());
    /// # }
    /// ```
    ///
    /// Any number of processes may run this work on the same store. The application must call
    /// [`purge`](Self::purge) before its process ends, to write the last times. If stored keys sign
    /// the tokens, it must call [`tend_keys`](Self::tend_keys) before the first request.
    ///
    /// # Panics
    ///
    /// Panics outside a Tokio runtime with its timer.
    pub fn upkeep(&self) -> Upkeep {
        let mut ticks = time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Upkeep {
            watch: ClockWatch::new(self.clock()),
            guestlist: self.clone(),
            ticks,
        }
    }
}

/// The regular background work, one round every ten minutes; created by [`Guestlist::upkeep`].
#[derive(Debug)]
pub struct Upkeep {
    guestlist: Guestlist,
    watch: ClockWatch,
    ticks: Interval,
}

impl Upkeep {
    /// Runs one [`round`](Self::round) after another without end.
    pub async fn run(mut self) -> Infallible {
        loop {
            self.round().await;
        }
    }

    /// Waits until the next round is due, and does all the work once. The first call does not wait.
    /// A failure is logged, and the work is tried again in the next round.
    pub async fn round(&mut self) {
        self.ticks.tick().await;
        self.look_at_the_clock();
        if let Err(error) = self.guestlist.tend_keys().await {
            tracing::error!(error = causes(&error), "cannot maintain the signing keys");
        }
        match self.guestlist.purge().await {
            Ok(0) => {}
            Ok(purged) => tracing::info!(purged, "purged expired records"),
            Err(error) => tracing::error!(error = causes(&error), "cannot purge expired records"),
        }
    }

    fn look_at_the_clock(&mut self) {
        if let Some(back) = self.watch.set_back(self.guestlist.clock()) {
            tracing::warn!(
                seconds = back.as_secs(),
                "the clock was set back: sessions and tokens expire later by this time"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Wanted,
        auth::fixture::{Fixture, logged},
    };

    #[tokio::test]
    async fn expired_records_are_purged_in_the_background() {
        let fixture = Fixture::new().await;
        let session = fixture.sign_in(Wanted::DATABASE).await.session.id;
        // From here on time passes by itself while nothing else happens.
        time::pause();
        tokio::spawn(fixture.guestlist.upkeep().run());
        time::sleep(EVERY / 2).await;
        assert!(fixture.session(session).await.is_some(), "it is active");
        fixture.advance(31 * 24 * 60 * 60);
        time::sleep(EVERY / 4).await;
        assert!(
            fixture.session(session).await.is_some(),
            "it is not due yet"
        );
        time::sleep(EVERY / 2).await;
        assert!(fixture.session(session).await.is_none());
    }

    /// TI01: one line each time the clock was set back, not one per request.
    #[tokio::test]
    async fn a_clock_that_was_set_back_is_logged_once_with_the_time() {
        let fixture = Fixture::new().await;
        let token = fixture.sign_in(Wanted::DATABASE).await;
        time::pause();
        let mut upkeep = fixture.guestlist.upkeep();
        let quiet = logged(upkeep.round()).await;
        assert!(!quiet.contains("set back"), "{quiet}");
        for back in [3_600, 86_400] {
            fixture.clock.turn_back(Duration::from_secs(back));
            let log = logged(async {
                for _ in 0..5 {
                    assert!(fixture.opens(token.access_token.expose()).await);
                    upkeep.round().await;
                }
            })
            .await;
            let lines: Vec<_> = log
                .lines()
                .filter(|line| line.contains("set back"))
                .collect();
            assert_eq!(lines.len(), 1, "{log}");
            assert!(lines[0].contains("WARN"), "{log}");
            assert!(lines[0].contains(&format!("seconds={back}")), "{log}");
        }
    }
}
