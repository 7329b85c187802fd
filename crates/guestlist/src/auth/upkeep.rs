//! What a door needs from time to time, by itself: what was used is noted, what is over goes, and the keys are
//! looked after. No request needs any of it to be right.

use std::{convert::Infallible, error::Error, time::Duration};

use tokio::time::{self, Interval, MissedTickBehavior};

use crate::Guestlist;

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
    /// Any number of processes may do so on one store. Before a process ends, [`sweep`](Self::sweep) notes what was
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
            guestlist: self.clone(),
            ticks,
        }
    }
}

/// The upkeep of a door, a round every ten minutes; made by [`Guestlist::upkeep`].
#[derive(Debug)]
pub struct Upkeep {
    guestlist: Guestlist,
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
        if let Err(error) = self.guestlist.tend_keys().await {
            tracing::error!(error = causes(&error), "cannot look after the keys");
        }
        match self.guestlist.sweep().await {
            Ok(0) => {}
            Ok(swept) => tracing::info!(swept, "removed what had expired"),
            Err(error) => tracing::error!(error = causes(&error), "cannot remove what has expired"),
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
    use crate::{Wanted, auth::scene::Scene};

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
}
