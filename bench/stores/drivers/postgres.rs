//! tokio-postgres without the store: statements are prepared once, on one connection that all
//! callers share, or on as many connections as the store's pool has.

use std::sync::Arc;

use anyhow::ensure;
use guestlist::{SessionId, UserStore, SessionStore, Timestamp, User, UserId, UserInsertion};
use guestlist_postgres::PostgresStore;
use tokio_postgres::{NoTls, Statement, types::ToSql};
use uuid::Uuid;

use crate::{
    measuring::{Way, measure},
    people::{one_of, user},
    sessions::signed_in,
};

/// The number of connections of the store's pool.
const CONNECTIONS: u32 = 8;
/// How many users exist for the look-ups, each with a session.
const USERS: u64 = 10_000;
const SCHEMA: &str = "guestlist_bench";
const OURS: &str = "PostgresStore";
const ONE: &str = "tokio-postgres, one connection";
const EIGHT: &str = "tokio-postgres, eight connections";

const NOTHING: &str = "SELECT";

const FIND_USER: &str =
    "SELECT u.id, u.email, u.email_as_given, u.password_hash, u.name, u.created_at,
    u.verified_at, u.disabled_at, u.epoch, u.token_epoch FROM users u WHERE u.id = $1";
const FIND_SESSION: &str = "SELECT s.id, s.user_id, s.epoch, s.secret_hash, s.secret_expires_at,
    s.refresh_hash, s.generation, s.refreshed_at, s.salt, s.scope, s.created_at, s.last_seen_at, s.proven_at,
    s.expires_at, s.idle_for, s.how, s.device, s.address, s.refreshed_device, s.refreshed_address, s.retries,
    u.id, u.email, u.email_as_given, u.password_hash, u.name, u.created_at, u.verified_at, u.disabled_at,
    u.epoch, u.token_epoch FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1";
const INSERT_USER: &str =
    "INSERT INTO users (id, email, email_as_given, password_hash, name, created_at,
    verified_at, disabled_at, epoch, token_epoch) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (email) DO NOTHING";

/// Measures everything in a schema that is dropped afterwards.
pub(crate) async fn measure_all(server: &str) -> anyhow::Result<()> {
    let separator = if server.contains('?') { '&' } else { '?' };
    let server = format!("{server}{separator}sslmode=disable");
    let admin = Plain::connect(&server, NOTHING).await?;
    let anew = format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}");
    admin.client.batch_execute(&anew).await?;
    let measured = in_schema(&format!("{server}&options=-csearch_path%3D{SCHEMA}")).await;
    admin
        .client
        .batch_execute(&format!("DROP SCHEMA {SCHEMA} CASCADE"))
        .await?;
    measured
}

async fn in_schema(url: &str) -> anyhow::Result<()> {
    let store = Arc::new(PostgresStore::open(url).await?);
    let (mut users, mut sessions) = (Vec::new(), Vec::new());
    for number in 0..USERS {
        // A number that no sign-up gets.
        let (user, session) = signed_in(u64::from(u32::MAX) + number)?;
        store.insert_user(&user).await?;
        store.insert_session(&session, 100).await?;
        users.push(user.id);
        sessions.push(session.id);
    }
    let analysing = Plain::connect(url, NOTHING).await?;
    analysing.client.batch_execute("ANALYZE").await?;

    let (shared, ids) = (Arc::clone(&store), users.clone());
    let ours = Way::new(OURS, move |number| {
        let (store, id) = (Arc::clone(&shared), *one_of(&ids, number));
        async move {
            ensure!(store.find_user(id).await?.is_some(), "user not found");
            Ok(())
        }
    });
    let ids = users.iter().map(UserId::as_uuid).collect();
    let ways = beside(ours, url, FIND_USER, ids).await?;
    measure("look-ups of a user by id", &ways).await?;

    let (shared, ids) = (Arc::clone(&store), sessions.clone());
    let ours = Way::new(OURS, move |number| {
        let (store, id) = (Arc::clone(&shared), *one_of(&ids, number));
        async move {
            ensure!(store.find_session(id).await?.is_some(), "nothing");
            Ok(())
        }
    });
    let ids = sessions.iter().map(SessionId::as_uuid).collect();
    let ways = beside(ours, url, FIND_SESSION, ids).await?;
    measure("look-ups of a session with its user", &ways).await?;

    let ours = Way::new(OURS, move |number| {
        let store = Arc::clone(&store);
        async move {
            let inserted = store.insert_user(&user(number)?).await?;
            ensure!(inserted == UserInsertion::Done, "{inserted:?}");
            Ok(())
        }
    });
    let pool = Plain::pool(url, INSERT_USER, CONNECTIONS).await?;
    let plain = Way::new(EIGHT, move |number| {
        let plain = Arc::clone(one_of(&pool, number));
        async move {
            ensure!(plain.inserts(&user(number)?).await? == 1, "not inserted");
            Ok(())
        }
    });
    measure("sign-ups", &[ours, plain]).await
}

/// Adds the driver alone, on one connection and on several. Rows that it finds are not read, which
/// saves it some work.
async fn beside(ours: Way, url: &str, sql: &str, ids: Vec<Uuid>) -> anyhow::Result<[Way; 3]> {
    let ids: Arc<[Uuid]> = ids.into();
    let alone = |name, pool: Vec<Arc<Plain>>| {
        let ids = Arc::clone(&ids);
        Way::new(name, move |number| {
            let (plain, id) = (Arc::clone(one_of(&pool, number)), *one_of(&ids, number));
            async move {
                ensure!(plain.finds(id).await? == 1, "nothing");
                Ok(())
            }
        })
    };
    let one = alone(ONE, Plain::pool(url, sql, 1).await?);
    let eight = alone(EIGHT, Plain::pool(url, sql, CONNECTIONS).await?);
    Ok([ours, one, eight])
}

/// A connection and its one statement.
struct Plain {
    client: tokio_postgres::Client,
    statement: Statement,
}

impl Plain {
    async fn connect(url: &str, sql: &str) -> anyhow::Result<Self> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        let statement = client.prepare(sql).await?;
        Ok(Self { client, statement })
    }

    async fn pool(url: &str, sql: &str, connections: u32) -> anyhow::Result<Vec<Arc<Self>>> {
        let mut pool = Vec::new();
        for _ in 0..connections {
            pool.push(Arc::new(Self::connect(url, sql).await?));
        }
        Ok(pool)
    }

    async fn finds(&self, id: Uuid) -> anyhow::Result<usize> {
        Ok(self.client.query(&self.statement, &[&id]).await?.len())
    }

    async fn inserts(&self, user: &User) -> anyhow::Result<u64> {
        let params: &[&(dyn ToSql + Sync)] = &[
            &user.id.as_uuid(),
            &user.email.key(),
            &user.email.as_given(),
            &user.password_hash.as_ref().map(|hash| hash.as_stored()),
            &user.name.as_ref().map(|name| name.as_str()),
            &user.created_at.as_millis(),
            &user.verified_at.map(Timestamp::as_millis),
            &user.disabled_at.map(Timestamp::as_millis),
            &user.epoch.0,
            &user.token_epoch.0,
        ];
        Ok(self.client.execute(&self.statement, params).await?)
    }
}
