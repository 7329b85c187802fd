//! Tests with files alone. The server's tests use users, events and the binary.

use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::{Database, back_up};

/// Tables like those of users and events: names in no order, long texts, and texts that change.
const TABLES: &str = "
    CREATE TABLE people (id BLOB PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT) STRICT, WITHOUT ROWID;
    CREATE TABLE notes (id BLOB PRIMARY KEY, owner BLOB NOT NULL, text TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX notes_of ON notes (owner, id);";
/// A text in every row of a deleted user.
const SECRET: &[u8] = b"VICTIM";

/// Pseudo-random numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn id(&mut self) -> [u8; 16] {
        let [one, two] = [(); 2].map(|()| self.below(u64::from(u32::MAX)));
        (u128::from(one) << 64 | u128::from(two)).to_be_bytes()
    }
}

fn of(number: u64) -> &'static str {
    if number % 7 == 3 { "VICTIM" } else { "friend" }
}

/// Fills the tables so that pages are split and merged.
fn fill(connection: &Connection, seed: u64) -> rusqlite::Result<()> {
    let mut numbers = Numbers(seed);
    for number in 0..600 {
        let (who, owner) = (of(number), numbers.id());
        let email = format!("{who}{}@example.com", numbers.below(1_000_000_000));
        let person = (owner, email, format!("{who} by name"));
        connection.execute("INSERT INTO people VALUES (?1, ?2, ?3)", person)?;
        for _ in 0..numbers.below(6) {
            let most = [4, 40, 400, 2_000][usize::try_from(numbers.below(4)).expect("is small")];
            let words = usize::try_from(numbers.below(most)).expect("is small");
            let note = (
                numbers.id(),
                owner,
                format!("{who} writes ").repeat(words + 1),
            );
            connection.execute("INSERT INTO notes VALUES (?1, ?2, ?3)", note)?;
        }
        if numbers.below(3) == 0 {
            let text = format!("{who} changes ")
                .repeat(usize::try_from(numbers.below(500)).expect("is small"));
            connection.execute("UPDATE notes SET text = ?2 WHERE owner = ?1", (owner, text))?;
        }
    }
    Ok(())
}

fn delete(connection: &Connection) -> rusqlite::Result<usize> {
    let notes =
        "DELETE FROM notes WHERE owner IN (SELECT id FROM people WHERE email LIKE 'VICTIM%')";
    connection.execute(notes, ())?;
    connection.execute("DELETE FROM people WHERE email LIKE 'VICTIM%'", ())
}

/// Returns the files in the folder that contain the secret.
fn holding(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).expect("lists");
    let holds = |path: &Path| {
        let bytes = fs::read(path).expect("reads");
        bytes.windows(SECRET.len()).any(|some| some == SECRET)
    };
    files
        .map(|file| file.expect("lists").path())
        .filter(|path| holds(path))
        .map(|path| path.display().to_string())
        .collect()
}

async fn filled(seed: u64) -> (TempDir, Database) {
    let folder = tempfile::tempdir().expect("makes a folder");
    let database = Database::open(folder.path().join("a.sqlite")).await;
    let database = database.expect("opens");
    let fill = database.write(move |connection| {
        connection.execute_batch(TABLES)?;
        fill(connection, seed)
    });
    fill.await.expect("fills");
    (folder, database)
}

async fn until_nothing_holds_it(folder: &Path) {
    for _ in 0..200 {
        if holding(folder).is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("after 20 seconds it is still in {:?}", holding(folder));
}

#[tokio::test]
async fn what_was_deleted_is_soon_in_no_file() {
    for seed in [1, 3, 4] {
        let (folder, database) = filled(seed).await;
        assert!(!holding(folder.path()).is_empty());
        let deleted = database.erase(delete).await.expect("deletes");
        assert!(deleted > 50, "{deleted}");
        until_nothing_holds_it(folder.path()).await;
        let count = "SELECT count(*) FROM people";
        let left = database.find(|c| c.query_row(count, (), |row| row.get::<_, i64>(0)));
        assert_eq!(
            left.await.expect("counts"),
            600 - i64::try_from(deleted).expect("is small")
        );
    }
}

/// Deletes without `secure_delete`, as an earlier version did: the pages keep deleted rows.
#[tokio::test]
async fn a_backup_holds_nothing_that_was_deleted_whatever_the_file_holds() {
    let (folder, database) = filled(1).await;
    database.settle().await.expect("settles");
    drop(database);
    let path = folder.path().join("a.sqlite");
    let connection = Connection::open(&path).expect("opens");
    let careless = connection.pragma_update(None, "secure_delete", false);
    careless.expect("switches");
    delete(&connection).expect("deletes");
    let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()));
    emptied.expect("empties");
    assert_eq!(holding(folder.path()).len(), 1, "the file still holds it");
    let elsewhere = tempfile::tempdir().expect("makes a folder");
    back_up(&path, &elsewhere.path().join("b.sqlite")).expect("copies");
    assert!(holding(elsewhere.path()).is_empty());
}

#[tokio::test]
async fn a_reader_in_the_way_delays_it_and_loses_nothing() {
    let (folder, database) = filled(4).await;
    let path = folder.path().join("a.sqlite");
    let reader = Connection::open(&path).expect("opens");
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM people")
        .expect("reads");
    let count = || -> i64 {
        let count = reader.query_row("SELECT count(*) FROM people", (), |row| row.get(0));
        count.expect("counts")
    };
    assert_eq!(count(), 600);
    database.erase(delete).await.expect("deletes");
    tokio::time::sleep(IDLE * 2).await;
    assert_eq!(count(), 600, "it is in its snapshot");
    assert!(!holding(folder.path()).is_empty());
    // A writer does not wait for the reader.
    let written = database.write(|c| c.execute("UPDATE people SET name = 'friend'", ()));
    written.await.expect("writes");
    reader.execute_batch("COMMIT").expect("ends");
    until_nothing_holds_it(folder.path()).await;
}

#[tokio::test]
async fn the_log_of_a_process_that_was_killed_is_emptied_after_the_next_start() {
    let (folder, database) = filled(1).await;
    let copy = tempfile::tempdir().expect("makes a folder");
    for ending in ["", "-wal"] {
        let name = format!("a.sqlite{ending}");
        let copied = fs::copy(folder.path().join(&name), copy.path().join(&name));
        copied.expect("copies");
    }
    drop(database);
    let log = copy.path().join("a.sqlite-wal");
    assert!(fs::metadata(&log).expect("is there").len() > 0);
    let _database = Database::open(copy.path().join("a.sqlite"))
        .await
        .expect("opens");
    for _ in 0..200 {
        if fs::metadata(&log).expect("is there").len() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the log is not empty after 20 seconds");
}
