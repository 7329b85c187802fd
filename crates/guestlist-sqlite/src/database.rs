//! The connections to one file: threads for look-ups, threads for lists, and one thread that
//! writes.
//!
//! SQLite blocks the thread that calls it, so no asynchronous thread calls it. Look-ups by key
//! never wait behind a list: a search may read the whole file. If another process holds the file, a
//! statement waits for five seconds and is then refused.

use std::{
    fmt,
    num::NonZero,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use guestlist::{QueueFull, ReadLimits, StoreError};
use refinery::{Runner, error::Kind};
use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};
use tokio::sync::oneshot;

use crate::{
    opening,
    readers::Readers,
    writer::{self, Writer},
};

/// How long a statement waits for another process that holds the file.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a new file is switched to WAL mode if another process does the same.
const SWITCHES: u32 = 500;
const BEFORE_ANOTHER_SWITCH: Duration = Duration::from_millis(10);
/// How many pages of the log are written into the file at once: 16 MiB. A page that changed many
/// times is written only once. SQLite's default of a thousand pages gives a fifth fewer sign-ups a
/// second.
const LOG_PAGES: u32 = 4_000;
/// How many prepared statements each connection keeps. Both stores together have fewer.
const PREPARED_STATEMENTS: usize = 64;
/// How often a migration is tried if another process migrates the same file.
const MIGRATION_TRIES: u32 = 5;

/// An open file. Clones share its connections, which close with the last clone.
#[derive(Clone)]
pub struct Database {
    path: PathBuf,
    lookups: Arc<Readers>,
    lists: Arc<Readers>,
    writer: Writer,
}

impl Database {
    /// Opens the file, and creates it if it does not exist. On Unix, only this user can read a new
    /// file.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_with(path, ReadLimits::default()).await
    }

    /// Opens the file with other limits on the number of waiting reads.
    pub async fn open_with(path: impl AsRef<Path>, limits: ReadLimits) -> Result<Self, OpenError> {
        let path = path.as_ref().to_owned();
        let (opened, has_opened) = oneshot::channel();
        thread::spawn(move || opened.send(Self::open_here(path, limits)));
        has_opened.await.map_err(|_| OpenError::Threads)?
    }

    fn open_here(path: PathBuf, limits: ReadLimits) -> Result<Self, OpenError> {
        let failed = |why| OpenError::File {
            path: path.clone(),
            why,
        };
        make_private(&path);
        let writer = connect(&path, false).and_then(writable).map_err(failed)?;
        // SQLite overwrites deleted data.
        let overwrite = writer.pragma_update(None, "secure_delete", true);
        overwrite.map_err(failed)?;
        let cores = thread::available_parallelism().map_or(2, NonZero::get);
        let readers = |number| -> Result<Vec<_>, OpenError> {
            let connections = (0..number).map(|_| connect(&path, true).map_err(failed));
            connections.collect()
        };
        let lookups = Readers::start(
            "find",
            readers(cores.clamp(2, 8))?,
            limits.lookups_waiting,
            QueueFull::Lookups,
        );
        let lists = Readers::start(
            "list",
            readers(cores.clamp(2, 4))?,
            limits.lists_waiting,
            QueueFull::Lists,
        );
        Ok(Self {
            writer: writer::start(writer).map_err(|_| OpenError::Threads)?,
            lookups: Arc::new(lookups.map_err(|_| OpenError::Threads)?),
            lists: Arc::new(lists.map_err(|_| OpenError::Threads)?),
            path,
        })
    }

    /// Refuses a file in which another program has a table or an index of a name that these
    /// migrations create. [`migrate`](Self::migrate) does the same.
    ///
    /// An application with several sets of migrations calls this for each set before it creates the
    /// first table.
    ///
    /// # Errors
    ///
    /// [`OpenError::OtherTables`] names the tables.
    pub async fn refuse_other_tables(
        &self,
        runner: Runner,
        history: &'static str,
    ) -> Result<(), OpenError> {
        let looked = self
            .writer
            .alone(move |connection| opening::refuse_other_tables(connection, &runner, history));
        looked.await.map_err(|_| OpenError::Threads)?
    }

    /// Brings the tables of these migrations up to date. `history` names the table that records the
    /// migrations, so one file can have several sets of migrations.
    ///
    /// # Errors
    ///
    /// If another program has tables of the same names, a later version has migrated the file, or
    /// it cannot be written. Then nothing is changed.
    pub async fn migrate(&self, runner: Runner, history: &'static str) -> Result<(), OpenError> {
        let migrated = self.writer.alone(move |connection| {
            opening::refuse_other_tables(connection, &runner, history)?;
            // All migrations and their rows in the history share one transaction. Without it, a
            // process that is killed in between would leave tables that no later start can migrate.
            let mut runner = runner.set_abort_missing(true).set_grouped(true);
            runner.set_migration_table_name(history);
            let mut tries = 1;
            loop {
                match runner.run(connection) {
                    Ok(_) => return Ok(()),
                    Err(error) => match error.kind() {
                        Kind::MissingVersion(newer) => {
                            return Err(OpenError::TooNew(newer.to_string()));
                        }
                        // If another process has migrated the file in between, nothing is left to
                        // do.
                        Kind::Connection(..) if tries < MIGRATION_TRIES => {
                            thread::sleep(Duration::from_millis(50) * tries);
                            tries += 1;
                        }
                        _ => return Err(OpenError::Migration(Box::new(error))),
                    },
                }
            }
        });
        migrated.await.map_err(|_| OpenError::Threads)?
    }

    /// Runs a look-up by key, in a snapshot of its own. It is for queries that read a few rows by
    /// an index. They have threads of their own and never wait behind a [`list`](Self::list).
    ///
    /// # Errors
    ///
    /// The cause is [`QueueFull::Lookups`] if too many look-ups wait. If the returned future is
    /// dropped, the query does not begin, or is interrupted.
    pub async fn find<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.lookups.ask(query).await
    }

    /// Runs a query that reads many rows, such as a list, a search or a count, in a snapshot of its
    /// own.
    ///
    /// # Errors
    ///
    /// The cause is [`QueueFull::Lists`] if too many lists wait. If the returned future is dropped,
    /// the query does not begin, or is interrupted.
    pub async fn list<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.lists.ask(query).await
    }

    /// Writes everything that was committed into the one file and empties the log. For a server
    /// that stops: afterwards a copy of the file is complete.
    pub async fn settle(&self) -> Result<(), StoreError> {
        let settled = self.writer.settle().await;
        settled.map_err(|_| closed())?.map_err(StoreError::failed)
    }

    /// Runs a change and returns after it was committed and is on the disk. The change is atomic,
    /// and no other change runs at the same time.
    pub async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.write(change).await
    }

    /// Runs a change that deletes or replaces data that must not be kept, such as an account or a
    /// text.
    ///
    /// SQLite overwrites deleted rows with zeros. Copies of them in the log are removed within ten
    /// seconds, unless another process reads the file. Unused parts of pages may keep copies, too.
    /// So a file of up to 64 MiB is written anew (`VACUUM`) when no other change waits. A backup is
    /// always written anew.
    pub async fn erase<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.erase(change).await
    }
}

fn closed() -> StoreError {
    StoreError::failed("the database is closed")
}

/// Creates the file if it does not exist, so that only this user can read it. SQLite gives the
/// files of the log the same rights.
fn make_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let mut options = std::fs::OpenOptions::new();
        let made = options.write(true).create_new(true).mode(0o600).open(path);
        // If the file exists already, this is no error. If it cannot be created, SQLite reports so.
        drop(made);
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// Switches a new file to WAL mode. Two processes may do so at the same time. Then each holds a
/// lock that the other needs, and SQLite tells one that the file is locked, however long it would
/// wait. That process releases its lock and tries again.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let switch = || connection.pragma_update(None, "journal_mode", "WAL");
    for _ in 0..SWITCHES {
        match switch() {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                thread::sleep(BEFORE_ANOTHER_SWITCH);
            }
            switched => return switched,
        }
    }
    switch()
}

fn connect(path: &Path, read_only: bool) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    write_ahead(&connection)?;
    // In WAL mode, only FULL guarantees that every acknowledged write survives a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "query_only", read_only)?;
    // Without this, SQLite may prepare a statement again for other parameters.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    Ok(connection)
}

/// Refuses a read-only connection. SQLite opens a file without the right to write if a log exists
/// beside it.
fn writable(connection: Connection) -> rusqlite::Result<Connection> {
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY),
            None,
        ));
    }
    Ok(connection)
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Why a file cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be read, written or created, or is not a database.
    #[error("cannot open the SQLite file {path}: {}", why_not(path, why))]
    File {
        /// The file.
        path: PathBuf,
        /// Why; the text contains it already.
        why: rusqlite::Error,
    },
    /// A later version of this program has migrated the tables.
    #[error(
        "the SQLite file was made by a newer version (it has the migration {0}): update this program"
    )]
    TooNew(String),
    /// Another program has created tables of these names.
    #[error(
        "the SQLite file holds tables of another program whose names are needed here: {0}. Name another file"
    )]
    OtherTables(String),
    /// The tables cannot be migrated.
    #[error("cannot bring the tables of the SQLite file up to date")]
    Migration(#[source] Box<refinery::Error>),
    /// The rows of an earlier version cannot be converted.
    #[error("cannot bring the rows of the SQLite file up to date")]
    Rows(#[source] StoreError),
    /// The operating system gives no threads.
    #[error("cannot start the threads of the database")]
    Threads,
}

/// Explains what is wrong with the file, and the fix. SQLite has one text for three cases: a
/// missing folder, a folder instead of a file, and a missing right.
fn why_not(path: &Path, source: &rusqlite::Error) -> String {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match source.sqlite_error_code() {
        _ if path.is_dir() => "this is a folder; name a file".to_owned(),
        Some(ErrorCode::NotADatabase) => {
            "this is not a SQLite database; name another file".to_owned()
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            "the file is damaged; put a backup in its place with `guestlist restore`".to_owned()
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program holds it; stop that program".to_owned()
        }
        _ if folder.is_some_and(|folder| folder.exists() && !folder.is_dir()) => {
            "its folder is a file; name a path in a folder".to_owned()
        }
        _ if folder.is_some_and(|folder| !folder.exists()) => {
            "its folder does not exist; make the folder first".to_owned()
        }
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "it cannot be written; see that this user may write to it and to its folder".to_owned()
        }
        _ => source.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_cannot_be_opened_is_refused_with_what_is_wrong() {
        let folder = tempfile::tempdir().expect("makes a folder");
        let text = folder.path().join("text");
        std::fs::write(
            &text,
            "no database, and longer than the head of one".repeat(100),
        )
        .expect("writes");
        for (path, cause) in [
            (folder.path().to_owned(), "this is a folder"),
            (
                folder.path().join("a/b/c.sqlite"),
                "its folder does not exist",
            ),
            (text, "this is not a SQLite database"),
        ] {
            let refused = Database::open(&path).await.expect_err("is refused");
            let words = refused.to_string();
            assert!(words.contains(cause), "{words}");
            let named = path.display().to_string();
            assert_eq!(words.matches(&named).count(), 1, "{words}");
        }
    }

    #[tokio::test]
    async fn writes_are_durable_and_readers_cannot_write() {
        let folder = tempfile::tempdir().expect("makes a folder");
        let database = Database::open(folder.path().join("a.sqlite"))
            .await
            .expect("opens");
        let pragmas = |connection: &Connection| {
            let text = |pragma: &str| -> rusqlite::Result<String> {
                connection.pragma_query_value(None, pragma, |row| row.get(0))
            };
            let number = |pragma: &str| -> rusqlite::Result<i64> {
                connection.pragma_query_value(None, pragma, |row| row.get(0))
            };
            Ok((
                text("journal_mode")?,
                number("synchronous")?,
                number("foreign_keys")?,
            ))
        };
        let expected = ("wal".to_owned(), 2, 1);
        assert_eq!(database.find(pragmas).await.expect("reads"), expected);
        assert_eq!(database.list(pragmas).await.expect("reads"), expected);
        assert_eq!(database.write(pragmas).await.expect("reads"), expected);
        let create = |connection: &Connection| connection.execute_batch("CREATE TABLE t (x)");
        assert!(database.find(create).await.is_err());
        assert!(database.list(create).await.is_err());
        assert!(database.write(create).await.is_ok());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_new_file_and_what_lies_beside_it_are_for_this_user_alone() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().expect("makes a folder");
        let database = Database::open(folder.path().join("a.sqlite")).await;
        let database = database.expect("opens");
        let create = |connection: &Connection| connection.execute_batch("CREATE TABLE t (x)");
        database.write(create).await.expect("writes");
        for name in ["a.sqlite", "a.sqlite-wal", "a.sqlite-shm"] {
            let metadata = std::fs::metadata(folder.path().join(name)).expect(name);
            assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{name}");
        }
    }

    #[tokio::test]
    async fn a_settled_file_is_whole_without_its_log() {
        let folder = tempfile::tempdir().expect("makes a folder");
        let (path, copy) = (
            folder.path().join("a.sqlite"),
            folder.path().join("b.sqlite"),
        );
        let database = Database::open(&path).await.expect("opens");
        let create = "CREATE TABLE t (x); INSERT INTO t VALUES (7)";
        database
            .write(move |c| c.execute_batch(create))
            .await
            .expect("writes");
        database.settle().await.expect("settles");
        std::fs::copy(&path, &copy).expect("copies");
        let copied = Database::open(&copy).await.expect("opens");
        let read = copied.find(|c| c.query_row("SELECT x FROM t", (), |row| row.get::<_, i64>(0)));
        assert_eq!(read.await.expect("reads"), 7);
    }

    #[tokio::test]
    async fn migrations_that_are_interrupted_leave_nothing_behind() {
        let folder = tempfile::tempdir().expect("makes a folder");
        let database = Database::open(folder.path().join("a.sqlite")).await;
        let database = database.expect("opens");
        let migrations = |second: &str| {
            let of = |name, sql| refinery::Migration::unapplied(name, sql).expect("has a name");
            Runner::new(&[of("V1__one", "CREATE TABLE one (x)"), of("V2__two", second)])
        };
        let broken = database.migrate(migrations("CREATE TABLE two (x, x)"), "migrations");
        assert!(matches!(broken.await, Err(OpenError::Migration(_))));
        let whole = database.migrate(migrations("CREATE TABLE two (x)"), "migrations");
        whole.await.expect("begins from nothing");
    }

    #[tokio::test]
    async fn what_is_no_database_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("makes a folder");
        let path = folder.path().join("not.sqlite");
        std::fs::write(&path, "x".repeat(4096)).expect("writes");
        let error = Database::open(&path)
            .await
            .expect_err("is no database")
            .to_string();
        assert!(error.contains("not.sqlite"), "{error}");
    }
}
