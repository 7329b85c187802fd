//! Anonymous clients search all events at the same time. Signed-in users must still get responses,
//! and abandoned searches must not continue.
//!
//! The events and the search words make a search expensive: at each character of each event the
//! words almost match.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use guestlist::testing::user;
use guestlist_server::database::Stores;
use planner::{Event, EventFields, EventId, Version, Visibility, When};

use super::is_whole;
use crate::{
    binary::{Server, free_address, send},
    client::Client,
    test_database::TestDatabase,
};

const SEARCHERS: usize = 16;
/// The longest description that is allowed.
const DESCRIPTION: usize = 10_000;
/// In the whole form, 99 of 100 lookups by key take no longer than this.
const P99: Duration = Duration::from_millis(20);
/// Half of the lookups by key take no longer than this, also on a busy machine. When they waited
/// behind searches, they took a second.
const P50: Duration = Duration::from_millis(300);
/// A change follows after this many lookups.
const READS_PER_CHANGE: usize = 20;

/// The size of the attack.
struct Size {
    events: usize,
    time: Duration,
}

impl Size {
    fn of_this_run() -> Self {
        match is_whole() {
            true => Self {
                events: 16_000,
                time: Duration::from_secs(20),
            },
            false => Self {
                events: 3_000,
                time: Duration::from_secs(5),
            },
        }
    }
}

#[test]
fn searches_do_not_delay_lookups_by_key_on_sqlite() {
    attack(&TestDatabase::in_sqlite(), &Size::of_this_run());
}

#[test]
fn searches_do_not_delay_lookups_by_key_on_postgresql() {
    if let Some(database) = TestDatabase::in_postgres() {
        attack(&database, &Size::of_this_run());
    }
}

/// Uses few events: mongo-java-server, which replaces MongoDB in tests, ignores `maxTimeMS`. With a
/// thousand events its lookups were late, too.
#[test]
fn searches_do_not_delay_lookups_by_key_on_mongodb() {
    if let Some(database) = TestDatabase::in_mongodb() {
        let size = Size {
            events: 20,
            time: Duration::from_secs(5),
        };
        attack(&database, &size);
    }
}

fn attack(database: &TestDatabase, size: &Size) {
    plan_events(database, size.events);
    let folder = tempfile::tempdir().expect("makes a folder");
    let environment = [
        ("DATABASE_URL", database.url()),
        ("SECRET_KEY", "a secret key for the tests of searches"),
        // Every request reads its session from the store.
        ("GUESTLIST_SESSIONS__RECHECK", "0"),
        ("GUESTLIST_PASSWORDS__WAIT", "30"),
    ];
    let server = Server::start(folder.path(), &environment);
    let mut ada = Client::connect(server.address()).expect("connects");
    ada.sign_up("ada@example.com").expect("signs up");
    let token = ada.sign_in("ada@example.com").expect("signs in").tokens();

    let ended = AtomicBool::new(false);
    let (searches, reads, changes) = thread::scope(|scope| {
        let ends = StopOnDrop(&ended);
        let searchers: Vec<_> = (0..SEARCHERS)
            .map(|number| {
                let (ended, server) = (&ended, &server);
                scope.spawn(move || search(server, number, ended))
            })
            .collect();
        let (reads, changes) = measure(&mut ada, &token.access, size.time);
        drop(ends);
        let searches = searchers.into_iter().map(|s| s.join().expect("searches"));
        (searches.collect::<Vec<_>>().concat(), reads, changes)
    });

    let answered = |wanted: u16| searches.iter().filter(|status| **status == wanted).count();
    tell(&format!(
        "{} searches: {} answered, {} answered with 503",
        searches.len(),
        answered(200),
        answered(503)
    ));
    assert_eq!(
        answered(200) + answered(503),
        searches.len(),
        "{searches:?}"
    );
    figures("changes", &changes);
    let (p50, p99) = figures("lookups by key", &reads);
    assert!(p50 <= P50 && (!is_whole() || p99 <= P99));
    assert_becomes_idle(&server);
}

/// Prints the figures of a kind of request, and returns the 50th and the 99th percentile.
fn figures(what: &str, took: &[Duration]) -> (Duration, Duration) {
    let of_100 = |part: usize| took[took.len() * part / 100];
    let (p50, p99, longest) = (of_100(50), of_100(99), took[took.len() - 1]);
    let number = took.len();
    tell(&format!(
        "{number} {what} during the searches: p50 {p50:?}, p99 {p99:?}, longest {longest:?}"
    ));
    (p50, p99)
}

#[expect(clippy::print_stdout, reason = "these are the figures of the run")]
fn tell(line: &str) {
    println!("{line}");
}

/// Covers everything that lists events: the API, the pages, and the FastAPI-book addresses.
#[test]
fn lists_above_the_limit_are_refused_with_a_reason_and_counted() {
    let database = TestDatabase::in_sqlite();
    plan_events(&database, 1_000);
    let (folder, metrics) = (tempfile::tempdir().expect("makes a folder"), free_address());
    let environment = [
        ("DATABASE_URL", database.url()),
        ("GUESTLIST_LIMITS__LISTS_WAITING", "1"),
        ("GUESTLIST_METRICS__LISTEN", &metrics),
    ];
    let server = Server::start(folder.path(), &environment);
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let _stop = StopOnDrop(&ended);
        for _ in 0..SEARCHERS {
            scope.spawn(|| search(&server, 0, &ended));
        }
        for (request, accept, form) in [
            ("GET /api/v1/events", "application/json", r#""code":"busy""#),
            ("GET /event/", "*/*", r#"{"detail":"too many lists"#),
            ("GET /events", "text/html", "<html"),
        ] {
            let refused = (0..500).find_map(|_| {
                let head = format!("{request} HTTP/1.1\nAccept: {accept}");
                let answer = server.send(&head, "");
                answer.starts_with("HTTP/1.1 503").then_some(answer)
            });
            let refused = refused.expect("one of 500 is refused");
            assert!(refused.contains(form), "{request}: {refused}");
            let head = refused.to_ascii_lowercase();
            assert!(head.contains("\r\nretry-after: "), "{request}: {refused}");
        }
    });
    let counted = send(&metrics, "GET /metrics HTTP/1.1", "");
    let line = counted
        .lines()
        .find(|line| line.starts_with(r#"limit_refusals_total{limit="lists_waiting"}"#));
    let number = line.and_then(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok());
    assert!(number.is_some_and(|number| number >= 3), "{counted}");
}

/// Stores `number` long events of one user directly, as if they had been created by requests.
#[tokio::main(flavor = "current_thread")]
async fn plan_events(database: &TestDatabase, number: usize) {
    let stores = Stores::open(database.url()).await.expect("opens");
    let creator = user("busy@example.com");
    stores
        .accounts
        .insert_user(&creator)
        .await
        .expect("inserts");
    let event = |number: usize| Event {
        id: EventId::new(creator.created_at),
        creator: creator.id,
        fields: EventFields {
            title: format!("Event {number}"),
            description: "a".repeat(DESCRIPTION),
            image: None,
            tags: vec![],
            location: None,
            online_url: None,
            when: When::UNDECIDED,
            capacity: None,
            visibility: Visibility::Public,
        },
        created_at: creator.created_at,
        updated_at: creator.created_at,
        version: Version::FIRST,
        fingerprint: None,
    };
    let events: Vec<_> = (0..number).map(event).collect();
    for some in events.chunks(250) {
        let put = stores.archives().planner.put_all(some).await;
        put.expect("puts");
    }
    stores.close().await.expect("closes");
}

/// Searches until the attack ends, and returns the statuses. Every second client closes its
/// connection in the middle of a search.
fn search(server: &Server, number: usize, ended: &AtomicBool) -> Vec<u16> {
    let words = format!("{}b", "a".repeat(99));
    let request = format!("GET /api/v1/events?q={words}");
    let mut statuses = vec![];
    while !ended.load(Ordering::Relaxed) {
        let mut client = Client::connect(server.address()).expect("connects");
        if !number.is_multiple_of(2) {
            let head = format!("{request} HTTP/1.1\r\nHost: x\r\n\r\n");
            client.begin(&head).expect("is sent");
            thread::sleep(Duration::from_millis(200));
            continue;
        }
        let reply = client.ask(&request, &[], "application/json", "");
        statuses.push(reply.expect("is answered").status);
    }
    statuses
}

/// Reads the own account again and again, and sometimes creates an event. Returns the sorted
/// response times of the reads and of the changes.
#[expect(
    clippy::disallowed_methods,
    reason = "the real time is what is measured"
)]
fn measure(client: &mut Client, token: &str, time: Duration) -> (Vec<Duration>, Vec<Duration>) {
    let began = Instant::now();
    let (mut reads, mut changes) = (vec![], vec![]);
    while began.elapsed() < time {
        let asked = Instant::now();
        let reply = client.me(token).expect("is answered");
        reads.push(asked.elapsed());
        assert_eq!(reply.status, 200, "{reply:?}");
        if reads.len() % READS_PER_CHANGE == 0 {
            let asked = Instant::now();
            let reply = client.create_event(token, "Tea").expect("is answered");
            changes.push(asked.elapsed());
            assert_eq!(reply.status, 201, "{reply:?}");
        }
        thread::sleep(Duration::from_millis(2));
    }
    reads.sort();
    changes.sort();
    (reads, changes)
}

/// Stops the attack when it is dropped, also after a panic.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Asserts that the abandoned searches end: soon the server uses no more processor time.
fn assert_becomes_idle(server: &Server) {
    if !cfg!(target_os = "linux") {
        return;
    }
    const WINDOW: Duration = Duration::from_millis(500);
    for _ in 0..20 {
        let before = ticks(server);
        thread::sleep(WINDOW);
        // A tick is a hundredth of a second.
        if ticks(server) - before <= 10 {
            return;
        }
    }
    panic!("the server still works ten seconds after all clients have left");
}

/// The processor time that the server has used, in hundredths of a second.
fn ticks(server: &Server) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", server.process())).expect("reads");
    let (_, fields) = stat.rsplit_once(") ").expect("has a name in parentheses");
    let fields: Vec<_> = fields.split(' ').collect();
    // The state is field 3 and follows the name. User and system time are fields 14 and 15.
    let time = |field: usize| fields[field - 3].parse::<u64>().expect("is a number");
    time(14) + time(15)
}
