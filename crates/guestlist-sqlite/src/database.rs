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
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::{
    connection::{connect, make_private, writable},
    error::OpenError,
    opening,
    readers::Readers,
    writer::{self, Writer},
};

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

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
