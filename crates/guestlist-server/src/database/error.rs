//! Why a database does not open.

use std::path::PathBuf;

use super::url::UrlError;

/// Why a database does not open. Its URL is not repeated: it may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The URL is invalid.
    #[error("the database URL {0}")]
    Url(#[from] UrlError),
    /// No version of this program has made its tables there.
    #[error("there is no installation in this database")]
    NoInstallation,
    /// The file of SQLite belongs to another program.
    #[error(
        "the SQLite file {} holds tables of another program ({tables}) and none of this one; name another file, which \
         need not exist", path.display()
    )]
    OtherProgram {
        /// The file.
        path: PathBuf,
        /// The first of its tables.
        tables: String,
    },
    /// It names a server, which has tools of its own.
    #[error("the database is not a file of SQLite but in {0}")]
    Server(&'static str),
    /// The SQLite file cannot be opened.
    #[error(transparent)]
    Sqlite(#[from] guestlist_sqlite::OpenError),
    /// The PostgreSQL server cannot be reached or refuses.
    #[error(transparent)]
    Postgres(#[from] guestlist_postgres::OpenError),
    /// The MongoDB server cannot be reached or refuses.
    #[error(transparent)]
    Mongodb(#[from] guestlist_mongodb::OpenError),
}
