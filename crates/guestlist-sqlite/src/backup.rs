//! A copy of a file that is in use: as it was at one moment, and verified before it has its name.
//!
//! It is made in two steps. SQLite's backup API copies the pages: the connection that is copied from
//! holds a snapshot meanwhile, so what is counted there has to be found in the copy. And the copy of a
//! damaged file is as damaged, which is noticed here; `VACUUM` could leave something out without a
//! word. Nobody who reads or writes waits for it.
//!
//! Then `VACUUM INTO` writes that copy anew: free pages and unused parts of pages can hold what was
//! deleted from the database, and must not go into a backup.

mod copy;
mod inventory;
mod restore;

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags};

pub use inventory::{Damage, Inventory, Schema};
pub use restore::{RestoreError, restore};

/// Copies the database to a new file, for this user alone, while others read and write. What it holds.
///
/// Everything that was committed before the call is in it. It is written under another name, brought to
/// the disk, verified (pages, references, and that as many rows are in each table as in the snapshot),
/// and only then gets its name. Nothing that was deleted is in it. It needs no second file beside it; while it is made,
/// the folder needs room for two.
///
/// # Errors
///
/// If there is something of that name already, the database cannot be read, the copy cannot be written,
/// or it is not sound. No file of that name is there, then.
pub fn back_up(database: &Path, file: &Path) -> Result<Inventory, BackupError> {
    if fs::symlink_metadata(file).is_ok() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let from = open(database)?;
    let written = copy::beside(file, &from)?;
    let holds = written.inventory.clone();
    written.name(file)?;
    Ok(holds)
}

/// Opens what is there, and makes nothing.
fn open(path: &Path) -> Result<Connection, BackupError> {
    // SQLite would only say that it cannot open it. To open and close it here would take the locks of
    // whoever has it open in this process.
    fs::metadata(path).map_err(BackupError::reading(path))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags).map_err(BackupError::asking(path))
}

/// Another name in the same folder.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// A new file, for this user alone.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Brings the names in the folder of that file to the disk.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Nothing is written over what is there.
    #[error("{0} is there already; name another file")]
    Exists(PathBuf),
    /// The file that is to be copied cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// SQLite cannot do what it was asked with that file: it is no database, or its disk is full.
    #[error("cannot copy {path}: {source}")]
    Sqlite {
        /// Which.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The new file cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What was copied is not sound, so what it was copied from is not either.
    #[error("{path} is damaged: {damage}")]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What was found first.
        damage: Damage,
    },
    /// The copy holds something else than what was copied.
    #[error("what was written to {0} is not what was read; the disk may be failing")]
    Differs(PathBuf),
}

impl BackupError {
    fn reading(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Read {
            path: path.to_owned(),
            source,
        }
    }

    fn writing(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Write {
            path: path.to_owned(),
            source,
        }
    }

    fn asking(path: &Path) -> impl Fn(rusqlite::Error) -> Self {
        move |source| Self::Sqlite {
            path: path.to_owned(),
            source,
        }
    }
}

#[cfg(test)]
mod tests;
