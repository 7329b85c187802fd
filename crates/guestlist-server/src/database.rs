//! Opens the stores of a database URL. This is the only file that names the database drivers.

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

    /// Opens the database of an installation. It changes nothing in a database without one.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::NoInstallation`] if neither this version nor an earlier one has made its tables
    /// there; all errors of [`open`](Self::open).
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

async fn is_in_postgres(database: &guestlist_postgres::Database) -> Result<bool, DatabaseError> {
    Ok(PostgresStore::is_in(database).await? && PostgresPlannerStore::is_in(database).await?)
}

async fn is_in_mongodb(database: &guestlist_mongodb::Database) -> Result<bool, DatabaseError> {
    Ok(MongodbStore::is_in(database).await? && MongodbPlannerStore::is_in(database).await?)
}

/// Whether a file of SQLite has an installation. It makes nothing.
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

/// Returns the file that a SQLite URL names.
///
/// # Errors
///
/// If the URL names no file. For another database, the error names its backup tools.
pub fn file(url: &str) -> Result<PathBuf, DatabaseError> {
    match Named::by(url)? {
        Named::File(path) => Ok(path),
        Named::Postgres => Err(DatabaseError::Server(
            "PostgreSQL; back it up with pg_dump and restore it with pg_restore",
        )),
        Named::Mongodb => Err(DatabaseError::Server(
            "MongoDB; back it up with mongodump and restore it with mongorestore",
        )),
    }
}

/// Returns a name that identifies the database: its URL without user name, password and almost all
/// parameters. A file has its absolute path.
pub fn name_of(url: &str) -> String {
    if let Ok(path) = file(url) {
        let path = std::path::absolute(&path).unwrap_or(path);
        let path = std::fs::canonicalize(&path).unwrap_or(path);
        return format!("sqlite:{}", path.display());
    }
    let url = &*with_usual_scheme(url);
    let (url, parameters) = url.split_once('?').unwrap_or((url, ""));
    // `options` can select a PostgreSQL schema, which is as distinct as a database.
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

/// Returns the tables that this version keeps in a SQLite file.
pub fn sqlite_schemas() -> [Schema; 2] {
    [SqliteStore::schema(), SqlitePlannerStore::schema()]
}

/// Whether nodes on several machines can use the database at that URL. If so, a secret in a local
/// folder is not enough.
pub fn is_shared(url: &str) -> bool {
    !with_usual_scheme(url).starts_with("sqlite:")
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_is_limited_to_one_machine() {
        assert!(!is_shared("sqlite:./data/guestlist.sqlite"));
        for url in ["postgres://db/planner", "mongodb+srv://db/planner", ""] {
            assert!(is_shared(url), "{url}");
        }
    }

    #[test]
    fn only_sqlite_has_a_file_and_others_have_their_own_tools() {
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
            ("planner.db", "sqlite:planner.db"),
        ] {
            let error = file(url).expect_err(url).to_string();
            assert!(
                error.contains(words) && !error.contains("secret"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_name_identifies_the_database_without_secrets() {
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
