//! Restoring a backup in place of a database that no process has open.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{
    copy,
    error::BackupError,
    file::{beside, open},
    inventory::{Damage, Inventory, Schema, damage},
};

/// Replaces the database by the backup. Returns what the backup contains.
///
/// The backup is verified, copied, and verified again before any file is changed. `prepare` changes
/// the copy in one transaction. Then the copy replaces the database atomically. The previous file,
/// if there was one, gets the name `keep_as`, with everything that was committed to it.
///
/// `schemas` are the sets of tables that this program can read. The backup must have all of them.
/// Older tables are brought up to date when the file is opened next. A process that has the
/// database open itself must not call this.
///
/// # Errors
///
/// - The backup is damaged, is of another program, or is newer than this program.
/// - Another process has the database open.
/// - The database has records and `keep_as` is `None`.
/// - A file cannot be read or written.
///
/// Then the database is unchanged.
pub fn restore(
    backup: &Path,
    database: &Path,
    keep_as: Option<&Path>,
    schemas: &[Schema],
    prepare: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> Result<Inventory, RestoreError> {
    let same = fs::canonicalize(backup)
        .ok()
        .zip(fs::canonicalize(database).ok());
    if same.is_some_and(|(backup, database)| backup == database) {
        return Err(RestoreError::Same(backup.to_owned()));
    }
    let from = open(backup)?;
    readable(backup, &from, schemas)?;
    let held = Held::take(database)?;
    if held.as_ref().is_some_and(|held| held.occupied) && keep_as.is_none() {
        return Err(RestoreError::Occupied(database.to_owned()));
    }
    let written = copy::beside(database, &from)?.change(prepare)?;
    let holds = written.inventory.clone();
    let failed = |source| RestoreError::Replace {
        path: database.to_owned(),
        source,
    };
    if let Some(held) = &held {
        held.lay_aside(keep_as).map_err(failed)?;
    }
    written.replace(database).map_err(failed)?;
    Ok(holds)
}

/// Checks that the backup is not damaged and that this program can read it.
fn readable(
    backup: &Path,
    connection: &Connection,
    schemas: &[Schema],
) -> Result<(), RestoreError> {
    let path = || backup.to_owned();
    // A file that is no database is a damaged backup, too.
    let found = damage(connection).map_err(BackupError::asking(backup))?;
    if let Some(damage) = found {
        return Err(RestoreError::Damaged(path(), damage));
    }
    let holds = Inventory::of(connection).map_err(BackupError::asking(backup))?;
    for schema in schemas {
        match holds.migration(schema.history) {
            None => return Err(RestoreError::Foreign(path(), schema.history)),
            Some(newer) if newer > schema.newest => {
                return Err(RestoreError::TooNew(path(), newer));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// A database that no other process can open until this is dropped.
struct Held {
    path: PathBuf,
    /// Whether the database has records, or cannot be read and may have some.
    occupied: bool,
    /// Closing the file releases the lock. Closing any other handle of this process on the same
    /// file releases it, too.
    _lock: File,
}

impl Held {
    /// Locks the database. Returns `None` if the file does not exist.
    fn take(path: &Path) -> Result<Option<Self>, RestoreError> {
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            there => there.map_err(BackupError::reading(path))?,
        };
        let in_use = || RestoreError::InUse(path.to_owned());
        let occupied = match settle(path) {
            Ok(inventory) => !inventory.is_empty(),
            Err(error) if is_busy(&error) => return Err(in_use()),
            // A damaged database is a usual reason for a restore.
            Err(_) => true,
        };
        // The file is opened only now, because closing it would release the locks of this process.
        let lock = File::options().read(true).write(true).open(path);
        let lock = lock.map_err(BackupError::reading(path))?;
        if !lock_alone(&lock) {
            return Err(in_use());
        }
        Ok(Some(Self {
            path: path.to_owned(),
            occupied,
            _lock: lock,
        }))
    }

    /// Renames the database and the files of its log. Without `keep_as`, deletes the files of the
    /// log only.
    fn lay_aside(&self, keep_as: Option<&Path>) -> io::Result<()> {
        if let Some(keep_as) = keep_as {
            // The database gets a second name, so that it exists even if the restore is
            // interrupted.
            match fs::hard_link(&self.path, keep_as) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
                // Not every file system supports two names for a file.
                Err(_) => fs::rename(&self.path, keep_as)?,
                Ok(()) => {}
            }
        }
        for ending in ["-wal", "-shm", "-journal"] {
            let kept = keep_as.map(|keep_as| beside(keep_as, ending));
            let log = beside(&self.path, ending);
            let gone = match kept {
                // The log of an unreadable database is kept, because it may help to repair the
                // database.
                Some(kept) => fs::rename(log, kept),
                None => fs::remove_file(log),
            };
            match gone {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Writes the log into the database, which no other process may have open. Returns what the
/// database contains.
fn settle(path: &Path) -> rusqlite::Result<Inventory> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::ZERO)?;
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    Inventory::of(&connection)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    let busy = [ErrorCode::DatabaseBusy, ErrorCode::DatabaseLocked];
    error
        .sqlite_error_code()
        .is_some_and(|code| busy.contains(&code))
}

/// Locks the file, and returns true if no other process has the file open. Every SQLite connection
/// to a database with a write-ahead log holds a lock on the file. If the file is damaged or is no
/// database, no other check finds these processes.
#[cfg(unix)]
fn lock_alone(file: &File) -> bool {
    use rustix::fs::{FlockOperation, fcntl_lock};
    fcntl_lock(file, FlockOperation::NonBlockingLockExclusive).is_ok()
}

/// Other systems rely on SQLite's own check, and refuse to rename an open file.
#[cfg(not(unix))]
fn lock_alone(_: &File) -> bool {
    true
}

/// Why the backup was not restored. The database is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The backup is damaged.
    #[error("the backup {0} is damaged: {1}")]
    Damaged(PathBuf, Damage),
    /// The backup lacks this program's tables.
    #[error("{0} is no backup of this program: it has no table {1}")]
    Foreign(PathBuf, &'static str),
    /// A later version of this program made the backup.
    #[error(
        "the backup {0} was made by a newer version (it has the migration {1}): update this program"
    )]
    TooNew(PathBuf, i64),
    /// Another process has the database open.
    #[error("{0} is in use: stop the server that has it open, and try again")]
    InUse(PathBuf),
    /// The database has records, and the caller named no file to keep them in.
    #[error("there are records in {0}; with --replace they are kept under another name")]
    Occupied(PathBuf),
    /// The backup is the database itself.
    #[error("{0} is the database itself")]
    Same(PathBuf),
    /// The backup cannot be read or copied.
    #[error(transparent)]
    Copy(#[from] BackupError),
    /// A file cannot be renamed.
    #[error("cannot put the backup in the place of {path}: {source}")]
    Replace {
        /// The database.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
