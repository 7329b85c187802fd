//! `kill -9` of the server while mails are queued and sent: no mail is lost, and no mail that was
//! noted as sent is sent again.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

use rusqlite::Connection;
use serde_json::json;
use tokio::time::Instant;

use super::{
    server::{MailServer, wait_until},
    site::Site,
};
use crate::{client::Client, test_app::PASSWORD};

/// How many visitors sign up at the same time.
const VISITORS: u32 = 4;
/// How long the mail server takes for a mail, in seconds: some mails are under way at each kill.
const DELAY: &str = "0.05";
/// How long no other server takes the mails that a killed one had taken, in seconds.
const LEASE: i64 = 180;

/// How often the server is killed. `CRASHES` sets more.
fn kills() -> u32 {
    let asked = env::var("CRASHES").ok();
    asked.map_or(3, |text| text.parse().expect("CRASHES is a number"))
}

/// Signs up with new addresses until the server is gone. Returns the addresses whose sign-up was
/// acknowledged.
fn sign_ups(address: &str, visitor: u32, next: &AtomicU32) -> Vec<String> {
    let mut acknowledged = Vec::new();
    let Ok(mut client) = Client::connect(address) else {
        return acknowledged;
    };
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let email = format!("visitor{visitor}.{number}@example.com");
        let body = json!({ "email": email, "password": PASSWORD }).to_string();
        match client.ask("POST /api/v1/users", &[], "application/json", &body) {
            Ok(reply) => assert_eq!(reply.status, 202, "{reply:?}"),
            Err(_) => return acknowledged,
        }
        acknowledged.push(email);
    }
}

/// The ids and attempts of the mails that are noted as sent.
fn noted_as_sent(site: &Site) -> BTreeMap<String, i64> {
    let file = site.installation.folder().join("data/guestlist.sqlite");
    let file = Connection::open(file).expect("opens");
    let sql = "SELECT lower(hex(id)), attempt FROM messages WHERE state = 'sent'";
    let mut rows = file.prepare(sql).expect("reads");
    let rows = rows.query_map((), |row| Ok((row.get(0)?, row.get(1)?)));
    rows.expect("reads")
        .map(|row| row.expect("reads"))
        .collect()
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "the figures are for docs/reliability.md"
)]
fn after_kills_every_acknowledged_mail_is_sent() {
    let Some(mails) = MailServer::start(&["--delay", DELAY]) else {
        return;
    };
    let (site, began) = (Site::sending_to(&mails), Instant::now());
    let (next, mut acknowledged) = (AtomicU32::new(0), Vec::new());
    let mut noted = BTreeMap::new();
    for kill in 0..kills() {
        let server = site.start();
        // From the middle of the first sign-ups to the middle of the sending after two seconds.
        let load = Duration::from_millis(400 + u64::from(kill * 739 % 2_400));
        let address = server.address().to_owned();
        thread::scope(|scope| {
            let visit = |visitor| {
                let (address, next) = (&address, &next);
                scope.spawn(move || sign_ups(address, visitor, next))
            };
            let visits: Vec<_> = (0..VISITORS).map(visit).collect();
            thread::sleep(load);
            server.kill();
            for visit in visits {
                acknowledged.extend(visit.join().expect("does not panic"));
            }
        });
        let sent = noted_as_sent(&site);
        for (id, attempt) in &noted {
            assert_eq!(
                sent.get(id),
                Some(attempt),
                "a mail that was sent is not noted"
            );
        }
        noted = sent;
        site.mails_are_due_earlier(LEASE);
    }
    let server = site.start();
    site.mails_are_due_earlier(LEASE);
    wait_until("all mails", || site.outbox("queued").is_empty());
    server.stop();

    let mut copies: BTreeMap<String, u32> = BTreeMap::new();
    let mut reached = BTreeSet::new();
    for mail in mails.taken() {
        *copies
            .entry(mail.header("Message-ID").to_owned())
            .or_default() += 1;
        reached.insert(mail.to().to_owned());
    }
    let lost: Vec<_> = acknowledged
        .iter()
        .filter(|email| !reached.contains(*email))
        .collect();
    assert!(lost.is_empty(), "{lost:?}");
    let doubled = copies.values().filter(|copies| **copies > 1).count();
    println!(
        "{} kills in {:.0?}: {} sign-ups acknowledged, {} mails, none lost, {doubled} sent twice",
        kills(),
        began.elapsed(),
        acknowledged.len(),
        copies.len(),
    );
}
