//! Tests with files alone. The server's tests use the binary and a running server.

use std::{io, path::PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::Database;

const TABLES: &str = "
    CREATE TABLE ours_migrations (version INTEGER PRIMARY KEY);
    INSERT INTO ours_migrations VALUES (1), (2);
    CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT) STRICT;
    CREATE INDEX by_name ON people (name);
    CREATE TABLE pets (of INTEGER NOT NULL REFERENCES people (id)) STRICT;";
const PEOPLE: &str = "
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
    INSERT INTO people SELECT i, 'somebody ' || i FROM n";

fn ours(newest: i64) -> [Schema; 1] {
    [Schema {
        history: "ours_migrations",
        newest,
    }]
}

/// A `prepare` that changes nothing.
#[expect(clippy::unnecessary_wraps, reason = "it stands for what can fail")]
fn as_it_is(_: &Connection) -> rusqlite::Result<()> {
    Ok(())
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("makes a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).expect("lists");
        let name = |entry: io::Result<fs::DirEntry>| entry.expect("lists").file_name();
        let mut names: Vec<_> = entries
            .map(|entry| name(entry).to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Opens a database that contains users.
    async fn people(&self, name: &str) -> Database {
        let database = Database::open(self.path(name)).await.expect("opens");
        execute(&database, TABLES).await;
        execute(&database, PEOPLE).await;
        database
    }

    /// Makes a backup of such a database, in a folder of its own.
    async fn backup(&self) -> PathBuf {
        let elsewhere = Self::new();
        let database = elsewhere.people("a.sqlite").await;
        let backup = self.path("backup.sqlite");
        back_up(&elsewhere.path("a.sqlite"), &backup).expect("copies");
        drop(database);
        backup
    }
}

async fn execute(database: &Database, sql: &'static str) {
    let done = database.write(move |connection| connection.execute_batch(sql));
    done.await.expect(sql);
}

fn people(path: &Path) -> i64 {
    let connection = Connection::open(path).expect("opens");
    let counted = connection.query_row("SELECT count(*) FROM people", (), |row| row.get(0));
    counted.expect("counts")
}

#[tokio::test]
async fn a_copy_of_an_open_file_is_one_file_with_everything_in_it_for_this_user_alone() {
    let place = Place::new();
    let database = place.people("a.sqlite").await;
    let backup = place.path("b.sqlite");
    let holds = back_up(&place.path("a.sqlite"), &backup).expect("copies");
    let tables: Vec<_> = holds.tables().collect();
    assert_eq!(tables, [("people", 5_000), ("pets", 0)]);
    assert_eq!(holds.migration("ours_migrations"), Some(2));
    drop(database);
    let beside = place.names();
    let beside = beside.iter().filter(|name| name.starts_with("b."));
    assert_eq!(beside.collect::<Vec<_>>(), ["b.sqlite"]);
    assert_eq!(people(&backup), 5_000);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&backup)
            .expect("is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn what_is_there_stays_and_what_is_not_there_leaves_nothing() {
    let place = Place::new();
    let _database = place.people("a.sqlite").await;
    fs::write(place.path("taken"), "mine").expect("writes");
    let taken = back_up(&place.path("a.sqlite"), &place.path("taken"));
    assert!(matches!(taken, Err(BackupError::Exists(_))), "{taken:?}");
    assert_eq!(fs::read(place.path("taken")).expect("reads"), b"mine");

    let before = place.names();
    let missing = back_up(&place.path("missing"), &place.path("b"));
    assert!(
        matches!(missing, Err(BackupError::Read { .. })),
        "{missing:?}"
    );
    let no_database = back_up(&place.path("taken"), &place.path("b"));
    assert!(matches!(no_database, Err(BackupError::Sqlite { .. })));
    let nowhere = back_up(&place.path("a.sqlite"), &place.path("no/where"));
    assert!(
        matches!(nowhere, Err(BackupError::Write { .. })),
        "{nowhere:?}"
    );
    assert_eq!(place.names(), before);
}

#[tokio::test]
async fn a_file_that_is_not_sound_gives_no_copy() {
    let place = Place::new();
    let database = place.people("a.sqlite").await;
    let orphan = "PRAGMA foreign_keys = OFF";
    let connection = Connection::open(place.path("a.sqlite")).expect("opens");
    connection.execute_batch(orphan).expect("switches");
    let insert = connection.execute("INSERT INTO pets VALUES (-1)", ());
    insert.expect("inserts");
    let copied = back_up(&place.path("a.sqlite"), &place.path("b.sqlite"));
    let Err(BackupError::Damaged { damage, .. }) = copied else {
        panic!("{copied:?}")
    };
    assert_eq!(damage, Damage::References("pets".to_owned()));
    drop(database);
    assert!(!place.path("b.sqlite").exists());
}

#[tokio::test]
async fn a_backup_takes_the_place_of_nothing_and_of_what_holds_nothing() {
    for there in [false, true] {
        let place = Place::new();
        let (backup, path) = (place.backup().await, place.path("a.sqlite"));
        if there {
            Connection::open(&path)
                .and_then(|it| it.execute_batch(TABLES))
                .expect("makes");
        }
        let holds = restore(&backup, &path, None, &ours(2), as_it_is).expect("restores");
        assert_eq!(holds.tables().next(), Some(("people", 5_000)));
        assert_eq!(people(&path), 5_000);
        assert_eq!(place.names(), ["a.sqlite", "backup.sqlite"]);
    }
}

#[tokio::test]
async fn what_holds_something_is_replaced_only_if_it_is_kept() {
    let place = Place::new();
    let (backup, path, kept) = (
        place.backup().await,
        place.path("a.sqlite"),
        place.path("kept.sqlite"),
    );
    let one = "INSERT INTO people VALUES (1, 'the only one')";
    let connection = Connection::open(&path).expect("opens");
    connection.execute_batch(TABLES).expect("makes");
    connection.execute(one, ()).expect("inserts");
    drop(connection);
    let refused = restore(&backup, &path, None, &ours(2), as_it_is);
    assert!(
        matches!(refused, Err(RestoreError::Occupied(_))),
        "{refused:?}"
    );
    assert_eq!(people(&path), 1);
    restore(&backup, &path, Some(&kept), &ours(2), as_it_is).expect("restores");
    assert_eq!((people(&path), people(&kept)), (5_000, 1));
}

/// The test copies the files of an open database, as a killed process leaves them: a connection
/// that closes removes its log.
#[tokio::test]
async fn the_log_of_what_is_replaced_goes_with_it() {
    let place = Place::new();
    let backup = place.backup().await;
    let database = place.people("live.sqlite").await;
    for ending in ["", "-wal"] {
        let from = place.path(&format!("live.sqlite{ending}"));
        fs::copy(from, place.path(&format!("a.sqlite{ending}"))).expect("copies");
    }
    drop(database);
    let (path, kept) = (place.path("a.sqlite"), place.path("kept.sqlite"));
    restore(&backup, &path, Some(&kept), &ours(2), as_it_is).expect("restores");
    assert_eq!((people(&path), people(&kept)), (5_000, 5_000));
    assert!(!place.path("a.sqlite-wal").exists());
}

#[tokio::test]
async fn a_damaged_database_can_be_replaced() {
    let place = Place::new();
    let backup = place.backup().await;
    let (path, kept) = (place.path("a.sqlite"), place.path("kept.sqlite"));
    fs::write(&path, "x".repeat(9_000)).expect("writes");
    let refused = restore(&backup, &path, None, &ours(2), as_it_is);
    assert!(
        matches!(refused, Err(RestoreError::Occupied(_))),
        "{refused:?}"
    );
    restore(&backup, &path, Some(&kept), &ours(2), as_it_is).expect("restores");
    assert_eq!(people(&path), 5_000);
    assert_eq!(
        fs::read(&kept).expect("reads"),
        "x".repeat(9_000).as_bytes()
    );
}

#[tokio::test]
async fn a_backup_that_is_damaged_foreign_or_newer_changes_nothing() {
    let place = Place::new();
    let backup = place.backup().await;
    let path = place.path("a.sqlite");
    let whole = fs::read(&backup).expect("reads");

    let newer = restore(&backup, &path, None, &ours(1), as_it_is);
    assert!(
        matches!(newer, Err(RestoreError::TooNew(_, 2))),
        "{newer:?}"
    );
    let foreign = Schema {
        history: "theirs_migrations",
        newest: 2,
    };
    let foreign = restore(&backup, &path, None, &[foreign], as_it_is);
    assert!(
        matches!(foreign, Err(RestoreError::Foreign(..))),
        "{foreign:?}"
    );
    let same = restore(&backup, &backup, None, &ours(2), as_it_is);
    assert!(matches!(same, Err(RestoreError::Same(_))), "{same:?}");

    let mut scrambled = whole.clone();
    scrambled[40_000..44_000].fill(0x5a);
    let shorter = whole[..whole.len() / 2].to_vec();
    for (what, bytes) in [
        ("scrambled", scrambled),
        ("cut", shorter),
        ("text", b"no database".repeat(1_000)),
        ("empty", vec![]),
    ] {
        fs::write(&backup, bytes).expect("writes");
        let refused = restore(&backup, &path, None, &ours(2), as_it_is);
        assert!(refused.is_err(), "{what}: {refused:?}");
        assert_eq!(place.names(), ["backup.sqlite"], "{what}");
    }
}
