//! A visitor during a database outage: it retries until the server is ready again, and continues.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use tokio::time::Instant;

use super::{
    ledger::{Outcome, Session},
    visitor::{Visitor, is_unavailable},
};
use crate::client::Client;

/// The longest time a response may take, whatever happens to the database.
pub(super) const LONGEST: Duration = Duration::from_secs(5);
const BETWEEN_KNOCKS: Duration = Duration::from_millis(20);

impl Visitor {
    /// Acts until `ends` is set. Each response must be the right one, or a 503 during the outage.
    /// Returns the longest response time.
    pub(super) fn visits_through(&mut self, address: &str, ends: &AtomicBool) -> Duration {
        let mut client = Client::connect(address).expect("connects");
        let mut longest = Duration::ZERO;
        while !ends.load(Ordering::SeqCst) {
            let began = Instant::now();
            let acted = self.acts(&mut client);
            longest = longest.max(began.elapsed());
            if let Err(error) = acted {
                assert!(is_unavailable(&error), "{error:?}");
                while !self
                    .is_ready_again(&mut client, &mut longest)
                    .expect("is answered")
                {
                    thread::sleep(BETWEEN_KNOCKS);
                }
            }
        }
        assert!(longest < LONGEST, "{longest:?}");
        longest
    }

    /// Whether the server is ready again. During the outage no open session is refused, and no
    /// ended session is accepted.
    fn is_ready_again(&mut self, client: &mut Client, longest: &mut Duration) -> io::Result<bool> {
        let sessions = || self.people.iter().flat_map(|person| &person.sessions);
        let ended = |session: &&Session| session.ended == Some(Outcome::Done);
        let is_open = |session: &&Session| session.is_open();
        let asked = [
            (self.random.one_of(sessions().filter(is_open)), [200, 503]),
            (self.random.one_of(sessions().filter(ended)), [401, 503]),
        ];
        for (session, right) in asked {
            let Some(session) = session else { continue };
            let began = Instant::now();
            let reply = client.me(&session.holds.access)?;
            *longest = (*longest).max(began.elapsed());
            assert!(right.contains(&reply.status), "{right:?}: {reply:?}");
        }
        let began = Instant::now();
        let ready = client.ask("GET /health/ready", &[], "", "")?.status;
        *longest = (*longest).max(began.elapsed());
        assert!([200, 503].contains(&ready), "{ready}");
        Ok(ready == 200)
    }
}
