//! What a file contains before it is opened for use: tables of this program, or of another one.

use std::{collections::BTreeSet, fs, io, path::Path};

use guestlist::names_created_by;
use refinery::{Migration, Runner};
use rusqlite::{Connection, OpenFlags};

use crate::{OpenError, Schema, connection::BUSY_TIMEOUT, tables};

/// All names in the file, unless the history exists. One statement sees one state of the file. A
/// process that migrates it at the same time creates the history first.
const NAMES_WITHOUT_HISTORY: &str = "
    SELECT name FROM sqlite_schema
    WHERE NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)
    ORDER BY name";

/// The tables of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    tables: Vec<String>,
}

impl Contents {
    /// Reads the names of the tables. Creates no file; a file that does not exist has no tables.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or is not a SQLite database.
    pub fn of(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let failed = |why| OpenError::File {
            path: path.to_owned(),
            why,
        };
        if let Err(error) = fs::metadata(path)
            && error.kind() == io::ErrorKind::NotFound
        {
            return Ok(Self::default());
        }
        // The file is opened for writing: a reading connection would leave the files of the log
        // behind. SQLite also opens a file that this user may only read.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        let read = connection.busy_timeout(BUSY_TIMEOUT).and_then(|()| {
            let mut statement = connection.prepare(tables::NAMES)?;
            let names = statement.query_map((), |row| row.get(0))?;
            names.collect()
        });
        Ok(Self {
            tables: read.map_err(failed)?,
        })
    }

    /// Whether the file has the history of that schema, and so was migrated by this program.
    pub fn has(&self, schema: &Schema) -> bool {
        self.tables.iter().any(|name| name == schema.history)
    }

    /// The names of the tables.
    pub fn tables(&self) -> &[String] {
        &self.tables
    }
}

/// Refuses a file in which another program uses a name that the migrations would use. If the
/// history exists, these names are this program's own.
pub(crate) fn refuse_other_tables(
    connection: &Connection,
    runner: &Runner,
    history: &str,
) -> Result<(), OpenError> {
    let taken = names_without_history(connection, history).map_err(|why| {
        let path = connection.path().unwrap_or_default().into();
        OpenError::File { path, why }
    })?;
    let made = names_made_by(runner);
    let taken = taken
        .into_iter()
        .filter(|name| made.contains(&name.to_ascii_lowercase()))
        .map(|name| format!("{name:?}"));
    match taken.collect::<Vec<_>>() {
        taken if taken.is_empty() => Ok(()),
        taken => Err(OpenError::OtherTables(taken.join(", "))),
    }
}

fn names_without_history(connection: &Connection, history: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(NAMES_WITHOUT_HISTORY)?;
    let names = statement.query_map((history,), |row| row.get(0))?;
    names.collect()
}

/// Returns the names of the tables and indexes that the migrations create, in lower case.
fn names_made_by(runner: &Runner) -> BTreeSet<String> {
    let statements = runner.get_migrations().iter().filter_map(Migration::sql);
    statements.flat_map(names_created_by).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn to_look_at_a_file_makes_nothing() {
        let folder = tempfile::tempdir().expect("makes a folder");
        let missing = folder.path().join("no/file.sqlite");
        assert_eq!(Contents::of(missing).expect("reads"), Contents::default());
        let empty = folder.path().join("empty");
        fs::write(&empty, "").expect("writes");
        assert!(Contents::of(&empty).expect("reads").tables().is_empty());
        assert_eq!(fs::read(&empty).expect("reads"), b"");
        let log = folder.path().join("log");
        let connection = Connection::open(&log).expect("opens");
        let make = "PRAGMA journal_mode = WAL; CREATE TABLE a (x); CREATE TABLE b (x)";
        connection.execute_batch(make).expect("makes");
        drop(connection);
        assert_eq!(Contents::of(&log).expect("reads").tables(), ["a", "b"]);
        let text = folder.path().join("text");
        fs::write(&text, "not a database".repeat(100)).expect("writes");
        assert!(Contents::of(&text).is_err());
        assert!(Contents::of(folder.path()).is_err());
        assert_eq!(fs::read_dir(folder.path()).expect("reads").count(), 3);
    }
}
