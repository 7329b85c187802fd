//! Why a file cannot be opened, in words that name the cause and the fix.

use std::path::{Path, PathBuf};

use guestlist::StoreError;
use rusqlite::ErrorCode;

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
