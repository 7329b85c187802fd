//! From a database URL to the stores in it: the only file that names the drivers.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use guestlist::{Store, StoreError};
use guestlist_sqlite::{Database, OpenError, Schema, SqliteStore};
use planner::PlannerStore;

use crate::planner_store::SqlitePlannerStore;

/// Everything that is kept, in one database.
#[derive(Clone, Debug)]
pub struct Stores {
    /// Users and sessions.
    pub door: Arc<dyn Store>,
    /// Events.
    pub planner: Arc<dyn PlannerStore>,
    database: Database,
}

impl Stores {
    /// Opens the database of that URL and brings its tables up to date: `sqlite:PATH`.
    pub async fn open(url: &str) -> Result<Self, DatabaseError> {
        match url.split_once(':') {
            Some(("sqlite", _)) => Self::in_sqlite(&file(url)?).await,
            Some(("postgres" | "postgresql", _)) => Err(DatabaseError::NotYet("PostgreSQL")),
            Some(("mongodb" | "mongodb+srv", _)) => Err(DatabaseError::NotYet("MongoDB")),
            _ => Err(DatabaseError::Scheme),
        }
    }

    async fn in_sqlite(path: &Path) -> Result<Self, DatabaseError> {
        let database = Database::open(path).await?;
        Ok(Self {
            door: Arc::new(SqliteStore::over(database.clone()).await?),
            planner: Arc::new(SqlitePlannerStore::over(database.clone()).await?),
            database,
        })
    }

    /// Leaves the database as it should be found, when the server stops.
    pub async fn close(self) -> Result<(), StoreError> {
        self.database.settle().await
    }
}

/// The file that a URL of SQLite names.
///
/// # Errors
///
/// If it names none. Of another engine it says whose tools back that up.
pub fn file(url: &str) -> Result<PathBuf, DatabaseError> {
    match url.split_once(':') {
        Some(("sqlite", path)) => {
            let path = Path::new(path.strip_prefix("//").unwrap_or(path));
            if path.as_os_str().is_empty() || path.starts_with(":memory:") {
                return Err(DatabaseError::NoFile);
            }
            Ok(path.to_owned())
        }
        Some(("postgres" | "postgresql", _)) => Err(DatabaseError::Server(
            "PostgreSQL: pg_dump backs it up, and pg_restore brings it back",
        )),
        Some(("mongodb" | "mongodb+srv", _)) => Err(DatabaseError::Server(
            "MongoDB: mongodump backs it up, and mongorestore brings it back",
        )),
        _ => Err(DatabaseError::Scheme),
    }
}

/// All tables that this version keeps in a file of SQLite.
pub fn sqlite_schemas() -> [Schema; 2] {
    [SqliteStore::schema(), SqlitePlannerStore::schema()]
}

/// Whether nodes on several machines can use the database of that URL: a secret that lies in a folder of
/// one of them will not do, then.
pub fn is_shared(url: &str) -> bool {
    !url.starts_with("sqlite:")
}

/// Why there is no database. What the URL says is not repeated: it may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// It is of no kind we know.
    #[error("the database URL has no scheme we know; give sqlite:PATH, or leave it out")]
    Scheme,
    /// It names an engine that a later version brings.
    #[error(
        "this version keeps everything in SQLite; {0} is not there yet. Give sqlite:PATH, or leave the database URL out"
    )]
    NotYet(&'static str),
    /// It names no file.
    #[error("the database URL names no file; give sqlite:PATH, or leave it out")]
    NoFile,
    /// It names a server, which has tools of its own.
    #[error("the database is not a file of SQLite but in {0}")]
    Server(&'static str),
    /// The file is there and will not open.
    #[error(transparent)]
    Sqlite(#[from] OpenError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_for_one_machine_and_everything_else_for_several() {
        assert!(!is_shared("sqlite:./data/guestlist.sqlite"));
        for url in ["postgres://db/planner", "mongodb+srv://db/planner", ""] {
            assert!(is_shared(url), "{url}");
        }
    }

    #[test]
    fn only_sqlite_keeps_a_file_and_others_have_tools_of_their_own() {
        for (url, path) in [
            ("sqlite:a/b.sqlite", "a/b.sqlite"),
            ("sqlite:///a b", "/a b"),
        ] {
            assert_eq!(file(url).expect(url), Path::new(path));
        }
        for (url, words) in [
            ("postgres://ada:secret@db/planner", "pg_dump"),
            ("postgresql://ada:secret@db/planner", "pg_restore"),
            ("mongodb://ada:secret@db/planner", "mongodump"),
            ("mongodb+srv://ada:secret@db/planner", "mongorestore"),
            ("sqlite::memory:", "sqlite:PATH"),
            ("planner.db", "sqlite:PATH"),
        ] {
            let error = file(url).expect_err(url).to_string();
            assert!(
                error.contains(words) && !error.contains("secret"),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn a_url_that_cannot_be_served_says_what_to_give() {
        for url in [
            "mongodb://localhost:27017/planner",
            "postgres://ada:secret@localhost/planner",
            "mysql://localhost",
            "sqlite:",
            "sqlite::memory:",
            "planner.db",
            "",
        ] {
            let error = Stores::open(url).await.expect_err(url).to_string();
            assert!(error.contains("sqlite:PATH"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
