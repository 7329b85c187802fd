//! Where a test keeps its records: a database of its own, gone with the test, on the engine that `TEST_DATABASE`
//! names (`sqlite`, which is the usual one, `postgres` or `mongodb`).

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

/// A database.
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
    /// A new one on the engine that this run is about.
    pub(crate) fn new() -> Self {
        match env::var("TEST_DATABASE").as_deref() {
            Err(_) | Ok("" | "sqlite") => Self::in_sqlite(),
            Ok("postgres") => Self::in_postgres().expect("TEST_POSTGRES_URL says where"),
            Ok("mongodb") => Self::in_mongodb().expect("TEST_MONGODB_URL says where"),
            Ok(other) => panic!("TEST_DATABASE={other}: there is sqlite, postgres and mongodb"),
        }
    }

    /// Whether this run is about the engine that needs nothing else.
    pub(crate) fn is_a_file() -> bool {
        matches!(
            env::var("TEST_DATABASE").as_deref(),
            Err(_) | Ok("" | "sqlite")
        )
    }

    /// A file in a folder of its own.
    pub(crate) fn in_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("makes a folder");
        let url = format!("sqlite:{}", folder.path().join("test.sqlite").display());
        Self {
            url,
            engine: Engine::Sqlite { _folder: folder },
        }
    }

    /// A schema on the server that `TEST_POSTGRES_URL` names, if there is one.
    pub(crate) fn in_postgres() -> Option<Self> {
        let server = service("TEST_POSTGRES_URL")?;
        let schema = name();
        in_postgres(&server, &format!("CREATE SCHEMA {schema}"));
        let separator = if server.contains('?') { '&' } else { '?' };
        Some(Self {
            // What a test leaves need not survive a power cut, and nobody listens on loopback.
            url: format!(
                "{server}{separator}options=-csearch_path%3D{schema}%20-csynchronous_commit%3Doff&sslmode=disable"
            ),
            engine: Engine::Postgres { schema },
        })
    }

    /// A database on the server that `TEST_MONGODB_URL` names, if there is one.
    pub(crate) fn in_mongodb() -> Option<Self> {
        let server = service("TEST_MONGODB_URL")?;
        let (server, _) = server.rsplit_once('/').expect("names a database");
        let name = name();
        Some(Self {
            // Every test at once, on machines that do other things too.
            url: format!("{server}/{name}?socketTimeoutMS=30000&connectTimeoutMS=30000"),
            engine: Engine::Mongodb { name },
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// Of a database that no other test has. None is the beginning of another: with one database mongo-java-server 1.47 drops
/// the records of all whose names begin as its own does.
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

/// Says that to the server and waits, whatever runs on this thread.
fn in_postgres(url: &str, sql: &str) {
    wait_for(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("connects");
        tokio::spawn(connection);
        client.batch_execute(sql).await.expect(sql);
    });
}

/// Drops that database.
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
    // What cannot be dropped is left to whoever stops the server.
    if !thread::panicking() {
        done.expect("ends");
    }
}

#[test]
fn no_place_has_a_name_that_another_begins_with() {
    let names: Vec<_> = (0..12).map(|_| name()).collect();
    for one in &names {
        let begun = names.iter().filter(|other| other.starts_with(one.as_str()));
        assert_eq!(begun.count(), 1, "{one} among {names:?}");
    }
}
