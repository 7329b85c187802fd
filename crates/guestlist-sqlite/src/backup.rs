//! A backup of a database that is in use: its content at one moment, verified before it gets its
//! name.
//!
//! A backup is made in two parts. First, SQLite's backup API copies the pages. The source
//! connection holds a snapshot meanwhile, so the copy must have the same number of rows. A copy of
//! a damaged file has the same damage, which is found here; `VACUUM` could leave out rows without
//! an error. Other connections can read and write meanwhile.
//!
//! Then `VACUUM INTO` writes the copy anew. Free pages and unused parts of pages can hold deleted
//! data, which must not get into a backup.

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

/// Backs up the database to a new file that only this user can read. Other connections can read and
/// write meanwhile. Returns what the backup contains.
///
/// The backup has everything that was committed before the call, and nothing that was deleted. It
/// is written under another name and synced to the disk. It is verified: pages, references, and the
/// number of rows in each table of the snapshot. Only then it gets its name. A backup is one file;
/// while it is made, the folder needs room for two.
///
/// # Errors
///
/// If the file exists already, the database cannot be read or is damaged, or the backup cannot be
/// written. Then no file of that name is created.
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

/// Opens an existing database for reading.
fn open(path: &Path) -> Result<Connection, BackupError> {
    // The check gives a better error than SQLite's. Opening and closing the file here would release
    // the locks of another connection in this process.
    fs::metadata(path).map_err(BackupError::reading(path))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags).map_err(BackupError::asking(path))
}

/// Returns another name in the same folder.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Creates a file that only this user can read.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Syncs the names in the file's folder to the disk.
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

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file of that name exists; a backup never overwrites one.
    #[error("{0} is there already; name another file")]
    Exists(PathBuf),
    /// The database cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// SQLite reports an error: the file is no database, or the disk is full.
    #[error("cannot copy {path}: {source}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The backup cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The copy is damaged, and so is the database that it was copied from.
    #[error("{path} is damaged: {damage}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first damage that was found.
        damage: Damage,
    },
    /// The backup has other rows than the database.
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
