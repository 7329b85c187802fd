//! Two hundred clients, and one database connection for all writes.

use std::{thread, time::Duration};

use tokio::time::Instant;

use crate::{
    binary::{Server, log},
    client::Client,
    sql::query,
    test_database::TestDatabase,
};

const CALLERS: usize = 200;
/// The longest time a response may take.
const LONGEST: Duration = Duration::from_secs(5);
const SECRET: (&str, &str) = ("SECRET_KEY", "a secret key of more than 32 bytes");
/// Longer than a write waits for a lock.
const HOLDS: &str = "BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(4); COMMIT";
const UNTIL_IT_HOLDS: Duration = Duration::from_millis(500);

/// A server with a connection pool of this size, and tokens for it.
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

    /// All clients send a request at the same time. Each gets the right response or a 503. Returns
    /// how many got which.
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

    /// A quarter of the clients each: reads with an active token, reads with an ended token, writes
    /// with an active one, writes with an ended one.
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
fn many_clients_of_a_pool_of_one_are_answered_in_time() {
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

/// The only connection waits for a lock that another client holds.
#[test]
fn many_clients_of_a_blocked_pool_of_one_are_refused_in_time() {
    let Some(database) = TestDatabase::in_postgres() else {
        return;
    };
    let narrow = Narrow::at(&format!("{}&pool_size=1", database.url()));
    thread::scope(|scope| {
        scope.spawn(|| query(database.url(), HOLDS));
        thread::sleep(UNTIL_IT_HOLDS);
        let (well, refused) = narrow.is_asked_by_all();
        // Reads, and requests with an ended token, need no connection of the pool.
        let writers = CALLERS / 4;
        assert_eq!((well, refused), (CALLERS - writers, writers));
    });
    let (well, refused) = narrow.is_asked_by_all();
    assert_eq!((well, refused), (CALLERS, 0));
    narrow.ends();
}
