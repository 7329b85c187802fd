//! What a door needs from time to time, by itself: what was used is noted, what is over goes, the keys are
//! looked after, and a clock that was set back is told of. No request needs any of it to be right.

use std::{convert::Infallible, error::Error, time::Duration};

use tokio::time::{self, Interval, MissedTickBehavior};

use crate::{Guestlist, clock::ClockWatch};

/// Well within the hour for which a key is published before it signs, and within which a session can become
/// idle.
const EVERY: Duration = Duration::from_secs(10 * 60);

impl Guestlist {
    /// What the door needs from time to time. An application that serves has it run beside:
    ///
    /// ```
    /// # fn serves(guestlist: guestlist::Guestlist) {
    /// tokio::spawn(guestlist.upkeep().run());
    /// # }
    /// ```
    ///
    /// Any number of processes may do so on one store. Before a process ends, [`purge`](Self::purge) notes what was
    /// used last; where tokens are signed by keys of the store, [`tend_keys`](Self::tend_keys) comes before the
    /// first request.
    ///
    /// # Panics
    ///
    /// Outside a Tokio runtime with its timer.
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

/// The upkeep of a door, a round every ten minutes; made by [`Guestlist::upkeep`].
#[derive(Debug)]
pub struct Upkeep {
    guestlist: Guestlist,
    watch: ClockWatch,
    ticks: Interval,
}

impl Upkeep {
    /// One [`round`](Self::round) after the other, for ever.
    pub async fn run(mut self) -> Infallible {
        loop {
            self.round().await;
        }
    }

    /// Waits until it is time, which it is at once when this is called first, and does everything once. What fails
    /// stands in the log, and is done the next time.
    pub async fn round(&mut self) {
        self.ticks.tick().await;
        self.look_at_the_clock();
        if let Err(error) = self.guestlist.tend_keys().await {
            tracing::error!(error = causes(&error), "cannot look after the keys");
        }
        match self.guestlist.purge().await {
            Ok(0) => {}
            Ok(purged) => tracing::info!(purged, "removed what had expired"),
            Err(error) => tracing::error!(error = causes(&error), "cannot remove what has expired"),
        }
    }

    fn look_at_the_clock(&mut self) {
        if let Some(back) = self.watch.set_back(self.guestlist.clock()) {
            tracing::warn!(
                seconds = back.as_secs(),
                "the clock was set back: what expires opens something for so much longer"
            );
        }
    }
}

/// An error and what is behind it, in one line.
fn causes(error: &dyn Error) -> String {
    let mut causes = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        causes = format!("{causes}: {cause}");
        next = cause.source();
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Wanted,
        auth::scene::{Scene, logged},
    };

    #[tokio::test]
    async fn what_is_over_goes_without_anybody_asking() {
        let scene = Scene::new().await;
        let session = scene.sign_in(Wanted::DATABASE).await.session.id;
        // From here on time passes by itself while nothing else happens.
        time::pause();
        tokio::spawn(scene.guestlist.upkeep().run());
        time::sleep(EVERY / 2).await;
        assert!(scene.session(session).await.is_some(), "it lives");
        scene.advance(31 * 24 * 60 * 60);
        time::sleep(EVERY / 4).await;
        assert!(scene.session(session).await.is_some(), "it is not time yet");
        time::sleep(EVERY / 2).await;
        assert!(scene.session(session).await.is_none());
    }

    /// TI01: once for each time it was set back, and not for each request.
    #[tokio::test]
    async fn a_clock_that_was_set_back_stands_in_the_log_once_and_how_far() {
        let scene = Scene::new().await;
        let token = scene.sign_in(Wanted::DATABASE).await;
        time::pause();
        let mut upkeep = scene.guestlist.upkeep();
        let quiet = logged(upkeep.round()).await;
        assert!(!quiet.contains("set back"), "{quiet}");
        for back in [3_600, 86_400] {
            scene.clock.turn_back(Duration::from_secs(back));
            let log = logged(async {
                for _ in 0..5 {
                    assert!(scene.opens(token.access_token.expose()).await);
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
