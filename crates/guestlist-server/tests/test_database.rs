//! A database of its own for each test, dropped after the test. The engine is the one that
//! `TEST_DATABASE` names: `sqlite` (the default), `postgres` or `mongodb`.

use std::{
    env,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use guestlist::testing::service;
use guestlist_mongodb::mongodb::{self, bson::doc};
use guestlist_postgres::tokio_postgres::{self, NoTls};
use tempfile::TempDir;
use tokio::runtime;

/// A database that is dropped with this value.
pub(crate) struct TestDatabase {
    url: String,
    engine: Engine,
}

enum Engine {
    Sqlite { _folder: TempDir },
    Postgres { schema: String },
    Mongodb { name: String },
}

impl TestDatabase {
    /// Creates a database on the engine that `TEST_DATABASE` names.
    pub(crate) fn new() -> Self {
        match env::var("TEST_DATABASE").as_deref() {
            Err(_) | Ok("" | "sqlite") => Self::in_sqlite(),
            Ok("postgres") => Self::in_postgres().expect("TEST_POSTGRES_URL is set"),
            Ok("mongodb") => Self::in_mongodb().expect("TEST_MONGODB_URL is set"),
            Ok(other) => panic!("TEST_DATABASE={other}: use sqlite, postgres or mongodb"),
        }
    }

    /// Whether this run uses SQLite, the engine that needs no server.
    pub(crate) fn is_a_file() -> bool {
        matches!(
            env::var("TEST_DATABASE").as_deref(),
            Err(_) | Ok("" | "sqlite")
        )
    }

    /// Creates a SQLite file in a folder of its own.
    pub(crate) fn in_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("makes a folder");
        let url = format!("sqlite:{}", folder.path().join("test.sqlite").display());
        Self {
            url,
            engine: Engine::Sqlite { _folder: folder },
        }
    }

    /// Creates a schema on the server that `TEST_POSTGRES_URL` names, if there is one.
    pub(crate) fn in_postgres() -> Option<Self> {
        let server = service("TEST_POSTGRES_URL")?;
        let schema = name();
        in_postgres(&server, &format!("CREATE SCHEMA {schema}"));
        let separator = if server.contains('?') { '&' } else { '?' };
        Some(Self {
            // Test data need not survive a power cut, and loopback traffic needs no encryption.
            url: format!(
                "{server}{separator}options=-csearch_path%3D{schema}%20-csynchronous_commit%3Doff&sslmode=disable"
            ),
            engine: Engine::Postgres { schema },
        })
    }

    /// Names a new database on the server that `TEST_MONGODB_URL` names, if there is one.
    pub(crate) fn in_mongodb() -> Option<Self> {
        let server = service("TEST_MONGODB_URL")?;
        let (server, _) = server.rsplit_once('/').expect("names a database");
        let name = name();
        Some(Self {
            // All tests run at the same time, possibly on a busy machine: the time limits are long.
            url: format!("{server}/{name}?socketTimeoutMS=30000&connectTimeoutMS=30000"),
            engine: Engine::Mongodb { name },
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// Returns a database name that no other test uses. No name is a prefix of another: when
/// mongo-java-server 1.47 drops a database, it also drops the records of every database whose name
/// starts with the dropped name.
fn name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("test_{}_{number}_", std::process::id())
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        match &self.engine {
            Engine::Sqlite { .. } => {}
            Engine::Postgres { schema } => {
                let drop = format!("SET statement_timeout = 5000; DROP SCHEMA {schema} CASCADE");
                in_postgres(&self.url, &drop);
            }
            Engine::Mongodb { name } => in_mongodb(&self.url, name),
        }
    }
}

/// Runs SQL on the server and waits for it, also inside an async runtime.
fn in_postgres(url: &str, sql: &str) {
    wait_for(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("connects");
        tokio::spawn(connection);
        client.batch_execute(sql).await.expect(sql);
    });
}

/// Drops the database `name`.
fn in_mongodb(url: &str, name: &str) {
    let (server, _) = url.split_once('?').unwrap_or((url, ""));
    wait_for(async {
        let client = mongodb::Client::with_uri_str(server)
            .await
            .expect("is a URL");
        let database = client.database(name);
        let dropped = database.run_command(doc! { "dropDatabase": 1 }).await;
        dropped.expect("drops");
    });
}

fn wait_for(said: impl Future<Output = ()> + Send) {
    let done = thread::scope(|scope| {
        let here = scope.spawn(|| {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("starts").block_on(said);
        });
        here.join()
    });
    // A database that cannot be dropped stays until the server is stopped.
    if !thread::panicking() {
        done.expect("ends");
    }
}

#[test]
fn no_database_name_is_a_prefix_of_another() {
    let names: Vec<_> = (0..12).map(|_| name()).collect();
    for one in &names {
        let begun = names.iter().filter(|other| other.starts_with(one.as_str()));
        assert_eq!(begun.count(), 1, "{one} among {names:?}");
    }
}
