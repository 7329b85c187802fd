//! `guestlist copy`, between databases of every engine, and killed before it is finished.

use std::{
    process::{Child, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

use guestlist::{
    Archive, Client, Epoch, Password, Record, RecordKind, Scope, Session, SessionId, Timestamp,
    Token, TokenHash, TokenId, TokenName, TokenOwner, User, Wanted,
    testing::{MemoryStore, email, guestlist_over, user},
};
use guestlist_server::{copy::refuse_unfinished, database::Stores};
use planner::{Event, EventFields, EventId, Version, Visibility, When};

use crate::{
    binary::{FORM, JSON, Server, command, field},
    test_database::TestDatabase,
    users::Installation,
};

/// Enough records that a copy can be killed before its end.
const MANY: usize = 10_000;
/// Fewer records for mongo-java-server, which scans all of them for every page.
const FEWER: usize = 2_500;
const A_FILE: &str = "sqlite:b.sqlite";
const NOW: Timestamp = Timestamp::from_millis(1_795_219_200_000);

fn event(creator: &User, number: usize) -> Event {
    Event {
        id: EventId::new(NOW),
        creator: creator.id,
        fields: EventFields {
            title: format!("Event {number}"),
            description: "Tea.\n".repeat(20),
            image: None,
            tags: vec!["tea".to_owned()],
            location: None,
            online_url: None,
            when: When::UNDECIDED,
            capacity: None,
            visibility: Visibility::Public,
        },
        created_at: NOW,
        updated_at: NOW,
        version: Version::FIRST,
        fingerprint: None,
    }
}

fn token(owner: &User) -> Token {
    Token {
        id: TokenId::new(NOW),
        owner: TokenOwner::User(owner.id),
        token_epoch: Epoch(0),
        hash: TokenHash::from_stored(&[7; 40]),
        name: TokenName::from_stored("script".to_owned()),
        scope: Scope::Read,
        created_at: NOW,
        expires_at: None,
        last_used_at: None,
    }
}

/// The arguments that copy the file made by [`fill`] to `target`.
fn into(target: &str) -> [&str; 5] {
    ["copy", "--from", "sqlite:a.sqlite", "--to", target]
}

/// Opens the stores at `url`. A SQLite file is in the installation's folder.
async fn stores(installation: &Installation, url: &str) -> Stores {
    let url = match url.strip_prefix("sqlite:") {
        Some(name) => format!("sqlite:{}", installation.folder().join(name).display()),
        None => url.to_owned(),
    };
    Stores::open(&url).await.expect("opens")
}

/// Creates `many` users, sessions and events in a SQLite file, and 100 tokens.
async fn fill(installation: &Installation, many: usize) {
    let stores = stores(installation, "sqlite:a.sqlite").await;
    let users: Vec<_> = (0..many)
        .map(|number| user(&format!("user{number}@example.com")))
        .collect();
    let session = a_session().await;
    let sessions = users.iter().map(|user| Session {
        id: SessionId::new(NOW),
        user_id: user.id,
        ..session.clone()
    });
    let mut records: Vec<_> = users.iter().cloned().map(Record::User).collect();
    records.extend(sessions.map(Record::Session));
    records.extend(users.iter().take(100).map(token).map(Record::Token));
    let archives = stores.archives();
    archives.accounts.put(&records).await.expect("puts");
    let events = users.iter().enumerate();
    let events: Vec<_> = events.map(|(number, user)| event(user, number)).collect();
    archives.planner.put_all(&events).await.expect("puts");
    stores.close().await.expect("closes");
}

/// Returns a session as the library creates it.
async fn a_session() -> Session {
    let store = Arc::new(MemoryStore::new());
    let guestlist = guestlist_over(store.clone());
    let ada = email("ada@example.com");
    let password = || Password::new("exemplary words");
    guestlist
        .sign_up(ada.clone(), password())
        .await
        .expect("signs up");
    let signed_in = guestlist.sign_in(Some(&ada), password(), Client::default(), Wanted::DATABASE);
    signed_in.await.expect("signs in");
    let page = store.records(RecordKind::Session, None, 1).await;
    match page.expect("lists").pop() {
        Some(Record::Session(session)) => session,
        other => panic!("{other:?}"),
    }
}

/// The types of records that are stored, and how many of each.
async fn counts(installation: &Installation, url: &str) -> Vec<(&'static str, u64)> {
    let stores = stores(installation, url).await;
    let archives = stores.archives();
    let mut counts = Vec::new();
    for kind in RecordKind::ALL {
        let count = archives.accounts.count(kind).await.expect("counts");
        counts.push((kind.as_str(), count));
    }
    let events = archives.planner.count_all().await.expect("counts");
    counts.push(("events", events));
    counts.retain(|(_, count)| *count > 0);
    counts
}

fn start(installation: &Installation, target: &str) -> Child {
    let mut copy = command(installation.folder(), &[]);
    copy.args(into(target))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    copy.spawn().expect("starts")
}

mod a_copy_that_is_killed_repeatedly_continues_and_completes {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn in_a_file() {
        is_whole_in(A_FILE, MANY).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn in_postgresql() {
        if let Some(database) = TestDatabase::in_postgres() {
            is_whole_in(database.url(), MANY).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn in_mongodb() {
        if let Some(database) = TestDatabase::in_mongodb() {
            is_whole_in(database.url(), FEWER).await;
        }
    }

    async fn is_whole_in(target: &str, many: usize) {
        let installation = Installation::in_a_file();
        fill(&installation, many).await;
        let (mut kills, mut was_refused) = (0, false);
        loop {
            let mut copy = start(&installation, target);
            thread::sleep(Duration::from_millis(300 + 100 * kills));
            if copy.try_wait().expect("answers").is_some() {
                // The copy either succeeded, or was refused because the previous one was killed
                // after its last step. The counts below tell both from a failure.
                break;
            }
            copy.kill().expect("kills");
            copy.wait().expect("ends");
            kills += 1;
            // On a busy machine the first copies may be killed before they reach the target.
            if kills >= 3 && !was_refused && is_unfinished(&installation, target).await {
                assert_no_other_command_uses_the_target(&installation, target);
                was_refused = true;
            }
        }
        assert!(was_refused, "every copy finished before it could be killed");
        let many = u64::try_from(many).expect("fits");
        assert_eq!(
            counts(&installation, target).await,
            [
                ("users", many),
                ("sessions", many),
                ("tokens", 100),
                ("events", many),
            ]
        );
        let complaint = installation.runs(&[], &into(target)).failure();
        assert!(
            complaint.contains("the target is not empty: it has users"),
            "{complaint}"
        );
    }

    async fn is_unfinished(installation: &Installation, target: &str) -> bool {
        let stores = stores(installation, target).await;
        let refused = refuse_unfinished(stores.archives()).await;
        stores.close().await.expect("closes");
        refused.is_err()
    }

    fn assert_no_other_command_uses_the_target(installation: &Installation, target: &str) {
        let serve = ["--database-url", target, "--listen", "127.0.0.1:0"];
        let complaint = installation.runs(&[], &serve).failure();
        assert!(complaint.contains("is not finished"), "{complaint}");
        let other = ["copy", "--from", "sqlite:c.sqlite", "--to", target];
        installation.write("first.csv", "email\nfirst@example.com\n");
        let made = [
            "--database-url",
            "sqlite:c.sqlite",
            "users",
            "import",
            "first.csv",
        ];
        installation.runs(&[], &made).success();
        let complaint = installation.runs(&[], &other).failure();
        assert!(
            complaint.contains("a copy of another database"),
            "{complaint}"
        );
    }
}

/// Copies through all available engines and back. All copies print the same checksums.
#[tokio::test(flavor = "multi_thread")]
async fn every_engine_can_be_copied_to_every_other_engine() {
    let databases = || {
        let servers = [TestDatabase::in_postgres(), TestDatabase::in_mongodb()];
        servers.into_iter().flatten().collect::<Vec<_>>()
    };
    let (there, mut back) = (databases(), databases());
    back.reverse();
    let installation = Installation::in_a_file();
    fill(&installation, FEWER).await;
    let mut urls = vec!["sqlite:a.sqlite"];
    urls.extend(there.iter().map(TestDatabase::url));
    urls.push(A_FILE);
    urls.extend(back.iter().map(TestDatabase::url));
    urls.push("sqlite:c.sqlite");
    let mut said = Vec::new();
    for way in urls.windows(2) {
        let copy = ["copy", "--from", way[0], "--to", way[1]];
        said.push(installation.runs(&[], &copy).success());
        let again = installation.runs(&[], &copy).failure();
        assert!(again.contains("the target is not empty"), "{again}");
    }
    let many = format!("users         {FEWER:>5}  ");
    assert!(said[0].starts_with(&many), "{}", said[0]);
    for other in &said {
        assert_eq!(*other, said[0], "the checksums are equal");
    }
}

#[test]
fn after_a_copy_sessions_continue_under_the_same_secret() {
    let installation = Installation::in_a_file();
    let server = Server::start(
        installation.folder(),
        &[("DATABASE_URL", "sqlite:a.sqlite")],
    );
    let ada = r#"{"email":"ada@example.com","password":"exemplary words"}"#;
    server.send(&format!("POST /api/v1/users HTTP/1.1\n{JSON}"), ada);
    let opened = server.send(&format!("POST /api/v1/sessions HTTP/1.1\n{JSON}"), ada);
    let (access, refresh) = (
        field(&opened, "access_token"),
        field(&opened, "refresh_token"),
    );
    server.stop();
    let said = installation.runs(&[], &into(A_FILE)).success();
    assert!(said.starts_with("users             1  "), "{said}");
    assert!(said.contains("the same SECRET_KEY"), "{said}");

    let server = Server::start(installation.folder(), &[("DATABASE_URL", A_FILE)]);
    let me = format!("GET /api/v1/me HTTP/1.1\nAuthorization: Bearer {access}");
    assert_eq!(field(&server.send(&me, ""), "email"), "ada@example.com");
    let trade = format!("grant_type=refresh_token&refresh_token={refresh}");
    let traded = server.send(&format!("POST /api/v1/token HTTP/1.1\n{FORM}"), &trade);
    assert!(traded.starts_with("HTTP/1.1 200"), "{traded}");
    server.stop();
}

#[test]
fn the_error_of_an_impossible_copy_names_the_problem() {
    let installation = Installation::in_a_file();
    for (from, to, words) in [
        (
            "sqlite:missing.sqlite",
            "sqlite:b.sqlite",
            "there is no file missing.sqlite",
        ),
        ("sqlite:a.sqlite", "sqlite:./a.sqlite", "the same database"),
        (
            "sqlite:",
            "sqlite:b.sqlite",
            "--from: the database URL names no file",
        ),
        (
            "mysql://ada:secret@db",
            "sqlite:b.sqlite",
            "--from: the database URL has the unknown scheme",
        ),
    ] {
        let complaint = installation
            .runs(&[], &["copy", "--from", from, "--to", to])
            .failure();
        assert!(complaint.contains(words), "{complaint}");
        assert!(!complaint.contains("secret"), "{complaint}");
    }
}
