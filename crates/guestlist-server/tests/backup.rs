//! `guestlist backup` and `guestlist restore`, as an operator runs them beside a running server.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use rusqlite::Connection;

use crate::{
    binary::{FORM, JSON, Server, field},
    secret_key::BASE_URL,
    users::Installation,
};

const ADA: &str = r#"{"email":"ada@example.com","password":"exemplary words"}"#;
const ADAS: &str = "username=ada%40example.com&password=exemplary+words";
const DATABASE: &str = "data/guestlist.sqlite";

fn sign_up(server: &Server) {
    let head = format!("POST /user/signup HTTP/1.1\n{JSON}");
    let answer = server.send(&head, ADA);
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
}

/// Signs Ada in and returns the `Authorization` header of her requests.
fn sign_in(server: &Server) -> String {
    let head = format!("POST /user/signin HTTP/1.1\n{FORM}");
    let answer = server.send(&head, ADAS);
    format!("Authorization: Bearer {}", field(&answer, "access_token"))
}

fn opens(server: &Server, authorization: &str) -> bool {
    let answer = server.send(&format!("GET /api/v1/me HTTP/1.1\n{authorization}"), "");
    let opens = answer.starts_with("HTTP/1.1 200");
    assert!(opens || answer.starts_with("HTTP/1.1 401"), "{answer}");
    opens
}

fn plan(server: &Server, authorization: &str, title: &str) {
    let head = format!("POST /event/new HTTP/1.1\n{JSON}\n{authorization}");
    let event =
        format!(r#"{{"title":"{title}","image":"","description":"","tags":[],"location":""}}"#);
    let answer = server.send(&head, &event);
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
}

fn titles(file: &Path) -> Vec<String> {
    let file = Connection::open(file).expect("opens");
    let mut titles = file.prepare("SELECT title FROM events").expect("reads");
    let titles = titles.query_map((), |row| row.get(0)).expect("reads");
    titles.map(|title| title.expect("reads")).collect()
}

/// Stops the writers when it is dropped, also after a panic.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Returns the number of titles of each writer. Asserts that no number is missing.
fn last_of_each(titles: &[String]) -> BTreeMap<String, usize> {
    let mut numbers = BTreeMap::<String, Vec<usize>>::new();
    for title in titles {
        let (who, number) = title.split_once(' ').expect("has two parts");
        let number = number.parse().expect("is a number");
        numbers.entry(who.to_owned()).or_default().push(number);
    }
    let last = |(who, mut numbers): (String, Vec<usize>)| {
        numbers.sort_unstable();
        let expected: Vec<_> = (0..numbers.len()).collect();
        assert_eq!(numbers, expected, "a title of {who} is missing");
        (who, numbers.len())
    };
    numbers.into_iter().map(last).collect()
}

#[test]
fn a_backup_of_a_running_server_has_every_write_acknowledged_before_it_began() {
    let installation = Installation::in_a_file();
    let server = Server::start(installation.folder(), &[]);
    sign_up(&server);
    let authorization = sign_in(&server);
    let acknowledged = Mutex::new(BTreeMap::<String, usize>::new());
    let enough = AtomicBool::new(false);
    thread::scope(|scope| {
        for who in ["a", "b", "c", "d"] {
            let (server, authorization) = (&server, &authorization);
            let (acknowledged, enough) = (&acknowledged, &enough);
            scope.spawn(move || {
                for number in 0.. {
                    if enough.load(Ordering::Relaxed) {
                        break;
                    }
                    plan(server, authorization, &format!("{who} {number}"));
                    let mut acknowledged = acknowledged.lock().expect("is whole");
                    acknowledged.insert(who.to_owned(), number + 1);
                }
            });
        }
        let _stop = StopOnDrop(&enough);
        for name in ["first.sqlite", "second.sqlite", "third.sqlite"] {
            let before = acknowledged.lock().expect("is whole").clone();
            let said = installation.runs(&[], &["backup", name]).success();
            assert!(said.starts_with(&format!("{name}: ")), "{said}");
            assert!(
                said.contains("users 1\nThe secret key is not in it"),
                "{said}"
            );
            let kept = last_of_each(&titles(&installation.folder().join(name)));
            for (who, number) in before {
                assert!(
                    kept.get(&who) >= Some(&number),
                    "{who}: {kept:?}, not {number}"
                );
            }
        }
    });
    let first = titles(&installation.folder().join("first.sqlite")).len();
    let third = titles(&installation.folder().join("third.sqlite")).len();
    assert!(
        first < third,
        "the server stored no event between the backups: {first}, {third}"
    );
    server.stop();
}

#[test]
fn a_restore_needs_a_stopped_server_and_keeps_the_replaced_database() {
    let installation = Installation::in_a_file();
    let server = Server::start(installation.folder(), &[BASE_URL]);
    sign_up(&server);
    let held = sign_in(&server);
    plan(&server, &held, "before");
    installation.runs(&[], &["backup", "b.sqlite"]).success();
    assert!(opens(&server, &held));
    plan(&server, &sign_in(&server), "after");
    for arguments in [
        vec!["restore", "b.sqlite"],
        vec!["restore", "b.sqlite", "--replace"],
    ] {
        let complaint = installation.runs(&[], &arguments).failure();
        assert!(complaint.contains("stop the server"), "{complaint}");
    }
    plan(&server, &sign_in(&server), "after a refusal");
    server.stop();

    let complaint = installation.runs(&[], &["restore", "b.sqlite"]).failure();
    assert!(complaint.contains("--replace"), "{complaint}");
    let said = installation
        .runs(&[], &["restore", "b.sqlite", "--replace"])
        .success();
    let (_, kept) = said.split_once("kept in ").expect(&said);
    let kept = installation
        .folder()
        .join(kept.trim().trim_end_matches('.'));
    let mut before = titles(&kept);
    before.sort();
    assert_eq!(before, ["after", "after a refusal", "before"]);

    let server = Server::start(installation.folder(), &[BASE_URL]);
    assert!(!opens(&server, &held), "a restore ends all sessions");
    sign_in(&server);
    let events = server.send("GET /event/ HTTP/1.1", "");
    assert_eq!(events.matches("\"title\"").count(), 1, "{events}");
    assert_eq!(field(&events, "title"), "before");
    server.stop();
}

/// The session was signed out after the backup, so the backup has it as active.
#[test]
fn a_restore_brings_an_ended_session_back_only_with_keep_sessions() {
    let installation = Installation::in_a_file();
    let server = Server::start(installation.folder(), &[BASE_URL]);
    sign_up(&server);
    let held = sign_in(&server);
    installation
        .runs(&[], &["tokens", "issue", "--service", "gateway"])
        .success();
    installation.runs(&[], &["backup", "b.sqlite"]).success();
    let ended = server.send(
        &format!("DELETE /api/v1/sessions/current HTTP/1.1\n{held}"),
        "",
    );
    assert!(ended.starts_with("HTTP/1.1 204"), "{ended}");
    assert!(!opens(&server, &held));
    server.stop();
    let restore = ["restore", "b.sqlite", "--replace"];
    for (flag, comes_back, said) in [
        (None, false, "tokens of services removed: 1."),
        (
            Some("--keep-sessions"),
            true,
            "including those that were ended later",
        ),
    ] {
        let arguments: Vec<_> = restore.into_iter().chain(flag).collect();
        let told = installation.runs(&[], &arguments).success();
        assert!(told.contains(said), "{told}");
        let listed = installation.runs(&[], &["tokens", "list"]).success();
        assert_eq!(listed.contains("gateway"), comes_back, "{listed}");
        let server = Server::start(installation.folder(), &[BASE_URL]);
        assert_eq!(opens(&server, &held), comes_back, "{flag:?}");
        sign_in(&server);
        server.stop();
    }
}

#[test]
fn a_restore_into_an_empty_folder_makes_an_installation() {
    let (installation, other) = (Installation::in_a_file(), Installation::in_a_file());
    let server = Server::start(installation.folder(), &[]);
    sign_up(&server);
    server.stop();
    installation.runs(&[], &["backup", "b.sqlite"]).success();
    let moved = other.folder().join("b.sqlite");
    fs::rename(installation.folder().join("b.sqlite"), &moved).expect("moves");
    let said = other.runs(&[], &["restore", "b.sqlite"]).success();
    assert!(
        said.contains("Copy the key of that time to ./data/secret.key"),
        "{said}"
    );
    let key = "data/secret.key";
    fs::copy(installation.folder().join(key), other.folder().join(key)).expect("copies");
    let server = Server::start(other.folder(), &[]);
    sign_in(&server);
    server.stop();
}

#[test]
fn a_backup_or_restore_that_cannot_work_is_refused_and_changes_nothing() {
    let installation = Installation::in_a_file();
    installation.install();
    let database = installation.folder().join(DATABASE);
    installation.runs(&[], &["backup", "b.sqlite"]).success();
    let whole = fs::read(installation.folder().join("b.sqlite")).expect("reads");
    installation.write("cut.sqlite", &whole[..whole.len() / 2]);
    let mut scrambled = whole.clone();
    scrambled[8_192..12_288].fill(0x5a);
    installation.write("scrambled.sqlite", scrambled);
    let newer = installation.folder().join("newer.sqlite");
    fs::write(&newer, &whole).expect("writes");
    let newest =
        "INSERT INTO planner_migrations VALUES (999, 'future', '2030-01-01T00:00:00Z', '1')";
    let future = Connection::open(&newer).and_then(|newer| newer.execute(newest, ()));
    future.expect("inserts");
    let before = fs::read(&database).expect("reads");
    let postgres = [
        ("DATABASE_URL", "postgres://ada:secret@localhost/planner"),
        ("SECRET_KEY", "0123456789abcdef0123456789abcdef"),
    ];
    let mongodb = [
        ("DATABASE_URL", "mongodb://localhost/planner"),
        ("SECRET_KEY", "0123456789abcdef0123456789abcdef"),
    ];
    for (environment, arguments, words) in [
        (&[][..], ["backup", "b.sqlite"], "is there already"),
        (&[], ["backup", "-"], "use the name of a new file"),
        (&[], ["backup", "no/where"], "cannot write no/where"),
        (&[], ["restore", "cut.sqlite"], "cut.sqlite"),
        (&[], ["restore", "scrambled.sqlite"], "scrambled.sqlite"),
        (&[], ["restore", "newer.sqlite"], "update this program"),
        (&[], ["restore", "missing"], "cannot read missing"),
        (&[], ["restore", DATABASE], "is the database itself"),
        (&postgres, ["backup", "c"], "pg_dump"),
        (&postgres, ["restore", "b.sqlite"], "pg_restore"),
        (&mongodb, ["backup", "c"], "mongodump"),
        (&mongodb, ["restore", "b.sqlite"], "mongorestore"),
    ] {
        let complaint = installation.runs(environment, &arguments).failure();
        assert!(complaint.contains(words), "{arguments:?}: {complaint}");
        assert!(!complaint.contains("secret@"), "{complaint}");
        assert_eq!(fs::read(&database).expect("reads"), before, "{arguments:?}");
    }
    assert!(!installation.folder().join("c").exists());
}

/// A limit on the file size stands for a full disk, because it needs no privileges.
#[cfg(unix)]
#[test]
fn a_backup_that_does_not_fit_leaves_no_file() {
    let installation = Installation::in_a_file();
    installation.install();
    let line = "trap '' XFSZ; ulimit -f 40; guestlist backup b.sqlite";
    let complaint = installation.types(line).failure();
    assert!(complaint.contains("b.sqlite"), "{complaint}");
    let entries = fs::read_dir(installation.folder()).expect("lists");
    let names: Vec<_> = entries
        .map(|entry| entry.expect("lists").file_name())
        .collect();
    assert_eq!(names, ["data"]);
    installation.runs(&[], &["backup", "b.sqlite"]).success();
    let restored = installation.types("trap '' XFSZ; ulimit -f 40; guestlist restore b.sqlite");
    restored.failure();
    installation.runs(&[], &["users", "list"]).success();
}
