//! `guestlist copy`, from one file of SQLite into another, and killed on the way.

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
use guestlist_server::database::Stores;
use planner::{Event, EventFields, EventId, Version, Visibility, When};

use crate::{
    binary::{FORM, JSON, Server, command, field},
    place::Place,
    users::House,
};

const MANY: usize = 10_000;
const COPY: [&str; 5] = [
    "copy",
    "--from",
    "sqlite:a.sqlite",
    "--to",
    "sqlite:b.sqlite",
];
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
            when: When::Undecided,
            capacity: None,
            visibility: Visibility::Public,
        },
        created_at: NOW,
        updated_at: NOW,
        version: Version::FIRST,
    }
}

fn token(owner: &User) -> Token {
    Token {
        id: TokenId::new(NOW),
        owner: TokenOwner::User(owner.id),
        token_epoch: Epoch(0),
        hash: TokenHash::from_stored([7; 32]),
        name: TokenName::from_stored("script".to_owned()),
        scope: Scope::Read,
        created_at: NOW,
        expires_at: None,
        last_used_at: None,
    }
}

async fn stores(house: &House, name: &str) -> Stores {
    let url = format!("sqlite:{}", house.folder().join(name).display());
    Stores::open(&url).await.expect("opens")
}

/// As many users, sessions and events in `a.sqlite`, and a few tokens.
async fn fill(house: &House) {
    let stores = stores(house, "a.sqlite").await;
    let users: Vec<_> = (0..MANY)
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
    let archives = stores.archives().expect("can be copied");
    archives.door.put(&records).await.expect("puts");
    let events = users.iter().enumerate();
    let events: Vec<_> = events.map(|(number, user)| event(user, number)).collect();
    archives.planner.put_events(&events).await.expect("puts");
    stores.close().await.expect("closes");
}

/// Some session as the door makes it.
async fn a_session() -> Session {
    let store = Arc::new(MemoryStore::new());
    let door = guestlist_over(store.clone());
    let ada = email("ada@example.com");
    let password = || Password::new("exemplary words");
    door.sign_up(ada.clone(), password())
        .await
        .expect("signs up");
    let signed_in = door.sign_in(Some(&ada), password(), Client::default(), Wanted::DATABASE);
    signed_in.await.expect("signs in");
    let page = store.records(RecordKind::Session, None, 1).await;
    match page.expect("lists").pop() {
        Some(Record::Session(session)) => session,
        other => panic!("{other:?}"),
    }
}

async fn counts(house: &House, name: &str) -> [u64; 5] {
    let stores = stores(house, name).await;
    let archives = stores.archives().expect("can be copied");
    let mut counts = [0; 5];
    for (count, kind) in counts.iter_mut().zip(RecordKind::ALL) {
        *count = archives.door.count(kind).await.expect("counts");
    }
    counts[4] = archives.planner.count_events().await.expect("counts");
    counts
}

fn start(house: &House) -> Child {
    let mut copy = command(house.folder(), &[]);
    copy.args(COPY).stdout(Stdio::null()).stderr(Stdio::null());
    copy.spawn().expect("starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_killed_again_and_again_goes_on_and_is_whole() {
    let house = House::in_a_file();
    fill(&house).await;
    let mut kills = 0;
    loop {
        let mut copy = start(&house);
        thread::sleep(Duration::from_millis(300 + 50 * kills));
        if let Some(ended) = copy.try_wait().expect("answers") {
            assert!(ended.success());
            break;
        }
        copy.kill().expect("kills");
        copy.wait().expect("ends");
        kills += 1;
        if kills == 3 {
            let serve = [
                "--database-url",
                "sqlite:b.sqlite",
                "--listen",
                "127.0.0.1:0",
            ];
            let complaint = house.runs(&[], &serve).complaint();
            assert!(complaint.contains("is not finished"), "{complaint}");
            let other = [
                "copy",
                "--from",
                "sqlite:c.sqlite",
                "--to",
                "sqlite:b.sqlite",
            ];
            house
                .runs(&[], &["--database-url", "sqlite:c.sqlite", "users", "list"])
                .well();
            let complaint = house.runs(&[], &other).complaint();
            assert!(
                complaint.contains("a copy of another database"),
                "{complaint}"
            );
        }
    }
    assert!(kills > 2, "it was too fast to be killed");
    let many = u64::try_from(MANY).expect("fits");
    assert_eq!(counts(&house, "b.sqlite").await, [many, many, 100, 0, many]);
    let complaint = house.runs(&[], &COPY).complaint();
    assert!(
        complaint.contains("the target is not empty: it has users"),
        "{complaint}"
    );
}

/// From a file into a server, and back into another file: what the first and the last hold is the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_house_moves_to_postgresql_and_back() {
    let Some(place) = Place::in_postgres() else {
        return;
    };
    let house = House::in_a_file();
    fill(&house).await;
    let there = ["copy", "--from", "sqlite:a.sqlite", "--to", place.url()];
    let said = house.runs(&[], &there).well();
    let back = ["copy", "--from", place.url(), "--to", "sqlite:b.sqlite"];
    let said_again = house.runs(&[], &back).well();
    assert_eq!(said, said_again, "the same sums");
    let many = format!("users         {MANY:>5}  ");
    assert!(said.starts_with(&many), "{said}");
    let again = house.runs(&[], &there).complaint();
    assert!(again.contains("the target is not empty"), "{again}");
}

#[test]
fn who_is_signed_in_stays_signed_in_at_the_copy_under_the_same_secret() {
    let house = House::in_a_file();
    let server = Server::start(house.folder(), &[("DATABASE_URL", "sqlite:a.sqlite")]);
    let ada = r#"{"email":"ada@example.com","password":"exemplary words"}"#;
    server.send(&format!("POST /api/v1/users HTTP/1.1\n{JSON}"), ada);
    let opened = server.send(&format!("POST /api/v1/sessions HTTP/1.1\n{JSON}"), ada);
    let (access, refresh) = (
        field(&opened, "access_token"),
        field(&opened, "refresh_token"),
    );
    server.stop();
    let said = house.runs(&[], &COPY).well();
    assert!(said.starts_with("users             1  "), "{said}");
    assert!(said.contains("the same SECRET_KEY"), "{said}");

    let server = Server::start(house.folder(), &[("DATABASE_URL", "sqlite:b.sqlite")]);
    let me = format!("GET /api/v1/me HTTP/1.1\nAuthorization: Bearer {access}");
    assert_eq!(field(&server.send(&me, ""), "email"), "ada@example.com");
    let trade = format!("grant_type=refresh_token&refresh_token={refresh}");
    let traded = server.send(&format!("POST /api/v1/token HTTP/1.1\n{FORM}"), &trade);
    assert!(traded.starts_with("HTTP/1.1 200"), "{traded}");
    server.stop();
}

#[test]
fn what_cannot_be_copied_is_refused_by_name() {
    let house = House::in_a_file();
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
            "--from: the database URL has no scheme",
        ),
    ] {
        let complaint = house
            .runs(&[], &["copy", "--from", from, "--to", to])
            .complaint();
        assert!(complaint.contains(words), "{complaint}");
        assert!(!complaint.contains("secret"), "{complaint}");
    }
}
