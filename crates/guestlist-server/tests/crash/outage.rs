//! The database server stops and returns under load, while our server keeps running.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use tokio::time::Instant;

use super::{Installation, LOAD, kills, ledger::Counts, random::Random, say};
use crate::{
    binary::{Server, log},
    client::Client,
    cluster::Cluster,
};

/// The database stops once for as many kills of the server.
const KILLS_PER_OUTAGE: u32 = 3;
/// How long the database is stopped after a kill, in milliseconds.
const AWAY: std::ops::Range<u64> = 1..700;
/// How soon the server must use the database again after its return.
const BACK: Duration = Duration::from_secs(5);
/// How long the visitors continue after that.
const AFTERWARDS: Duration = Duration::from_millis(200);

mod a_killed_database_loses_no_acknowledged_write {
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
        cluster.run("stop");
        thread::sleep(Duration::from_millis(random.within(AWAY)));
        cluster.run("start");
    }
}

mod a_restarted_database_is_used_again_within_seconds {
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
        cluster.run("restart");
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
    let times = kills().div_ceil(KILLS_PER_OUTAGE);
    for time in 0..times {
        let load = Duration::from_millis(random.within(LOAD));
        let newcomer = format!("newcomer{time}@example.com");
        let outage = installation.runs_through(&server, &newcomer, || {
            thread::sleep(load);
            goes_away(&cluster, &mut random);
        });
        (longest, back) = (longest.max(outage.longest), back.max(outage.back));
        installation.assert_nothing_is_lost(&server, false);
    }
    installation.assert_nothing_is_lost(&server, true);
    server.stop();
    let log = log(installation.folder.path());
    assert!(!log.contains("panicked"), "{log}");
    let counts: Counts = installation.counts();
    say(&format!(
        "{times} {what}: {counts} or answered 503; nothing was lost; the longest answer took {longest:.0?}, \
         and the longest way back {back:.0?}"
    ));
}

/// Measurements of one outage.
struct Outage {
    /// The longest time a visitor waited for a response.
    longest: Duration,
    /// The time from the database's return to the first successful sign-up.
    back: Duration,
}

/// Stops the visitors when it is dropped, also after a panic.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Installation {
    /// Runs all visitors while the database stops and returns, and for a moment longer.
    fn runs_through(&mut self, server: &Server, newcomer: &str, outage: impl FnOnce()) -> Outage {
        let (address, ends) = (server.address(), AtomicBool::new(false));
        thread::scope(|scope| {
            let visitors = self.visitors.iter_mut();
            let visiting: Vec<_> = visitors
                .map(|visitor| scope.spawn(|| visitor.visits_through(address, &ends)))
                .collect();
            let ending = StopOnDrop(&ends);
            outage();
            let back = time_until_sign_in(address, newcomer);
            thread::sleep(AFTERWARDS);
            drop(ending);
            let waits = visiting
                .into_iter()
                .map(|visit| visit.join().expect("visits"));
            Outage {
                longest: waits.max().expect("there are visitors"),
                back,
            }
        })
    }
}

/// Returns how long it takes until a new user can sign up and sign in.
fn time_until_sign_in(address: &str, newcomer: &str) -> Duration {
    let began = Instant::now();
    let mut client = Client::connect(address).expect("connects");
    loop {
        let signed_up = client.sign_up(newcomer).expect("is answered").status;
        // A sign-up that was answered with 503 may have succeeded.
        if [201, 409].contains(&signed_up)
            && client.sign_in(newcomer).expect("is answered").status == 201
        {
            return began.elapsed();
        }
        assert!(began.elapsed() < BACK, "{signed_up}");
        thread::sleep(Duration::from_millis(20));
    }
}
