//! The connections to one database: a pool, and one connection that all look-ups share. This file
//! opens, migrates and closes; `reads` and `changes` run statements.
//!
//! Lists and searches use at most half of the pool, so that changes find a connection while there
//! are many searches.

mod changes;
mod reads;

use std::{fmt, sync::Arc, time::Duration};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use guestlist::{QueueFull, ReadLimits, Turn, Turns};
use refinery::{Runner, error::Kind};
use tokio::time::timeout;
use tokio_postgres::{Row, types::ToSql};

use crate::{
    OpenError,
    address::Address,
    connector::{self, Connector},
    failure::{Failure, silent},
    limits::LIMIT,
    lookups::Lookups,
    opening,
    running::{Running, Work},
};

/// The longest time that a start waits for the server.
const START_LIMIT: Duration = Duration::from_secs(5);
/// The key of the lock for migrations, together with the schema: "guests" in ASCII, without the g.
const MIGRATION_LOCK: i32 = 0x7565_7374;

/// The parameters of a statement.
pub type Params<'p> = &'p [&'p (dyn ToSql + Sync)];

/// The rows that a statement returned.
pub type Rows = Vec<Row>;

/// An open database. Clones share its connections.
#[derive(Clone)]
pub struct Database {
    connector: Arc<Connector>,
    pool: Pool,
    lookups: Arc<Lookups>,
    lookup_turns: Turns,
    list_turns: Turns,
}

impl Database {
    /// Checks a URL as far as this is possible without a connection. The file that `sslrootcert`
    /// names is not read.
    ///
    /// # Errors
    ///
    /// [`OpenError::Url`], the same that [`open`](Self::open) returns for this URL.
    pub fn check_url(url: &str) -> Result<(), OpenError> {
        Address::parse(url).map(drop)
    }

    /// Opens the database of the URL, `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, and checks
    /// that it can be used.
    ///
    /// The URL may have these parameters:
    ///
    /// - the parameters of libpq that `tokio-postgres` supports
    /// - `sslmode`: `disable`, `prefer` (the default), `require`, `verify-ca` or `verify-full`, as
    ///   in libpq
    /// - `sslrootcert`, as in libpq
    /// - `pool_size`: the number of connections except the one for look-ups; the default is eight
    ///
    /// # Errors
    ///
    /// States what is wrong and the fix, within ten seconds.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::open_with(url, ReadLimits::default()).await
    }

    /// Opens the database with other limits on the number of waiting reads.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn open_with(url: &str, limits: ReadLimits) -> Result<Self, OpenError> {
        let address = Address::parse(url)?;
        let connector = Connector::new(&address)?;
        let manager = Manager::from_connect(
            connector.config().clone(),
            connector.clone(),
            ManagerConfig {
                // A broken connection is known as such. A connection that does not answer is found
                // when it is used.
                recycling_method: RecyclingMethod::Fast,
            },
        );
        let pool = Pool::builder(manager)
            .max_size(address.pool_size)
            .runtime(Runtime::Tokio1)
            .build()
            .expect("it has the runtime that time-outs need");
        let lookups = Lookups::new(connector.clone());
        let client = lookups.client(START_LIMIT).await?;
        let checked = timeout(START_LIMIT, async {
            connector::check_version(&client).await?;
            connector::check_encoding(&client).await?;
            connector::check_writable(&client).await
        });
        let checked = checked.await;
        checked.map_err(|_| OpenError::Unreachable("it stopped answering".to_owned(), None))??;
        // A URL that cannot be used gets its error alone.
        if address.leaves_tls_open {
            tracing::warn!(
                "the database URL names a PostgreSQL server beyond this machine and has no sslmode: the connection \
                 may be unencrypted, and the server is not verified. Add sslmode=verify-full (and sslrootcert for an \
                 authority of your own)"
            );
        }
        Ok(Self {
            connector: Arc::new(connector),
            pool,
            lookups: Arc::new(lookups),
            // The server runs all look-ups that were sent to it, as far as this program can tell.
            lookup_turns: Turns::new(
                usize::try_from(limits.lookups_waiting).unwrap_or(usize::MAX),
                0,
                QueueFull::Lookups,
            ),
            list_turns: Turns::new(
                (address.pool_size / 2).max(1),
                limits.lists_waiting,
                QueueFull::Lists,
            ),
        })
    }

    /// Whether the migrations of that history have begun in this database. Changes nothing.
    ///
    /// # Errors
    ///
    /// If the server does not answer.
    pub async fn has_history(&self, history: &str) -> Result<bool, OpenError> {
        let client = self.lookups.client(START_LIMIT).await?;
        Ok(opening::has_table(&client, history).await?)
    }

    /// Refuses a schema in which another program has a table or an index of a name that these
    /// migrations create. [`migrate`](Self::migrate) does the same.
    ///
    /// An application with several sets of migrations calls this for each set before it creates the
    /// first table.
    ///
    /// # Errors
    ///
    /// [`OpenError::OtherTables`] names the tables.
    pub async fn refuse_other_tables(
        &self,
        runner: &Runner,
        history: &str,
    ) -> Result<(), OpenError> {
        let client = self.lookups.client(START_LIMIT).await?;
        opening::refuse_other_tables(&client, runner, history).await
    }

    /// Brings the tables of these migrations up to date. `history` names the table that records the
    /// migrations, so one database can have several sets of migrations. If several nodes start at
    /// once, one migrates and the others wait for it.
    ///
    /// # Errors
    ///
    /// If another program has tables of the same names, a later version has migrated the database,
    /// or the user may not create tables. The function changes nothing in these cases.
    pub async fn migrate(&self, runner: Runner, history: &str) -> Result<(), OpenError> {
        let mut client = self.connector.connect(START_LIMIT).await?;
        // The connection is closed afterwards, which releases the lock.
        client.batch_execute("SET statement_timeout = 0").await?;
        let lock = "SELECT pg_advisory_lock($1, hashtext(current_schema()))";
        client.execute(lock, &[&MIGRATION_LOCK]).await?;
        opening::refuse_other_tables(&client, &runner, history).await?;
        let is_new = !opening::has_table(&client, history).await?;
        // All migrations and their rows in the history share one transaction. Without it, a process
        // that is killed in between would leave tables that no later start can migrate.
        let mut runner = runner.set_abort_missing(true).set_grouped(true);
        runner.set_migration_table_name(history);
        let Err(error) = runner.run_async(&mut *client).await else {
            return Ok(());
        };
        // The table of the history is created before that transaction.
        if is_new {
            let removed = opening::remove_history(&client, history).await;
            removed.unwrap_or_else(|error| {
                tracing::warn!(%error, "the empty table {history} is left behind");
            });
        }
        Err(match error.kind() {
            Kind::MissingVersion(newer) => OpenError::TooNew(newer.to_string()),
            _ => OpenError::of_migration(error),
        })
    }

    /// Closes the connections, for a server that stops. Later operations fail.
    pub fn close(&self) {
        self.pool.close();
        self.lookups.close();
    }

    /// Takes a connection from the pool, within the time limit.
    pub(crate) async fn connection(&self) -> Result<Object, Failure> {
        let got = timeout(LIMIT, self.pool.get()).await;
        let got = got.map_err(|_| Failure::Before(silent()))?;
        got.map_err(Failure::from)
    }

    fn running(&self, client: Object, work: Work, turn: Option<Turn>) -> Running {
        Running::new(client, Arc::clone(&self.connector), work, turn)
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let config = self.connector.config();
        f.debug_struct("Database")
            .field("hosts", &config.get_hosts())
            .field("name", &config.get_dbname())
            .finish_non_exhaustive()
    }
}
