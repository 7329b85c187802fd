//! Two hundred callers, and one connection to the database for all that they change.

use std::{thread, time::Duration};

use tokio::time::Instant;

use crate::{
    binary::{Server, log},
    client::Client,
    sql::query,
    test_database::TestDatabase,
};

const CALLERS: usize = 200;
/// Nobody waits longer for an answer.
const LONGEST: Duration = Duration::from_secs(5);
const SECRET: (&str, &str) = ("SECRET_KEY", "the secret of a house, more than 32 bytes");
/// Longer than a change waits for a lock.
const HOLDS: &str = "BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(4); COMMIT";
const UNTIL_IT_HOLDS: Duration = Duration::from_millis(500);

/// What callers hold, of a server whose pool is that small.
struct Narrow {
    server: Server,
    folder: tempfile::TempDir,
    inside: String,
    outside: String,
}

impl Narrow {
    fn at(url: &str) -> Self {
        let folder = tempfile::tempdir().expect("makes a folder");
        let server = Server::start(folder.path(), &[SECRET, ("DATABASE_URL", url)]);
        let mut client = Client::connect(server.address()).expect("connects");
        let ada = "ada@example.com";
        assert_eq!(client.sign_up(ada).expect("is answered").status, 201);
        let mut open = || client.sign_in(ada).expect("is answered").tokens().access;
        let (inside, outside) = (open(), open());
        assert_eq!(client.sign_out(&outside).expect("is answered").status, 204);
        Self {
            server,
            folder,
            inside,
            outside,
        }
    }

    /// Everybody asks at once, and is answered rightly or with 503. How many were answered rightly, and how many not.
    fn is_asked_by_all(&self) -> (usize, usize) {
        let connect = |_| Client::connect(self.server.address()).expect("connects");
        let clients: Vec<_> = (0..CALLERS).map(connect).collect();
        let statuses: Vec<_> = thread::scope(|scope| {
            let asking = clients
                .into_iter()
                .enumerate()
                .map(|(number, client)| scope.spawn(move || self.asked(number, client)));
            let asking: Vec<_> = asking.collect();
            let answers = asking
                .into_iter()
                .map(|asked| asked.join().expect("is answered"));
            answers.collect()
        });
        let refused = statuses.iter().filter(|status| **status == 503).count();
        (CALLERS - refused, refused)
    }

    /// A quarter reads and a quarter writes with a token that opens, and as many with one that does not.
    fn asked(&self, number: usize, mut client: Client) -> u16 {
        let began = Instant::now();
        let (reply, right) = match number % 4 {
            0 => (client.me(&self.inside), 200),
            1 => (client.me(&self.outside), 401),
            2 => (client.create_event(&self.inside, "Tea"), 201),
            _ => (client.create_event(&self.outside, "Tea"), 401),
        };
        let (reply, took) = (reply.expect("is answered"), began.elapsed());
        assert!([right, 503].contains(&reply.status), "{number}: {reply:?}");
        assert!(took < LONGEST, "{number}: {took:?}: {reply:?}");
        reply.status
    }

    fn ends(self) {
        self.server.stop();
        let log = log(self.folder.path());
        assert!(!log.contains("panicked"), "{log}");
    }
}

#[test]
fn many_callers_of_a_pool_of_one_are_answered_in_time() {
    for (database, one) in [
        (TestDatabase::in_postgres(), "pool_size=1"),
        (TestDatabase::in_mongodb(), "maxPoolSize=1"),
    ] {
        let Some(database) = database else { continue };
        let narrow = Narrow::at(&format!("{}&{one}", database.url()));
        let (well, refused) = narrow.is_asked_by_all();
        assert!(well > CALLERS / 2, "{one}: {well} {refused}");
        narrow.ends();
    }
}

/// The one connection waits for a lock that somebody else holds.
#[test]
fn many_callers_of_a_pool_of_one_that_is_stuck_are_refused_in_time() {
    let Some(database) = TestDatabase::in_postgres() else {
        return;
    };
    let narrow = Narrow::at(&format!("{}&pool_size=1", database.url()));
    thread::scope(|scope| {
        scope.spawn(|| query(database.url(), HOLDS));
        thread::sleep(UNTIL_IT_HOLDS);
        let (well, refused) = narrow.is_asked_by_all();
        // Who only looks, or is refused at the door, needs nothing of the pool.
        let writers = CALLERS / 4;
        assert_eq!((well, refused), (CALLERS - writers, writers));
    });
    let (well, refused) = narrow.is_asked_by_all();
    assert_eq!((well, refused), (CALLERS, 0));
    narrow.ends();
}
