//! A write that the server acknowledged survives a crash of the server.
//!
//! Visitors send writes over HTTP as fast as they can, and record every acknowledgement. The server
//! is killed under this load (`kill -9`) and started again. Then each visitor checks every
//! acknowledged write. A write without a response may be done or not done, but never half done.

mod check;
mod damage;
mod ledger;
mod outage;
mod random;
mod visitor;
mod waiting;

use std::{env, fs, process::Stdio, thread, time::Duration};

use tempfile::TempDir;
use tokio::time::Instant;

use crate::{
    binary::{Server, command, free_address},
    test_database::TestDatabase,
};
use damage::damage;
use ledger::Counts;
use random::Random;
use visitor::{Act, Visitor};

/// The number of concurrent visitors: enough that several writes share a commit.
const VISITORS: u32 = 8;
/// A longer run continues with a new database, so that checking all records stays fast.
const KILLS_PER_DATABASE: u32 = 50;
/// How long the server is under load before it is killed, in milliseconds.
const LOAD: std::ops::Range<u64> = 30..400;
/// One of this many kills happens while the server starts.
const AT_THE_START: u32 = 5;
/// On a busy machine a sign-in must wait instead of getting a 503.
const PATIENT: (&str, &str) = ("GUESTLIST_PASSWORDS__WAIT", "30");
/// The check after each kill repeats a refresh, and the kills follow quickly.
const RETRIES: (&str, &str) = ("GUESTLIST_LIMITS__REFRESH_RETRIES", "100");
/// A kill leaves the sign-ins counted that it interrupted.
const TRIES: [(&str, &str); 3] = [
    (
        "GUESTLIST_LIMITS__TRIES_BY_ACCOUNT_AND_NETWORK",
        "10000/0.1",
    ),
    ("GUESTLIST_LIMITS__TRIES_BY_ACCOUNT", "10000/0.1"),
    ("GUESTLIST_LIMITS__TRIES_BY_NETWORK", "10000/0.1"),
];
/// A server whose database is on a shared server requires a secret key.
const SECRET: (&str, &str) = ("SECRET_KEY", "a secret key of more than 32 bytes");
/// How long a starting server lives until it is killed, in milliseconds.
const START: std::ops::Range<u64> = 1..60;

/// How often the server is killed. `just crash 1000` sets more, and `.ci/run` 30.
fn kills() -> u32 {
    let asked = env::var("CRASHES").ok();
    asked.map_or(10, |text| text.parse().expect("CRASHES is a number"))
}

#[test]
fn after_a_kill_every_acknowledged_write_is_there_and_no_ended_session_is_back() {
    let (mut left, mut random, began) = (kills(), Random::new(0), Instant::now());
    let mut total = Counts::default();
    while left > 0 {
        let kills_here = left.min(KILLS_PER_DATABASE);
        left -= kills_here;
        let database = TestDatabase::new();
        let mut installation = Installation::at(database.url());
        let mut server = installation.start();
        for kill in 1..=kills_here {
            let load = Duration::from_millis(random.within(LOAD));
            installation.is_killed_under_load(server, load);
            if kill % AT_THE_START == 0 {
                installation.start_and_kill(Duration::from_millis(random.within(START)));
            }
            server = installation.start();
            installation.assert_nothing_is_lost(&server, false);
        }
        installation.assert_nothing_is_lost(&server, true);
        server.stop();
        total += installation.counts();
    }
    say(&format!(
        "{} kills in {:.0?}: {total}; nothing was lost",
        kills(),
        began.elapsed()
    ));
}

/// Tests the check itself: a database that is replaced by an older copy has lost a record of each
/// kind, and the check finds every loss.
#[test]
fn the_check_finds_every_kind_of_loss() {
    let database = TestDatabase::in_sqlite();
    let mut installation = Installation::at(database.url());
    let server = installation.start();
    installation.visitors.truncate(1);
    for act in [
        Act::SignUp,
        Act::SignIn,
        Act::CreateEvent,
        Act::Refresh,
        Act::SignIn,
        Act::CreateEvent,
    ] {
        installation.visitors[0].does_alone(server.address(), act);
    }
    installation.assert_nothing_is_lost(&server, true);
    server.stop();
    let file = installation.url.replacen("sqlite:", "", 1);
    let copy = installation.folder.path().join("copy");
    fs::copy(&file, &copy).expect("copies");

    for (acts, losses) in [
        (
            vec![Act::ChangeEvent],
            vec!["an event differs from its last acknowledged state"],
        ),
        (vec![Act::DeleteEvent], vec!["a deleted event is back"]),
        (vec![Act::CreateEvent], vec!["an event is lost"]),
        (
            vec![Act::SignOut],
            vec!["a session that was signed out is back"],
        ),
        (
            vec![Act::Refresh],
            vec!["a session is lost", "a replaced token is accepted again"],
        ),
        (vec![Act::SignIn], vec!["a session is lost"]),
        (vec![Act::SignUp], vec!["a user who signed up is lost"]),
    ] {
        let server = installation.start();
        let before = installation.visitors.clone();
        for act in &acts {
            installation.visitors[0].does_alone(server.address(), *act);
        }
        server.kill();
        for beside in ["-wal", "-shm"] {
            let _ = fs::remove_file(format!("{file}{beside}"));
        }
        fs::copy(&copy, &file).expect("puts back");
        let server = installation.start();
        let found = installation.losses(&server, false).join("\n");
        for loss in losses {
            assert!(found.contains(loss), "{acts:?}: {loss} is not in: {found}");
        }
        server.stop();
        fs::copy(&copy, &file).expect("puts back");
        installation.visitors = before;
    }
}

/// A database, and the visitors who know what it must contain.
struct Installation {
    folder: TempDir,
    url: String,
    visitors: Vec<Visitor>,
}

impl Installation {
    fn at(url: &str) -> Self {
        Self {
            folder: tempfile::tempdir().expect("makes a folder"),
            url: url.to_owned(),
            visitors: (0..VISITORS).map(Visitor::new).collect(),
        }
    }

    fn start(&self) -> Server {
        Server::start(self.folder.path(), &self.settings())
    }

    fn settings(&self) -> Vec<(&str, &str)> {
        let url = ("DATABASE_URL", self.url.as_str());
        [PATIENT, SECRET, RETRIES, url]
            .into_iter()
            .chain(TRIES)
            .collect()
    }

    /// Starts a server and kills it during its start.
    fn start_and_kill(&self, after: Duration) {
        let mut starting = command(self.folder.path(), &self.settings())
            .args(["--listen", &free_address()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        thread::sleep(after);
        starting.kill().expect("kills");
        starting.wait().expect("ends");
    }

    /// Kills the server while all visitors write.
    fn is_killed_under_load(&mut self, server: Server, after: Duration) {
        let address = server.address().to_owned();
        thread::scope(|scope| {
            for visitor in &mut self.visitors {
                scope.spawn(|| visitor.visits(&address));
            }
            thread::sleep(after);
            server.kill();
        });
    }

    /// Returns what is lost, and the damage that the database engine itself reports.
    fn losses(&mut self, server: &Server, of_everything: bool) -> Vec<String> {
        let mut losses = thread::scope(|scope| {
            let visitors = self.visitors.iter_mut();
            let looking: Vec<_> = visitors
                .map(|visitor| scope.spawn(|| visitor.losses(server.address(), of_everything)))
                .collect();
            let found = looking.into_iter().map(|look| look.join().expect("looks"));
            found.flatten().collect::<Vec<_>>()
        });
        losses.extend(damage(&self.url));
        losses
    }

    fn assert_nothing_is_lost(&mut self, server: &Server, of_everything: bool) {
        let losses = self.losses(server, of_everything);
        assert!(losses.is_empty(), "{losses:#?}");
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for visitor in &self.visitors {
            counts += visitor.counts;
        }
        counts
    }
}

#[expect(clippy::print_stdout, reason = "these are the figures of the run")]
fn say(line: &str) {
    println!("{line}");
}
