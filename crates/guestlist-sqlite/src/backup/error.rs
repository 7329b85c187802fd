//! Why there is no backup.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::inventory::Damage;

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
    pub(super) fn reading(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Read {
            path: path.to_owned(),
            source,
        }
    }

    pub(super) fn writing(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Write {
            path: path.to_owned(),
            source,
        }
    }

    pub(super) fn asking(path: &Path) -> impl Fn(rusqlite::Error) -> Self {
        move |source| Self::Sqlite {
            path: path.to_owned(),
            source,
        }
    }
}
