//! Strangers search all events at once. Whoever is signed in must be answered all the same, and what the strangers gave
//! up must not run on.
//!
//! The events and the words are chosen so that a search costs much: each character of each event is a place where the
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
    place::Place,
};

const STRANGERS: usize = 16;
/// The most that an event may say.
const DESCRIPTION: usize = 10_000;
/// By key, in the whole form, 99 of 100 answers come within this time.
const P99: Duration = Duration::from_millis(20);
/// Half of the answers by key come within this time, also on a machine whose cores are taken. When they waited behind
/// searches they took a second.
const P50: Duration = Duration::from_millis(300);
/// After so many looks comes a change.
const LOOKS: usize = 20;

/// How much is attacked.
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
fn who_searches_keeps_nobody_waiting_who_is_looked_up_by_key_on_sqlite() {
    attack(&Place::in_sqlite(), &Size::of_this_run());
}

#[test]
fn who_searches_keeps_nobody_waiting_who_is_looked_up_by_key_on_postgresql() {
    if let Some(place) = Place::in_postgres() {
        attack(&place, &Size::of_this_run());
    }
}

/// With few events: mongo-java-server, which stands in for MongoDB, pays no heed to `maxTimeMS`, and with a thousand events it
/// did not answer look-ups in time either.
#[test]
fn who_searches_keeps_nobody_waiting_who_is_looked_up_by_key_on_mongodb() {
    if let Some(place) = Place::in_mongodb() {
        let size = Size {
            events: 20,
            time: Duration::from_secs(5),
        };
        attack(&place, &size);
    }
}

fn attack(place: &Place, size: &Size) {
    plan_events(place, size.events);
    let folder = tempfile::tempdir().expect("makes a folder");
    let environment = [
        ("DATABASE_URL", place.url()),
        ("SECRET_KEY", "a secret for searches that nobody else has"),
        // Every request looks its session up.
        ("GUESTLIST_SESSIONS__RECHECK", "0"),
        ("GUESTLIST_PASSWORDS__WAIT", "30"),
    ];
    let server = Server::start(folder.path(), &environment);
    let mut ada = Client::connect(server.address()).expect("connects");
    ada.sign_up("ada@example.com").expect("signs up");
    let token = ada.sign_in("ada@example.com").expect("signs in").tokens();

    let ended = AtomicBool::new(false);
    let (searches, looks, changes) = thread::scope(|scope| {
        let ends = Ends(&ended);
        let strangers: Vec<_> = (0..STRANGERS)
            .map(|number| {
                let (ended, server) = (&ended, &server);
                scope.spawn(move || search(server, number, ended))
            })
            .collect();
        let (looks, changes) = look(&mut ada, &token.access, size.time);
        drop(ends);
        let searches = strangers.into_iter().map(|s| s.join().expect("searches"));
        (searches.collect::<Vec<_>>().concat(), looks, changes)
    });

    let answered = |wanted: u16| searches.iter().filter(|status| **status == wanted).count();
    tell(&format!(
        "{} searches: {} answered, {} told to come back later",
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
    let (p50, p99) = figures("looks by key", &looks);
    assert!(p50 <= P50 && (!is_whole() || p99 <= P99));
    rests(&server);
}

/// Half of the answers took no longer than the first, 99 of 100 no longer than the second.
fn figures(what: &str, took: &[Duration]) -> (Duration, Duration) {
    let of_100 = |part: usize| took[took.len() * part / 100];
    let (p50, p99, longest) = (of_100(50), of_100(99), took[took.len() - 1]);
    let number = took.len();
    tell(&format!(
        "{number} {what} beside them: p50 {p50:?}, p99 {p99:?}, longest {longest:?}"
    ));
    (p50, p99)
}

#[expect(clippy::print_stdout, reason = "these are the figures of the run")]
fn tell(line: &str) {
    println!("{line}");
}

/// On every front that lists events: the API, pages, and the addresses of the book.
#[test]
fn lists_for_which_there_is_no_room_are_refused_with_a_reason_and_counted() {
    let place = Place::in_sqlite();
    plan_events(&place, 1_000);
    let (folder, metrics) = (tempfile::tempdir().expect("makes a folder"), free_address());
    let environment = [
        ("DATABASE_URL", place.url()),
        ("GUESTLIST_LIMITS__LISTS_WAITING", "1"),
        ("GUESTLIST_METRICS__LISTEN", &metrics),
    ];
    let server = Server::start(folder.path(), &environment);
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let _ends = Ends(&ended);
        for _ in 0..STRANGERS {
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
            let refused = refused.expect("is refused sooner or later");
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

/// Keeps that many long events of one user, as they would be after many requests.
#[tokio::main(flavor = "current_thread")]
async fn plan_events(place: &Place, number: usize) {
    let stores = Stores::open(place.url()).await.expect("opens");
    let creator = user("busy@example.com");
    stores.door.insert_user(&creator).await.expect("inserts");
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

/// Searches until the attack ends; every second stranger goes away in the middle of a search instead of waiting for its
/// answer. The statuses of all answers.
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

/// Looks at the own account again and again, and plans an event now and then. How long each answer took, the shortest
/// first: of looks, and of changes.
#[expect(
    clippy::disallowed_methods,
    reason = "the real time is what is measured"
)]
fn look(client: &mut Client, token: &str, time: Duration) -> (Vec<Duration>, Vec<Duration>) {
    let began = Instant::now();
    let (mut looks, mut changes) = (vec![], vec![]);
    while began.elapsed() < time {
        let asked = Instant::now();
        let reply = client.me(token).expect("is answered");
        looks.push(asked.elapsed());
        assert_eq!(reply.status, 200, "{reply:?}");
        if looks.len() % LOOKS == 0 {
            let asked = Instant::now();
            let reply = client.create_event(token, "Tea").expect("is answered");
            changes.push(asked.elapsed());
            assert_eq!(reply.status, 201, "{reply:?}");
        }
        thread::sleep(Duration::from_millis(2));
    }
    looks.sort();
    changes.sort();
    (looks, changes)
}

/// Ends the attack, also when something went wrong.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The searches that the strangers left behind end: the server soon uses no time any more.
fn rests(server: &Server) {
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
    panic!("the server still works ten seconds after everybody has left");
}

/// The time that the server has used, in hundredths of a second.
fn ticks(server: &Server) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", server.process())).expect("reads");
    let (_, fields) = stat.rsplit_once(") ").expect("has a name in parentheses");
    let fields: Vec<_> = fields.split(' ').collect();
    // After the name comes the state, which is field 3; the times of user and system are fields 14 and 15.
    let time = |field: usize| fields[field - 3].parse::<u64>().expect("is a number");
    time(14) + time(15)
}
