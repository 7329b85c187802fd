//! From a database URL to the stores in it: the only file that names the drivers.

mod url;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use guestlist::{Archive, ReadLimits, Store, StoreError};
use guestlist_mongodb::MongodbStore;
use guestlist_postgres::PostgresStore;
use guestlist_sqlite::{Schema, SqliteStore};
use planner::{EventArchive, PlannerStore};

pub(crate) use url::Named;
pub use url::UrlError;

use crate::planner_store::{MongodbPlannerStore, PostgresPlannerStore, SqlitePlannerStore};

/// Everything that is kept, in one database.
#[derive(Clone, Debug)]
pub struct Stores {
    /// Users and sessions.
    pub door: Arc<dyn Store>,
    /// Events.
    pub planner: Arc<dyn PlannerStore>,
    archives: Archives,
    engine: Engine,
}

/// The engine behind both.
#[derive(Clone, Debug)]
enum Engine {
    Sqlite(guestlist_sqlite::Database),
    Postgres(Box<guestlist_postgres::Database>),
    Mongodb(guestlist_mongodb::Database),
}

/// The same record by record: what a copy into another database needs.
#[derive(Clone, Debug)]
pub struct Archives {
    /// Users and what is theirs, and keys.
    pub door: Arc<dyn Archive>,
    /// Events.
    pub planner: Arc<dyn EventArchive>,
}

impl Stores {
    /// Opens the database of that URL and brings its tables up to date: `sqlite:PATH`,
    /// `postgres://USER:PASSWORD@HOST:PORT/DATABASE` (see [`guestlist_postgres::Database::open`]), or
    /// `mongodb://USER:PASSWORD@HOST:PORT/DATABASE` (see [`guestlist_mongodb::Database::open`]).
    pub async fn open(url: &str) -> Result<Self, DatabaseError> {
        Self::open_with(url, ReadLimits::default()).await
    }

    /// The same with other limits on how many reads may wait.
    pub async fn open_with(url: &str, limits: ReadLimits) -> Result<Self, DatabaseError> {
        match Named::by(url)? {
            Named::File(path) => Self::in_sqlite(&path, limits).await,
            Named::Postgres => Self::in_postgres(url, limits).await,
            Named::Mongodb => Self::in_mongodb(url, limits).await,
        }
    }

    async fn in_sqlite(path: &Path, limits: ReadLimits) -> Result<Self, DatabaseError> {
        let database = guestlist_sqlite::Database::open_with(path, limits).await?;
        let door = SqliteStore::over(database.clone()).await?;
        let planner = SqlitePlannerStore::over(database.clone()).await?;
        Ok(Self::of(door, planner, Engine::Sqlite(database)))
    }

    async fn in_postgres(url: &str, limits: ReadLimits) -> Result<Self, DatabaseError> {
        let database = guestlist_postgres::Database::open_with(url, limits).await?;
        let door = PostgresStore::over(database.clone()).await?;
        let planner = PostgresPlannerStore::over(database.clone()).await?;
        Ok(Self::of(
            door,
            planner,
            Engine::Postgres(Box::new(database)),
        ))
    }

    async fn in_mongodb(url: &str, limits: ReadLimits) -> Result<Self, DatabaseError> {
        let database = guestlist_mongodb::Database::open_with(url, limits).await?;
        let door = MongodbStore::over(database.clone()).await?;
        let planner = MongodbPlannerStore::over(database.clone()).await?;
        Ok(Self::of(door, planner, Engine::Mongodb(database)))
    }

    fn of(door: impl Archive, planner: impl EventArchive, engine: Engine) -> Self {
        let (door, planner) = (Arc::new(door), Arc::new(planner));
        Self {
            archives: Archives {
                door: door.clone(),
                planner: planner.clone(),
            },
            door,
            planner,
            engine,
        }
    }

    /// The same stores record by record.
    pub fn archives(&self) -> &Archives {
        &self.archives
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

/// The file that a URL of SQLite names.
///
/// # Errors
///
/// If it names none. Of another engine it says whose tools back that up.
pub fn file(url: &str) -> Result<PathBuf, DatabaseError> {
    match Named::by(url)? {
        Named::File(path) => Ok(path),
        Named::Postgres => Err(DatabaseError::Server(
            "PostgreSQL: pg_dump backs it up, and pg_restore brings it back",
        )),
        Named::Mongodb => Err(DatabaseError::Server(
            "MongoDB: mongodump backs it up, and mongorestore brings it back",
        )),
    }
}

/// What a database is called wherever it is reached from here: its URL without a name, a password and
/// almost all parameters, and with the whole path of a file.
pub fn name_of(url: &str) -> String {
    if let Ok(path) = file(url) {
        let path = std::path::absolute(&path).unwrap_or(path);
        let path = std::fs::canonicalize(&path).unwrap_or(path);
        return format!("sqlite:{}", path.display());
    }
    let (url, parameters) = url.split_once('?').unwrap_or((url, ""));
    // These can name a schema of PostgreSQL, which is as good as a database.
    let mut parameters = parameters.split('&');
    let options = parameters.find(|parameter| parameter.starts_with("options="));
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (_, place) = rest.rsplit_once('@').unwrap_or(("", rest));
            let options = options.map_or_else(String::new, |options| format!("?{options}"));
            format!("{scheme}://{place}{options}")
        }
        None => "a database".to_owned(),
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
    /// The URL is of no known form.
    #[error("the database URL {0}")]
    Url(#[from] UrlError),
    /// It names a server, which has tools of its own.
    #[error("the database is not a file of SQLite but in {0}")]
    Server(&'static str),
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

    #[test]
    fn only_sqlite_keeps_a_file_and_others_have_tools_of_their_own() {
        for (url, path) in [
            ("sqlite:a/b.sqlite", "a/b.sqlite"),
            ("sqlite:///a/b c", "/a/b c"),
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

    #[test]
    fn a_database_is_called_by_its_place_and_nothing_secret() {
        for (url, name) in [
            (
                "postgres://ada:p@ss@db:5432/planner?sslmode=require",
                "postgres://db:5432/planner",
            ),
            (
                "postgres://db/planner?password=p&options=-csearch_path%3Da",
                "postgres://db/planner?options=-csearch_path%3Da",
            ),
            ("mongodb://a,b/planner", "mongodb://a,b/planner"),
            ("sqlite:/nowhere/a.sqlite", "sqlite:/nowhere/a.sqlite"),
            ("host=db password=secret", "a database"),
        ] {
            assert_eq!(name_of(url), name);
        }
        assert_eq!(
            name_of("sqlite:Cargo.toml"),
            name_of("sqlite:./src/../Cargo.toml")
        );
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
