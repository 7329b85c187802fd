//! Whoever was told that something is done finds it done, whatever became of the server in between.
//!
//! Visitors write as fast as they can over HTTP, and note what they were told. The server is killed
//! in the middle of it (`kill -9`) and started again; then each visitor looks for what it was told.
//! What was not answered may have been done or not, but nothing in between.

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
use ledger::Told;
use random::Random;
use visitor::{Act, Visitor};

/// So many at once: enough that changes share commits.
const VISITORS: u32 = 8;
/// Where a run is longer, it goes on in a new database, so that looking at all of it stays short.
const KILLS_OF_A_HOUSE: u32 = 50;
/// How long the server is under load before it is killed, in milliseconds.
const LOAD: std::ops::Range<u64> = 30..400;
/// One of so many kills comes while the server starts.
const AT_THE_START: u32 = 5;
/// Nobody is told to come back later: the machine may have much else to do.
const PATIENT: (&str, &str) = ("GUESTLIST_PASSWORDS__WAIT", "30");
/// The check after each kill tries the same refresh again, and kills follow quickly.
const RETRIES: (&str, &str) = ("GUESTLIST_LIMITS__REFRESH_RETRIES", "100");
/// What a server demands whose database others could use too.
const SECRET: (&str, &str) = ("SECRET_KEY", "the secret of a house, more than 32 bytes");
/// What a start may take until it is killed, in milliseconds.
const START: std::ops::Range<u64> = 1..60;

/// How often the server is killed; `just crash 1000` asks for more.
fn kills() -> u32 {
    let asked = env::var("CRASHES").ok();
    asked.map_or(30, |text| text.parse().expect("CRASHES is a number"))
}

#[test]
fn a_kill_loses_nothing_that_was_acknowledged_and_undoes_no_end() {
    let (mut left, mut random, began) = (kills(), Random::new(0), Instant::now());
    let mut total = Told::default();
    while left > 0 {
        let of_this_house = left.min(KILLS_OF_A_HOUSE);
        left -= of_this_house;
        let database = TestDatabase::new();
        let mut installation = Installation::at(database.url());
        let mut server = installation.start();
        for kill in 1..=of_this_house {
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
        total += installation.told();
    }
    say(&format!(
        "{} kills in {:.0?}: {total}; nothing was lost",
        kills(),
        began.elapsed()
    ));
}

/// The check itself: a database that is put back to what it was a moment ago has lost something of each
/// kind, and all of it is found.
#[test]
fn what_is_lost_is_found() {
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
            vec!["an event is not as it was left"],
        ),
        (vec![Act::DeleteEvent], vec!["a deleted event is back"]),
        (vec![Act::CreateEvent], vec!["an event is lost"]),
        (
            vec![Act::SignOut],
            vec!["a session that was signed out is back"],
        ),
        (
            vec![Act::Refresh],
            vec!["a session is lost", "a token that was traded opens again"],
        ),
        (vec![Act::SignIn], vec!["a session is lost"]),
        (vec![Act::SignUp], vec!["somebody who signed up is lost"]),
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

/// A database, and those who know what has to be in it.
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

    fn settings(&self) -> [(&str, &str); 4] {
        [PATIENT, SECRET, RETRIES, ("DATABASE_URL", &self.url)]
    }

    /// A server that does not get far.
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

    /// Everybody writes, and the server is killed in the middle of it.
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

    /// What is lost, and what the database itself finds wrong.
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

    fn told(&self) -> Told {
        let mut told = Told::default();
        for visitor in &self.visitors {
            told += visitor.told;
        }
        told
    }
}

#[expect(clippy::print_stdout, reason = "these are the figures of the run")]
fn say(line: &str) {
    println!("{line}");
}
