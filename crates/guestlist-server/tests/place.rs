//! Where a test keeps its records: a database of its own, gone with the test, on the engine that `TEST_DATABASE`
//! names (`sqlite`, which is the usual one, or `postgres`).

use std::{
    env,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use guestlist::testing::service;
use guestlist_postgres::tokio_postgres::{self, NoTls};
use tempfile::TempDir;
use tokio::runtime;

/// A database.
pub(crate) struct Place {
    url: String,
    engine: Engine,
}

enum Engine {
    Sqlite { _folder: TempDir },
    Postgres { schema: String },
}

impl Place {
    /// A new one on the engine that this run is about.
    pub(crate) fn new() -> Self {
        match env::var("TEST_DATABASE").as_deref() {
            Err(_) | Ok("" | "sqlite") => Self::in_sqlite(),
            Ok("postgres") => Self::in_postgres().expect("TEST_POSTGRES_URL says where"),
            Ok(other) => panic!("TEST_DATABASE={other}: there is sqlite and postgres"),
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
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let server = service("TEST_POSTGRES_URL")?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("test_{}_{number}", std::process::id());
        in_postgres(&server, &format!("CREATE SCHEMA {schema}"));
        let separator = if server.contains('?') { '&' } else { '?' };
        Some(Self {
            url: format!("{server}{separator}options=-csearch_path%3D{schema}"),
            engine: Engine::Postgres { schema },
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Engine::Postgres { schema } = &self.engine {
            let drop = format!("SET statement_timeout = 5000; DROP SCHEMA {schema} CASCADE");
            in_postgres(&self.url, &drop);
        }
    }
}

/// Says that to the server and waits, whatever runs on this thread.
fn in_postgres(url: &str, sql: &str) {
    let say = async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        client.batch_execute(sql).await
    };
    let said = thread::scope(|scope| {
        let here = scope.spawn(|| {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("starts").block_on(say)
        });
        here.join().expect("ends")
    });
    // What cannot be dropped is left to whoever stops the server.
    if !thread::panicking() {
        said.expect(sql);
    }
}
