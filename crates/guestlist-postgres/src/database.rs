//! The connections to one database: a pool, and one connection that all look-ups share.
//!
//! Lists and searches use at most half of the pool, so that changes find a connection while there
//! are many searches.
//!
//! Nothing here waits longer than [`LIMIT`] for the server or the network, except operations on
//! many rows ([`LONG_LIMIT`]). A connection that does not answer is closed. Another one is opened
//! when it is needed.

use std::{fmt, pin::pin, sync::Arc, time::Duration};

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Transaction,
};
use futures_util::{TryStreamExt, future::try_join_all};
use guestlist::{QueueFull, ReadLimits, StoreError, Turn, Turns};
use refinery::{Runner, error::Kind};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_postgres::{Error, Row, types::ToSql};

use crate::{
    OpenError,
    address::Address,
    connector::{self, Connector},
    error,
    lookups::Lookups,
    opening,
    running::{Running, Work},
};

/// The longest time of an operation, from the wait for a connection to the answer.
const LIMIT: Duration = Duration::from_millis(1_800);
/// The longest time of an operation on many rows.
const LONG_LIMIT: Duration = Duration::from_secs(60);
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
        checked.map_err(|_| OpenError::Unreachable("it stopped answering".to_owned()))??;
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
    /// or the user may not create tables. Then nothing is changed.
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
            Kind::Connection(_, cause) => match cause.downcast_ref::<Error>() {
                Some(cause) => cause.into(),
                None => OpenError::Migration(error.to_string()),
            },
            _ => OpenError::Migration(error.to_string()),
        })
    }

    /// Runs a look-up by one key on the connection that all look-ups share. The query must be quick
    /// and must not wait for a lock.
    ///
    /// # Errors
    ///
    /// The cause is [`QueueFull::Lookups`] if too many look-ups wait.
    pub async fn find(&self, sql: &str, params: Params<'_>) -> Result<Option<Row>, StoreError> {
        let rows = self.find_few(sql, params).await?;
        Ok(rows.into_iter().next())
    }

    /// Runs a look-up that may find a few rows.
    pub async fn find_few(&self, sql: &str, params: Params<'_>) -> Result<Rows, StoreError> {
        let _turn = self.lookup_turns.take().await?;
        let until = Instant::now() + LIMIT;
        let client = timeout_at(until, self.lookups.client(LIMIT)).await;
        let client = client.map_err(|_| silence())?.map_err(StoreError::failed)?;
        let answer = timeout_at(until, async {
            let statement = client.prepare_cached(sql).await?;
            client.query(&statement, params).await
        });
        let Ok(answer) = answer.await else {
            self.lookups.forget(&client);
            return Err(silence());
        };
        answer.map_err(StoreError::failed)
    }

    /// Runs a query that reads many rows, such as a list or a search. At most half of the pool runs
    /// such queries.
    ///
    /// # Errors
    ///
    /// The cause is [`QueueFull::Lists`] if too many lists wait. If the returned future is dropped,
    /// or there is no answer in time, the server cancels the query.
    pub async fn list(&self, sql: &str, params: Params<'_>) -> Result<Rows, StoreError> {
        let until = Instant::now() + LIMIT;
        let running = self.begin_list(until).await?;
        let answer = timeout_at(until, async {
            let statement = running.prepare_cached(sql).await?;
            running.query(&statement, params).await
        });
        let answer = answer.await.map_err(|_| silence())?;
        running.done();
        answer.map_err(StoreError::failed)
    }

    /// Runs a query that counts or reads very many rows, and may take a minute.
    pub async fn list_at_length(&self, sql: &str, params: Params<'_>) -> Result<Rows, StoreError> {
        let mut running = self.begin_list(Instant::now() + LIMIT).await?;
        let read = bounded(async {
            let transaction = at_length(&mut running).await?;
            let statement = transaction.prepare_cached(sql).await?;
            let rows = transaction.query(&statement, params).await?;
            transaction.commit().await?;
            Ok(rows)
        });
        let rows = read.await.ok_or_else(silence)?;
        running.done();
        rows.map_err(|error: Error| StoreError::failed(error))
    }

    /// Waits for the turn of a list, and takes a connection from the pool.
    async fn begin_list(&self, until: Instant) -> Result<Running, StoreError> {
        let turn = timeout_at(until, self.list_turns.take()).await;
        let turn =
            turn.map_err(|_| StoreError::failed("the turn of a list did not come in time"))??;
        let client = self.connection().await.map_err(Failure::of_a_look)?;
        Ok(self.running(client, Work::List, Some(turn)))
    }

    fn running(&self, client: Object, work: Work, turn: Option<Turn>) -> Running {
        Running::new(client, Arc::clone(&self.connector), work, turn)
    }

    /// Runs a change. Returns how many rows it changed; an error says whether it may have been
    /// done.
    pub async fn change(&self, sql: &str, params: Params<'_>) -> Result<u64, StoreError> {
        let answer = self.ask(sql, params).await;
        answer
            .map(|answer| answer.touched)
            .map_err(Failure::of_a_change)
    }

    /// Runs a change. Returns its rows; an error says whether it may have been done.
    pub async fn change_returning(
        &self,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Rows, StoreError> {
        let answer = self.ask(sql, params).await;
        answer
            .map(|answer| answer.rows)
            .map_err(Failure::of_a_change)
    }

    /// Runs several changes in their order, all of them or none. They may take a minute. An error
    /// says whether they may have been done.
    pub async fn change_together(
        &self,
        changes: &[(&str, Vec<&(dyn ToSql + Sync)>)],
    ) -> Result<(), StoreError> {
        let client = self.connection().await;
        let client = client.map_err(Failure::of_a_change)?;
        let mut running = self.running(client, Work::Change, None);
        let changed = bounded(async {
            let transaction = at_length(&mut running).await?;
            let mut statements = Vec::with_capacity(changes.len());
            for (sql, _) in changes {
                statements.push(transaction.prepare_cached(sql).await?);
            }
            // The changes are sent one after the other, without waiting for the answers in between.
            let changes = changes.iter().zip(&statements);
            let changes = changes.map(|((_, params), sql)| transaction.execute(sql, params));
            try_join_all(changes).await?;
            transaction.commit().await
        });
        let Some(changed) = changed.await else {
            running.close();
            return Err(Failure::Silence.of_a_change());
        };
        running.done();
        changed.map_err(|error| Failure::After(error).of_a_change())
    }

    /// Runs several changes in their order, all of them or none. Each change sees what other
    /// transactions committed before it began. So a change that follows a statement which takes a
    /// lock sees the changes that the lock's earlier holders made. Returns how many rows each
    /// change touched. An error says whether they may have been done.
    pub async fn change_in_turn(
        &self,
        changes: &[(&str, Params<'_>)],
    ) -> Result<Vec<u64>, StoreError> {
        let until = Instant::now() + LIMIT;
        let client = self.connection().await;
        let mut client = client.map_err(Failure::of_a_change)?;
        let changed = timeout_at(until, async {
            let transaction = client.transaction().await?;
            let mut statements = Vec::with_capacity(changes.len());
            for (sql, _) in changes {
                statements.push(transaction.prepare_cached(sql).await?);
            }
            // The changes are sent one after the other, without waiting for the answers in between.
            let changes = changes.iter().zip(&statements);
            let changes = changes.map(|((_, params), sql)| transaction.execute(sql, params));
            let touched = try_join_all(changes).await?;
            transaction.commit().await?;
            Ok(touched)
        });
        let Ok(changed) = changed.await else {
            give_up(client);
            return Err(Failure::Silence.of_a_change());
        };
        changed.map_err(|error| Failure::After(error).of_a_change())
    }

    /// Closes the connections, for a server that stops. Later operations fail.
    pub fn close(&self) {
        self.pool.close();
        self.lookups.close();
    }

    /// Runs one change on a connection of the pool.
    async fn ask(&self, sql: &str, params: Params<'_>) -> Result<Answer, Failure> {
        let until = Instant::now() + LIMIT;
        let client = self.connection().await?;
        let running = self.running(client, Work::Change, None);
        let prepared = timeout_at(until, running.prepare_cached(sql)).await;
        let Ok(statement) = prepared else {
            running.close();
            return Err(Failure::Before(silent()));
        };
        let statement = match statement {
            Ok(statement) => statement,
            Err(error) => {
                running.done();
                return Err(Failure::Before(error.into()));
            }
        };
        let asked = timeout_at(until, async {
            let rows = running.query_raw(&statement, params.iter().copied());
            let mut stream = pin!(rows.await?);
            let mut rows = Vec::new();
            while let Some(row) = stream.try_next().await? {
                rows.push(row);
            }
            let touched = stream.rows_affected().unwrap_or(0);
            Ok(Answer { rows, touched })
        });
        let Ok(answer) = asked.await else {
            running.close();
            return Err(Failure::Silence);
        };
        running.done();
        answer.map_err(Failure::After)
    }

    /// Takes a connection from the pool, within the time limit.
    pub(crate) async fn connection(&self) -> Result<Object, Failure> {
        let got = timeout(LIMIT, self.pool.get()).await;
        let got = got.map_err(|_| Failure::Before(silent()))?;
        got.map_err(|error| Failure::Before(error.into()))
    }
}

/// Begins a transaction whose statements may take a minute.
pub(crate) async fn at_length(client: &mut Object) -> Result<Transaction<'_>, Error> {
    let transaction = client.transaction().await?;
    let limit = format!("SET LOCAL statement_timeout = {}", LONG_LIMIT.as_millis());
    transaction.batch_execute(&limit).await?;
    Ok(transaction)
}

/// Runs an operation that may take a minute. Returns `None` if it takes longer.
pub(crate) async fn bounded<T>(work: impl Future<Output = T>) -> Option<T> {
    timeout(LONG_LIMIT, work).await.ok()
}

/// Closes a connection that does not answer, instead of giving it back to the pool.
pub(crate) fn give_up(client: Object) {
    drop(Object::take(client));
}

struct Answer {
    rows: Rows,
    touched: u64,
}

/// Why there is no answer.
pub(crate) enum Failure {
    /// The statement was not sent.
    Before(Box<dyn std::error::Error + Send + Sync>),
    /// The statement was sent, and the server answered with this error.
    After(Error),
    /// The statement was sent, and the server did not answer.
    Silence,
}

impl Failure {
    /// Converts the failure of a read, which changes nothing.
    pub(crate) fn of_a_look(self) -> StoreError {
        StoreError::failed(match self {
            Self::Before(why) => why,
            Self::After(why) => why.into(),
            Self::Silence => silent(),
        })
    }

    pub(crate) fn of_a_change(self) -> StoreError {
        match self {
            Self::Before(why) => StoreError::failed(why),
            Self::After(why) => error::of_a_change(why),
            Self::Silence => StoreError::unknown(silent()),
        }
    }
}

fn silent() -> Box<dyn std::error::Error + Send + Sync> {
    "the PostgreSQL server does not answer in time".into()
}

fn silence() -> StoreError {
    StoreError::failed(silent())
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
