//! Measures sign-ups into SQLite, through the store and as the same statement through sqlx, and
//! look-ups by key.
//!
//! Each way makes the same number of sign-ups into a new file for every round, so that no file is
//! larger than another. The files are in the folder for temporary files, which must be on a disk,
//! with `journal_mode = WAL` and `synchronous = FULL`. Both ways use the same SQLite, because they
//! are in one program. sqlx is measured with its usual pool of ten connections, and with a pool of
//! one, as experts on SQLite configure it.

mod measuring;
mod people;

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::ensure;
use guestlist::{UserStore, UserId, UserInsertion};
use guestlist_sqlite::SqliteStore;
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use measuring::{Way, measure, measure_each_round, setting};
use people::{one_of, user};

/// How many users exist for the look-ups.
const USERS: u64 = 10_000;

/// The store's own table, after its migrations.
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
/// The store's own statement.
const INSERT: &str =
    "INSERT INTO users (id, email, email_as_given, password_hash, name, created_at, verified_at,
    disabled_at, epoch, token_epoch) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ON CONFLICT (email) DO NOTHING";

const FIND: &str = "SELECT u.id, u.email, u.email_as_given, u.password_hash, u.name, u.created_at,
    u.verified_at, u.disabled_at, u.epoch, u.token_epoch FROM users u WHERE u.id = ?1";
const OURS: &str = "SqliteStore";
const TEN: &str = "sqlx";
const ONE: &str = "sqlx, one connection";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let times = Some(setting("SIGN_UPS", 40_000)?);
    measure_each_round("sign-ups into a new file of SQLite", times, sign_ups).await?;
    look_ups().await
}

async fn sign_ups() -> anyhow::Result<Vec<Way>> {
    let folder = Arc::new(tempfile::tempdir()?);
    let store = Arc::new(SqliteStore::open(&folder.path().join("store")).await?);
    let (ten, one) = (folder.path().join("ten"), folder.path().join("one"));
    Ok(vec![
        Way::new(OURS, move |number| {
            let (store, _kept) = (Arc::clone(&store), Arc::clone(&folder));
            async move {
                let inserted = store.insert_user(&user(number)?).await?;
                ensure!(inserted == UserInsertion::Done, "{inserted:?}");
                Ok(())
            }
        }),
        inserting(TEN, pool(&ten, 10).await?),
        inserting(ONE, pool(&one, 1).await?),
    ])
}

/// Looks up existing users, all ways in one file.
async fn look_ups() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("users");
    let (store, mut ids) = (Arc::new(SqliteStore::open(&file).await?), Vec::new());
    for number in 0..USERS {
        // A number that no sign-up gets.
        let user = user(u64::from(u32::MAX) + number)?;
        store.insert_user(&user).await?;
        ids.push(user.id);
    }
    let (ids, shared) = (Arc::<[UserId]>::from(ids), Arc::clone(&store));
    let sought = Arc::clone(&ids);
    let ours = Way::new(OURS, move |number| {
        let (store, id) = (Arc::clone(&shared), *one_of(&sought, number));
        async move {
            ensure!(store.find_user(id).await?.is_some(), "user not found");
            Ok(())
        }
    });
    let beside = |name, pool: SqlitePool| {
        let ids = Arc::clone(&ids);
        Way::new(name, move |number| {
            let (pool, id) = (pool.clone(), one_of(&ids, number).as_uuid());
            async move {
                let query = sqlx::query(FIND).bind(id.into_bytes().to_vec());
                ensure!(
                    query.fetch_optional(&pool).await?.is_some(),
                    "user not found"
                );
                Ok(())
            }
        })
    };
    let (ten, one) = (open(&file, 10).await?, open(&file, 1).await?);
    measure(
        "look-ups of a user by id",
        &[ours, beside(TEN, ten), beside(ONE, one)],
    )
    .await
}

async fn pool(file: &Path, connections: u32) -> anyhow::Result<SqlitePool> {
    let pool = open(file, connections).await?;
    sqlx::query(TABLE).execute(&pool).await?;
    Ok(pool)
}

async fn open(file: &Path, connections: u32) -> anyhow::Result<SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        // No statement fails because the database is busy.
        .busy_timeout(Duration::from_secs(60));
    let pool = SqlitePoolOptions::new().max_connections(connections);
    Ok(pool.connect_with(options).await?)
}

fn inserting(name: &'static str, pool: SqlitePool) -> Way {
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
