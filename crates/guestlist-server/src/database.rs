//! Opens the stores of a database URL. This file and its folder alone name the database drivers.

mod error;
mod place;
mod url;

use std::{path::Path, sync::Arc};

use guestlist::{Archive, ReadLimits, Store, StoreError};
use guestlist_mongodb::MongodbStore;
use guestlist_postgres::PostgresStore;
use guestlist_sqlite::{Schema, SqliteStore};
use planner::{EventArchive, PlannerStore};

pub use error::DatabaseError;
pub use place::{file, is_shared, name_of};
pub use url::UrlError;
pub(crate) use url::{Named, with_usual_scheme};

use crate::planner_store::{MongodbPlannerStore, PostgresPlannerStore, SqlitePlannerStore};

/// A message names at most so many tables of another program.
const SHOWN_TABLES: usize = 5;

/// All stored data, in one database.
#[derive(Clone, Debug)]
pub struct Stores {
    /// Users and sessions.
    pub accounts: Arc<dyn Store>,
    /// Events.
    pub planner: Arc<dyn PlannerStore>,
    archives: Archives,
    engine: Engine,
    is_new: bool,
}

/// The open database.
#[derive(Clone, Debug)]
enum Engine {
    Sqlite(guestlist_sqlite::Database),
    Postgres(Box<guestlist_postgres::Database>),
    Mongodb(guestlist_mongodb::Database),
}

/// The same data record by record, for copies into another database.
#[derive(Clone, Debug)]
pub struct Archives {
    /// Users, their sessions and tokens, and signing keys.
    pub accounts: Arc<dyn Archive>,
    /// Events.
    pub planner: Arc<dyn EventArchive>,
}

impl Stores {
    /// Opens the database at that URL and migrates its tables. URLs: `sqlite:PATH`,
    /// `postgres://USER:PASSWORD@HOST:PORT/DATABASE` (see [`guestlist_postgres::Database::open`]),
    /// or `mongodb://USER:PASSWORD@HOST:PORT/DATABASE` (see [`guestlist_mongodb::Database::open`]).
    pub async fn open(url: &str) -> Result<Self, DatabaseError> {
        Self::open_with(url, ReadLimits::default()).await
    }

    /// Opens the database with other limits on how many reads may wait.
    pub async fn open_with(url: &str, limits: ReadLimits) -> Result<Self, DatabaseError> {
        Self::find(url, limits, Missing::IsMade).await
    }

    /// Opens the database of an installation. Changes nothing in a database without an
    /// installation.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::NoInstallation`] if neither this version nor an earlier one has made its
    /// tables there; all errors of [`open`](Self::open).
    pub async fn open_installation(url: &str, limits: ReadLimits) -> Result<Self, DatabaseError> {
        Self::find(url, limits, Missing::IsRefused).await
    }

    async fn find(url: &str, limits: ReadLimits, missing: Missing) -> Result<Self, DatabaseError> {
        let url = &*with_usual_scheme(url);
        match Named::by(url)? {
            Named::File(path) => Self::in_sqlite(&path, limits, missing).await,
            Named::Postgres => Self::in_postgres(url, limits, missing).await,
            Named::Mongodb => Self::in_mongodb(url, limits, missing).await,
        }
    }

    async fn in_sqlite(
        path: &Path,
        limits: ReadLimits,
        missing: Missing,
    ) -> Result<Self, DatabaseError> {
        let contents = guestlist_sqlite::Contents::of(path)?;
        let is_installed = is_installed(&contents);
        missing.check(is_installed)?;
        refuse_other_program(path, &contents)?;
        let database = guestlist_sqlite::Database::open_with(path, limits).await?;
        // No table is made before all names are known to be free.
        SqlitePlannerStore::refuse_other_tables(&database).await?;
        let accounts = SqliteStore::over(database.clone()).await?;
        let planner = SqlitePlannerStore::over(database.clone()).await?;
        Ok(Self::of(accounts, planner, Engine::Sqlite(database)).new_unless(is_installed))
    }

    async fn in_postgres(
        url: &str,
        limits: ReadLimits,
        missing: Missing,
    ) -> Result<Self, DatabaseError> {
        let database = guestlist_postgres::Database::open_with(url, limits).await?;
        let is_installed = is_in_postgres(&database).await?;
        missing.check(is_installed)?;
        PostgresPlannerStore::refuse_other_tables(&database).await?;
        let accounts = PostgresStore::over(database.clone()).await?;
        let planner = PostgresPlannerStore::over(database.clone()).await?;
        let stores = Self::of(accounts, planner, Engine::Postgres(Box::new(database)));
        Ok(stores.new_unless(is_installed))
    }

    async fn in_mongodb(
        url: &str,
        limits: ReadLimits,
        missing: Missing,
    ) -> Result<Self, DatabaseError> {
        let database = guestlist_mongodb::Database::open_with(url, limits).await?;
        let is_installed = is_in_mongodb(&database).await?;
        missing.check(is_installed)?;
        MongodbPlannerStore::refuse_other_documents(&database).await?;
        let accounts = MongodbStore::over(database.clone()).await?;
        let planner = MongodbPlannerStore::over(database.clone()).await?;
        Ok(Self::of(accounts, planner, Engine::Mongodb(database)).new_unless(is_installed))
    }

    fn of(accounts: impl Archive, planner: impl EventArchive, engine: Engine) -> Self {
        let (accounts, planner) = (Arc::new(accounts), Arc::new(planner));
        Self {
            archives: Archives {
                accounts: accounts.clone(),
                planner: planner.clone(),
            },
            accounts,
            planner,
            engine,
            is_new: false,
        }
    }

    fn new_unless(mut self, was_installed: bool) -> Self {
        self.is_new = !was_installed;
        self
    }

    /// Whether there was no installation in this database before.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Returns the same stores, record by record.
    pub fn archives(&self) -> &Archives {
        &self.archives
    }

    /// Closes the database when the server stops.
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

/// What becomes of a database without an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    /// An installation is made.
    IsMade,
    /// The database is refused.
    IsRefused,
}

impl Missing {
    fn check(self, is_installed: bool) -> Result<(), DatabaseError> {
        match is_installed || self == Self::IsMade {
            true => Ok(()),
            false => Err(DatabaseError::NoInstallation),
        }
    }
}

/// Whether the database of that URL has an installation. It makes nothing.
///
/// # Errors
///
/// If the database cannot be reached or read.
pub async fn has_installation(url: &str) -> Result<bool, DatabaseError> {
    let url = &*with_usual_scheme(url);
    match Named::by(url)? {
        Named::File(path) => file_has_installation(&path),
        Named::Postgres => {
            let database = guestlist_postgres::Database::open(url).await?;
            let is_installed = is_in_postgres(&database).await?;
            database.close();
            Ok(is_installed)
        }
        Named::Mongodb => {
            let database = guestlist_mongodb::Database::open(url).await?;
            let is_installed = is_in_mongodb(&database).await?;
            database.close().await;
            Ok(is_installed)
        }
    }
}

/// Refuses the URL of a database server that a start would refuse without a connection. The error
/// completes "setting `database.url`, …" and contains the fix.
pub(crate) fn refuse_url(named: &Named, url: &str) -> Result<(), String> {
    match named {
        Named::File(_) => Ok(()),
        Named::Postgres => {
            let checked = guestlist_postgres::Database::check_url(url);
            checked.map_err(|error| match error {
                guestlist_postgres::OpenError::Url(problem) => problem.into_owned(),
                other => other.to_string(),
            })
        }
        Named::Mongodb => {
            let checked = guestlist_mongodb::Database::check_url(url);
            checked.map_err(|error| match error {
                guestlist_mongodb::OpenError::Url(problem) => problem.into_owned(),
                other => other.to_string(),
            })
        }
    }
}

async fn is_in_postgres(database: &guestlist_postgres::Database) -> Result<bool, DatabaseError> {
    Ok(PostgresStore::is_in(database).await? && PostgresPlannerStore::is_in(database).await?)
}

async fn is_in_mongodb(database: &guestlist_mongodb::Database) -> Result<bool, DatabaseError> {
    Ok(MongodbStore::is_in(database).await? && MongodbPlannerStore::is_in(database).await?)
}

/// Whether a SQLite file contains an installation. Creates no file and changes none.
///
/// # Errors
///
/// If the file cannot be read, or is not a database of SQLite.
pub fn file_has_installation(path: &Path) -> Result<bool, DatabaseError> {
    Ok(is_installed(&guestlist_sqlite::Contents::of(path)?))
}

/// Whether a file of SQLite has the tables of an installation.
fn is_installed(contents: &guestlist_sqlite::Contents) -> bool {
    sqlite_schemas().iter().all(|schema| contents.has(schema))
}

/// Refuses a file that belongs to another program: it was probably named by mistake. An application
/// that has the tables of the library in its file may be served, too.
fn refuse_other_program(
    path: &Path,
    contents: &guestlist_sqlite::Contents,
) -> Result<(), DatabaseError> {
    let is_ours = sqlite_schemas().iter().any(|schema| contents.has(schema));
    if is_ours || contents.tables().is_empty() {
        return Ok(());
    }
    let (shown, rest) = contents
        .tables()
        .split_at(contents.tables().len().min(SHOWN_TABLES));
    let shown: Vec<_> = shown.iter().map(|name| format!("{name:?}")).collect();
    let mut tables = shown.join(", ");
    if !rest.is_empty() {
        tables.push_str(&format!(" and {} more", rest.len()));
    }
    Err(DatabaseError::OtherProgram {
        path: path.to_owned(),
        tables,
    })
}

/// Returns the tables that this version keeps in a SQLite file.
pub fn sqlite_schemas() -> [Schema; 2] {
    [SqliteStore::schema(), SqlitePlannerStore::schema()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_url_that_cannot_be_served_says_what_to_give() {
        for (url, fix) in [
            ("mysql://localhost", "sqlite:PATH"),
            ("sqlite:", "sqlite:PATH"),
            ("sqlite::memory:", "sqlite:PATH"),
            ("planner.db", "sqlite:planner.db"),
            ("", "sqlite:PATH"),
        ] {
            let error = Stores::open(url).await.expect_err(url).to_string();
            assert!(error.contains(fix), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
