//! A backup in the place of a database that nobody has open.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{
    BackupError, Inventory, Schema, beside, copy,
    inventory::{Damage, damage},
    open,
};

/// Puts the backup in the place of the database. What it holds.
///
/// It is verified, copied, and verified again before anything is touched, and `prepare` changes the copy, all or nothing;
/// then it takes its place in one step. If there was a file, it is kept under the name `keep_as`, with everything that was committed to
/// it. The schemas are those that this program can read, all of which the backup has to have; older
/// tables are brought up to date when the file is opened next. Not for a process that has the database
/// open itself.
///
/// # Errors
///
/// If the backup is damaged, of something else, or newer than this program; if another process has the
/// database open; if there are records in it and `keep_as` is none; or if something cannot be read or
/// written. The database is as it was, then.
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

/// Whether it is sound, and this program can do something with it.
fn readable(
    backup: &Path,
    connection: &Connection,
    schemas: &[Schema],
) -> Result<(), RestoreError> {
    let path = || backup.to_owned();
    // What is no database at all is damaged, too, for whoever was told that it is a backup.
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

/// A database that nobody else has open for as long as this lives.
struct Held {
    path: PathBuf,
    /// Whether somebody would miss what is in it, as far as that can be read.
    occupied: bool,
    /// The lock goes with it, and with any other handle of this process on the same file.
    _lock: File,
}

impl Held {
    /// None if there is no such file.
    fn take(path: &Path) -> Result<Option<Self>, RestoreError> {
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            there => there.map_err(BackupError::reading(path))?,
        };
        let in_use = || RestoreError::InUse(path.to_owned());
        let occupied = match settle(path) {
            Ok(inventory) => !inventory.is_empty(),
            Err(error) if is_busy(&error) => return Err(in_use()),
            // A damaged file is why somebody restores.
            Err(_) => true,
        };
        // No sooner: to close it takes the locks of this process away.
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

    /// Gives it the other name, with what lies beside it; without one, only what lies beside it goes.
    fn lay_aside(&self, keep_as: Option<&Path>) -> io::Result<()> {
        if let Some(keep_as) = keep_as {
            // A second name, so that there is a database whenever this is interrupted.
            match fs::hard_link(&self.path, keep_as) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
                // Not every file system can give a file two names.
                Err(_) => fs::rename(&self.path, keep_as)?,
                Ok(()) => {}
            }
        }
        for ending in ["-wal", "-shm", "-journal"] {
            let kept = keep_as.map(|keep_as| beside(keep_as, ending));
            let log = beside(&self.path, ending);
            let gone = match kept {
                // The log of a file that could not be read: perhaps somebody can.
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

/// Brings its log into the file, which nobody else may have open; what it holds.
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

/// Whether nobody else has the file open: every connection of SQLite to a file with a log holds a lock
/// on it. Where it cannot be read as a database, this alone tells.
#[cfg(unix)]
fn lock_alone(file: &File) -> bool {
    use rustix::fs::{FlockOperation, fcntl_lock};
    fcntl_lock(file, FlockOperation::NonBlockingLockExclusive).is_ok()
}

/// Elsewhere SQLite's own answer has to do, and a file that is open cannot be renamed.
#[cfg(not(unix))]
fn lock_alone(_: &File) -> bool {
    true
}

/// Why the database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It is no good.
    #[error("the backup {0} is damaged: {1}")]
    Damaged(PathBuf, Damage),
    /// It has no such tables.
    #[error("{0} is no backup of this program: it has no table {1}")]
    Foreign(PathBuf, &'static str),
    /// A later version of this program made it.
    #[error(
        "the backup {0} was made by a newer version (it has the migration {1}): update this program"
    )]
    TooNew(PathBuf, i64),
    /// Another process has the database open.
    #[error("{0} is in use: stop the server that has it open, and try again")]
    InUse(PathBuf),
    /// There are records in it, and nobody said what is to become of them.
    #[error("there are records in {0}; with --replace they are kept under another name")]
    Occupied(PathBuf),
    /// There is nothing to do.
    #[error("{0} is the database itself")]
    Same(PathBuf),
    /// It cannot be read, or not be copied.
    #[error(transparent)]
    Copy(#[from] BackupError),
    /// The files cannot be given their names.
    #[error("cannot put the backup in the place of {path}: {source}")]
    Replace {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
