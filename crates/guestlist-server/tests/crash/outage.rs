//! The database itself goes away under load and comes back; the server stays.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use tokio::time::Instant;

use super::{Installation, LOAD, ledger::Told, random::Random, say};
use crate::{
    binary::{Server, log},
    client::Client,
    cluster::Cluster,
};

/// How often it goes away.
const TIMES: u64 = 10;
/// How long it is away after it was killed, in milliseconds.
const AWAY: std::ops::Range<u64> = 1..700;
/// The server uses it again so soon after it is back.
const BACK: Duration = Duration::from_secs(5);
/// How long everybody goes on after that.
const AFTERWARDS: Duration = Duration::from_millis(200);

mod a_database_that_is_killed_loses_nothing_that_was_acknowledged {
    use super::*;

    #[test]
    fn postgresql() {
        survives("kills of PostgreSQL", "postgres", kill);
    }

    #[test]
    fn mongodb() {
        survives("kills of MongoDB", "mongodb", kill);
    }

    fn kill(cluster: &Cluster, random: &mut Random) {
        cluster.is_told("stop");
        thread::sleep(Duration::from_millis(random.within(AWAY)));
        cluster.is_told("start");
    }
}

mod a_database_that_is_restarted_is_missed_for_moments_only {
    use super::*;

    #[test]
    fn postgresql() {
        survives("restarts of PostgreSQL", "postgres", restart);
    }

    #[test]
    fn mongodb() {
        survives("restarts of MongoDB", "mongodb", restart);
    }

    fn restart(cluster: &Cluster, _: &mut Random) {
        cluster.is_told("restart");
    }
}

fn survives(what: &str, engine: &'static str, goes_away: impl Fn(&Cluster, &mut Random)) {
    let Some(cluster) = Cluster::start(engine) else {
        return;
    };
    let url = match engine {
        "postgres" => format!("{}?sslmode=disable", cluster.url()),
        _ => cluster.url(),
    };
    let (mut installation, mut random) = (Installation::at(&url), Random::new(0));
    let server = installation.start();
    let (mut longest, mut back) = (Duration::ZERO, Duration::ZERO);
    for time in 0..TIMES {
        let load = Duration::from_millis(random.within(LOAD));
        let newcomer = format!("newcomer{time}@example.com");
        let lived = installation.lives_through(&server, &newcomer, || {
            thread::sleep(load);
            goes_away(&cluster, &mut random);
        });
        (longest, back) = (longest.max(lived.longest), back.max(lived.back));
        installation.assert_nothing_is_lost(&server, false);
    }
    installation.assert_nothing_is_lost(&server, true);
    server.stop();
    let log = log(installation.folder.path());
    assert!(!log.contains("panicked"), "{log}");
    let told: Told = installation.told();
    say(&format!(
        "{TIMES} {what}: {told} or answered 503; nothing was lost; the longest answer took {longest:.0?}, \
         and the longest way back {back:.0?}"
    ));
}

/// How it was.
struct Lived {
    /// The longest that anybody waited for an answer.
    longest: Duration,
    /// How long after the database was back somebody could sign up.
    back: Duration,
}

/// Ends what everybody does, also where something goes wrong.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Installation {
    /// Everybody acts while the database goes away and comes back, and for a moment more.
    fn lives_through(&mut self, server: &Server, newcomer: &str, outage: impl FnOnce()) -> Lived {
        let (address, ends) = (server.address(), AtomicBool::new(false));
        thread::scope(|scope| {
            let visitors = self.visitors.iter_mut();
            let visiting: Vec<_> = visitors
                .map(|visitor| scope.spawn(|| visitor.visits_through(address, &ends)))
                .collect();
            let ending = Ends(&ends);
            outage();
            let back = comes_in(address, newcomer);
            thread::sleep(AFTERWARDS);
            drop(ending);
            let waits = visiting
                .into_iter()
                .map(|visit| visit.join().expect("visits"));
            Lived {
                longest: waits.max().expect("there are visitors"),
                back,
            }
        })
    }
}

/// How long it takes until somebody can sign up and in.
fn comes_in(address: &str, newcomer: &str) -> Duration {
    let began = Instant::now();
    let mut client = Client::connect(address).expect("connects");
    loop {
        let signed_up = client.sign_up(newcomer).expect("is answered").status;
        // Who was told 503 may be there already.
        if [201, 409].contains(&signed_up)
            && client.sign_in(newcomer).expect("is answered").status == 201
        {
            return began.elapsed();
        }
        assert!(began.elapsed() < BACK, "{signed_up}");
        thread::sleep(Duration::from_millis(20));
    }
}
