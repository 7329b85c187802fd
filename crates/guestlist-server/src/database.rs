//! From a database URL to the stores in it: the only file that names the drivers.

use std::{path::Path, sync::Arc};

use guestlist::{Store, StoreError};
use guestlist_mongodb::MongodbStore;
use guestlist_postgres::PostgresStore;
use guestlist_sqlite::SqliteStore;
use planner::PlannerStore;

use crate::planner_store::{MongodbPlannerStore, PostgresPlannerStore, SqlitePlannerStore};

/// Everything that is kept, in one database.
#[derive(Clone, Debug)]
pub struct Stores {
    /// Users and sessions.
    pub door: Arc<dyn Store>,
    /// Events.
    pub planner: Arc<dyn PlannerStore>,
    engine: Engine,
}

/// The engine behind both.
#[derive(Clone, Debug)]
enum Engine {
    Sqlite(guestlist_sqlite::Database),
    Postgres(Box<guestlist_postgres::Database>),
    Mongodb(guestlist_mongodb::Database),
}

impl Stores {
    /// Opens the database of that URL and brings its tables up to date: `sqlite:PATH`,
    /// `postgres://USER:PASSWORD@HOST:PORT/DATABASE` (see [`guestlist_postgres::Database::open`]), or
    /// `mongodb://USER:PASSWORD@HOST:PORT/DATABASE` (see [`guestlist_mongodb::Database::open`]).
    pub async fn open(url: &str) -> Result<Self, DatabaseError> {
        match url.split_once(':') {
            Some(("sqlite", path)) => Self::in_sqlite(path).await,
            Some(("postgres" | "postgresql", _)) => Self::in_postgres(url).await,
            Some(("mongodb" | "mongodb+srv", _)) => Self::in_mongodb(url).await,
            _ => Err(DatabaseError::Scheme),
        }
    }

    async fn in_sqlite(path: &str) -> Result<Self, DatabaseError> {
        let path = Path::new(path.strip_prefix("//").unwrap_or(path));
        if path.as_os_str().is_empty() || path.starts_with(":memory:") {
            return Err(DatabaseError::NoFile);
        }
        let database = guestlist_sqlite::Database::open(path).await?;
        Ok(Self {
            door: Arc::new(SqliteStore::over(database.clone()).await?),
            planner: Arc::new(SqlitePlannerStore::over(database.clone()).await?),
            engine: Engine::Sqlite(database),
        })
    }

    async fn in_postgres(url: &str) -> Result<Self, DatabaseError> {
        let database = guestlist_postgres::Database::open(url).await?;
        Ok(Self {
            door: Arc::new(PostgresStore::over(database.clone()).await?),
            planner: Arc::new(PostgresPlannerStore::over(database.clone()).await?),
            engine: Engine::Postgres(Box::new(database)),
        })
    }

    async fn in_mongodb(url: &str) -> Result<Self, DatabaseError> {
        let database = guestlist_mongodb::Database::open(url).await?;
        Ok(Self {
            door: Arc::new(MongodbStore::over(database.clone()).await?),
            planner: Arc::new(MongodbPlannerStore::over(database.clone()).await?),
            engine: Engine::Mongodb(database),
        })
    }

    /// Leaves the database as it should be found, when the server stops.
    pub async fn close(self) -> Result<(), StoreError> {
        match self.engine {
            Engine::Sqlite(database) => database.settle().await,
            Engine::Postgres(database) => {
                database.close();
                Ok(())
            }
            Engine::Mongodb(database) => {
                database.close().await;
                Ok(())
            }
        }
    }
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
    #[error(
        "the database URL has no scheme we know; give sqlite:PATH, postgres://… or mongodb://…, or leave it out"
    )]
    Scheme,
    /// It names no file.
    #[error("the database URL names no file; give sqlite:PATH, or leave it out")]
    NoFile,
    /// The file is there and will not open.
    #[error(transparent)]
    Sqlite(#[from] guestlist_sqlite::OpenError),
    /// The server is not there, or will not do.
    #[error(transparent)]
    Postgres(#[from] guestlist_postgres::OpenError),
    /// The same.
    #[error(transparent)]
    Mongodb(#[from] guestlist_mongodb::OpenError),
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

    #[tokio::test]
    async fn a_url_that_cannot_be_served_says_what_to_give() {
        for url in [
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
