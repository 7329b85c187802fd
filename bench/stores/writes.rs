//! One-row writes into SQLite: a sign-up through the store, and the same statement through sqlx.
//!
//! Both write to files of their own in the folder for temporary files, which has to be on a disk, with
//! `journal_mode = WAL` and `synchronous = FULL`, and by the same SQLite, as both are in one program. sqlx has its usual pool of ten connections,
//! and once more a pool of one, as whoever knows SQLite sets it up.

mod measuring;
mod people;

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::ensure;
use guestlist::{Store, UserInsertion};
use guestlist_sqlite::SqliteStore;
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use measuring::{Way, measure};
use people::user;

/// The store's own table, as its migrations leave it.
const TABLE: &str = "CREATE TABLE users (
    id             BLOB    NOT NULL PRIMARY KEY,
    email          TEXT    NOT NULL UNIQUE,
    email_as_given TEXT    NOT NULL,
    password_hash  TEXT,
    created_at     INTEGER NOT NULL,
    disabled_at    INTEGER,
    epoch          INTEGER NOT NULL,
    name           TEXT,
    verified_at    INTEGER,
    token_epoch    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID";
/// And its own statement.
const INSERT: &str =
    "INSERT INTO users (id, email, email_as_given, password_hash, name, created_at, verified_at,
    disabled_at, epoch, token_epoch) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ON CONFLICT (email) DO NOTHING";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let store = Arc::new(SqliteStore::open(&folder.path().join("store")).await?);
    let ways = [
        Way::new("SqliteStore", move |number| {
            let store = Arc::clone(&store);
            async move {
                let inserted = store.insert_user(&user(number)?).await?;
                ensure!(inserted == UserInsertion::Done, "{inserted:?}");
                Ok(())
            }
        }),
        through_sqlx("sqlx", pool(&folder.path().join("ten"), 10).await?),
        through_sqlx(
            "sqlx, one connection",
            pool(&folder.path().join("one"), 1).await?,
        ),
    ];
    measure("sign-ups into SQLite", &ways).await
}

async fn pool(file: &Path, connections: u32) -> anyhow::Result<SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        // Nobody is turned away.
        .busy_timeout(Duration::from_secs(60));
    let pool = SqlitePoolOptions::new().max_connections(connections);
    let pool = pool.connect_with(options).await?;
    sqlx::query(TABLE).execute(&pool).await?;
    Ok(pool)
}

fn through_sqlx(name: &'static str, pool: SqlitePool) -> Way {
    Way::new(name, move |number| {
        let pool = pool.clone();
        async move {
            let user = user(number)?;
            let inserted = sqlx::query(INSERT)
                .bind(user.id.as_uuid().into_bytes().to_vec())
                .bind(user.email.key().to_owned())
                .bind(user.email.as_given().to_owned())
                .bind(user.password_hash.map(|hash| hash.as_stored().to_owned()))
                .bind(user.name.map(|name| name.as_str().to_owned()))
                .bind(user.created_at.as_millis())
                .bind(user.verified_at.map(|at| at.as_millis()))
                .bind(user.disabled_at.map(|at| at.as_millis()))
                .bind(user.epoch.0)
                .bind(user.token_epoch.0)
                .execute(&pool)
                .await?;
            ensure!(inserted.rows_affected() == 1, "{inserted:?}");
            Ok(())
        }
    })
}
