//! Eight users with many long events export them again and again, while other users send short
//! requests.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Duration,
};

use futures_util::future::join_all;
use guestlist::{Client as From, Guestlist, Password, PasswordCost, SecretKey, Wanted, testing};
use guestlist_server::database::Stores;
use planner::{EventDraft, Planner};
use tokio::time::Instant;

use super::{is_whole, resident_bytes};
use crate::{
    binary::Server,
    client::Client,
    test_app::{PASSWORD, SECRET},
};

const USERS: usize = 8;
const PATHS: [&str; 2] = ["/account/data.json", "/account/events.ics"];
/// The pause of each of the other users, so that the server is idle most of the time without the
/// attack.
const PAUSE: Duration = Duration::from_millis(4);

/// A server, and the credentials of its users.
struct Attack {
    server: Server,
    _folder: tempfile::TempDir,
    cookies: Vec<String>,
    token: String,
}

impl Attack {
    /// Starts a server where user `n` has `events(n)` events of `length` bytes.
    fn prepare(events: impl Fn(usize) -> usize, length: usize) -> Self {
        let folder = tempfile::tempdir().expect("makes a folder");
        let url = format!(
            "sqlite:{}",
            folder.path().join("guestlist.sqlite").display()
        );
        let runtime = tokio::runtime::Runtime::new().expect("starts");
        let (cookies, token) = runtime.block_on(fill(&url, events, length));
        let secret = String::from_utf8_lossy(SECRET);
        let environment = [("DATABASE_URL", &*url), ("SECRET_KEY", &secret)];
        let server = Server::start(folder.path(), &environment);
        Self {
            server,
            _folder: folder,
            cookies,
            token,
        }
    }

    /// Two other users send `times` requests. Returns the sorted response times.
    fn others_ask(&self, times: usize) -> Vec<Duration> {
        let ask = || {
            let mut client = Client::connect(self.server.address()).expect("connects");
            let mut took = Vec::with_capacity(times / 2);
            for _ in 0..times / 2 {
                let began = Instant::now();
                let reply = client.me(&self.token).expect("is answered");
                took.push(began.elapsed());
                assert_eq!(reply.status, 200, "{reply:?}");
                thread::sleep(PAUSE);
            }
            took
        };
        let mut took = thread::scope(|scope| {
            let askers = [scope.spawn(ask), scope.spawn(ask)];
            askers.map(|asker| asker.join().expect("asks")).concat()
        });
        took.sort_unstable();
        took
    }

    /// Requests an export and reads it. Returns its length and its last bytes.
    fn export(&self, user: usize, line: &str) -> io::Result<(u64, String)> {
        let mut stream = self.ask(user, line)?;
        let (mut read, mut tail, mut bytes) = (0, Vec::new(), vec![0; 64 * 1024]);
        loop {
            let many = stream.read(&mut bytes)?;
            if many == 0 {
                return Ok((read, String::from_utf8_lossy(&tail).into_owned()));
            }
            read += u64::try_from(many).unwrap_or(0);
            tail.extend_from_slice(&bytes[..many]);
            tail.drain(..tail.len().saturating_sub(1_024));
        }
    }

    fn ask(&self, user: usize, line: &str) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(self.server.address())?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let cookie = &self.cookies[user];
        write!(
            stream,
            "{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: guestlist={cookie}\r\nConnection: close\r\n\r\n"
        )?;
        Ok(stream)
    }
}

/// Creates the users with their events, and a browser session for each. Returns the cookies, and
/// the access token of one more user.
async fn fill(url: &str, events: impl Fn(usize) -> usize, length: usize) -> (Vec<String>, String) {
    let stores = Stores::open(url).await.expect("opens");
    let secret = SecretKey::new(SECRET).expect("is a key");
    let guestlist = Guestlist::builder_over(stores.accounts.clone(), secret)
        .password_cost(PasswordCost::for_tests())
        .build()
        .expect("builds");
    let clock = std::sync::Arc::new(guestlist::SystemClock::new());
    let planner = Planner::new(stores.planner.clone(), clock).events_per_user(u32::MAX);
    let mut cookies = Vec::new();
    for number in 0..USERS {
        let email = testing::email(&format!("user{number}@example.com"));
        let signed_up = guestlist
            .sign_up(email.clone(), Password::new(PASSWORD))
            .await;
        let user = signed_up.expect("signs up").id;
        let password = Password::new(PASSWORD);
        let signed_in = guestlist.sign_in(Some(&email), password, From::default(), Wanted::Cookie);
        cookies.push(
            signed_in
                .await
                .expect("signs in")
                .access_token
                .expose()
                .to_owned(),
        );
        for some in (0..events(number)).collect::<Vec<_>>().chunks(100) {
            let made = some
                .iter()
                .map(async |number| planner.create_event(user, &event(*number, length)).await);
            for made in join_all(made).await {
                made.expect("makes");
            }
        }
    }
    let email = testing::email("asks@example.com");
    let signed_up = guestlist
        .sign_up(email.clone(), Password::new(PASSWORD))
        .await;
    signed_up.expect("signs up");
    let password = Password::new(PASSWORD);
    let signed_in = guestlist.sign_in(Some(&email), password, From::default(), Wanted::DATABASE);
    let token = signed_in
        .await
        .expect("signs in")
        .access_token
        .expose()
        .to_owned();
    drop((guestlist, planner));
    stores.close().await.expect("closes");
    (cookies, token)
}

/// An event whose description has `length` bytes and the largest number of characters that is
/// allowed.
fn event(number: usize, length: usize) -> EventDraft {
    EventDraft {
        title: format!("Event {number}"),
        description: "\u{1f389}".repeat(length / 4),
        location: Some("London; or, the place to be".to_owned()),
        visibility: Some("unlisted".to_owned()),
        ..EventDraft::default()
    }
}

fn p99(sorted: &[Duration]) -> Duration {
    sorted[sorted.len() * 99 / 100]
}

#[test]
#[expect(clippy::print_stderr, reason = "figures for docs/reliability.md")]
fn exports_do_not_delay_other_users_and_use_little_memory() {
    let (events, length, times) = if is_whole() {
        (2_000, 40_000, 4_000)
    } else {
        (40, 40_000, 300)
    };
    let attack = Attack::prepare(|_| events, length);
    let process = attack.server.id();
    attack.others_ask(times / 4);
    let quiet = attack.others_ask(times);
    let before = resident_bytes(process).unwrap_or(0);
    let (is_over, peak) = (AtomicBool::new(false), AtomicU64::new(before));
    let (asked, exported) = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let now = resident_bytes(process).unwrap_or(0);
                peak.fetch_max(now, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(20));
            }
        });
        let exporters: Vec<_> = (0..USERS)
            .map(|user| {
                let (attack, is_over) = (&attack, &is_over);
                scope.spawn(move || {
                    let (mut whole, mut paths) = (0, PATHS.iter().cycle().skip(user));
                    while !is_over.load(Ordering::Relaxed) {
                        let path = paths.next().expect("is endless");
                        let (length, end) = attack
                            .export(user, &format!("GET {path}"))
                            .expect("is answered");
                        let is_whole = end.contains("]}") || end.contains("END:VCALENDAR");
                        assert!(is_whole, "{length} bytes, and then {end:?}");
                        whole += 1;
                    }
                    whole
                })
            })
            .collect();
        thread::sleep(Duration::from_millis(200));
        let asked = attack.others_ask(times);
        is_over.store(true, Ordering::Relaxed);
        let exported = exporters
            .into_iter()
            .map(|one| one.join().expect("exports"));
        (asked, exported.sum::<usize>())
    });
    let grown = peak.load(Ordering::Relaxed).saturating_sub(before);
    let (quiet, busy, longest) = (p99(&quiet), p99(&asked), asked.last().expect("asked"));
    eprintln!(
        "{USERS} concurrent exports of {events} events of {length} bytes: p99 of GET /me {quiet:?} quiet, {busy:?} meanwhile, \
         the longest {longest:?}; {} MiB before, {} MiB more at most; {exported} complete exports",
        before >> 20,
        grown >> 20,
    );
    assert!(exported > 0);
    assert!(*longest < Duration::from_secs(3), "{longest:?}");
    assert!(grown < 150 << 20, "{} MiB", grown >> 20);
}

#[test]
#[expect(clippy::print_stderr, reason = "figures for docs/reliability.md")]
fn a_user_has_one_export_at_a_time_and_head_is_fast() {
    let attack = Attack::prepare(|user| if user == 0 { 500 } else { 1 }, 40_000);
    // The rest is not read: the export stays active, and only a part of it is generated.
    let mut slow = attack.ask(0, "GET /account/data.json").expect("is asked");
    let mut status = [0; 12];
    slow.read_exact(&mut status).expect("is answered");
    assert_eq!(&status, b"HTTP/1.1 200");
    let (_, refused) = attack
        .export(0, "GET /account/events.ics")
        .expect("is answered");
    assert!(refused.contains("too_many_exports"), "{refused}");
    let head = |user| {
        let began = Instant::now();
        let (length, _) = attack
            .export(user, "HEAD /account/events.ics")
            .expect("is answered");
        assert!(length < 2_000, "{length}");
        began.elapsed()
    };
    let took: Vec<_> = (0..20).map(|number| head(number % USERS)).collect();
    eprintln!("HEAD took {:?} at most", took.iter().max());
    drop(slow);
    let began = Instant::now();
    loop {
        let (_, end) = attack
            .export(0, "GET /account/events.ics")
            .expect("is answered");
        if end.contains("END:VCALENDAR") {
            break;
        }
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "the first export did not end"
        );
        thread::sleep(Duration::from_millis(50));
    }
}
