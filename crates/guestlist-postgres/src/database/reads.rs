//! Statements that read: look-ups on the shared connection, lists on connections of the pool.

use guestlist::StoreError;
use tokio::time::{Instant, timeout_at};
use tokio_postgres::Row;

use super::{Database, Params, Rows};
use crate::{
    failure::{Failure, silence},
    limits::{LIMIT, long_transaction, within_long_limit},
    running::{Running, Work},
};

impl Database {
    /// Runs a look-up by one key on the connection that all look-ups share. The query must be quick
    /// and must not wait for a lock.
    ///
    /// # Errors
    ///
    /// The cause is [`QueueFull::Lookups`](guestlist::QueueFull::Lookups) if too many look-ups wait.
    pub async fn find(&self, sql: &str, params: Params<'_>) -> Result<Option<Row>, StoreError> {
        let rows = self.find_few(sql, params).await?;
        Ok(rows.into_iter().next())
    }

    /// Runs a look-up that may find a few rows.
    pub async fn find_few(&self, sql: &str, params: Params<'_>) -> Result<Rows, StoreError> {
        let _turn = self.lookup_turns.take().await?;
        let until = Instant::now() + LIMIT;
        let client = timeout_at(until, self.lookups.client(LIMIT)).await;
        let client = client.map_err(|_| silence())?;
        let client = client.map_err(|error| Failure::from(error).of_a_look())?;
        let answer = timeout_at(until, async {
            let statement = client.prepare_cached(sql).await?;
            client.query(&statement, params).await
        });
        let Ok(answer) = answer.await else {
            self.lookups.forget(&client);
            return Err(silence());
        };
        answer.map_err(|error| Failure::After(error).of_a_look())
    }

    /// Runs a query that reads many rows, such as a list or a search. At most half of the pool runs
    /// such queries.
    ///
    /// # Errors
    ///
    /// The cause is [`QueueFull::Lists`](guestlist::QueueFull::Lists) if too many lists wait. If the returned future is dropped,
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
        answer.map_err(|error| Failure::After(error).of_a_look())
    }

    /// Runs a query that counts or reads very many rows, and may take a minute.
    pub async fn list_at_length(&self, sql: &str, params: Params<'_>) -> Result<Rows, StoreError> {
        let mut running = self.begin_list(Instant::now() + LIMIT).await?;
        let read = within_long_limit(async {
            let transaction = long_transaction(&mut running).await?;
            let statement = transaction.prepare_cached(sql).await?;
            let rows = transaction.query(&statement, params).await?;
            transaction.commit().await?;
            Ok(rows)
        });
        let rows = read.await.ok_or_else(silence)?;
        running.done();
        rows.map_err(|error| Failure::After(error).of_a_look())
    }

    /// Waits for the turn of a list, and takes a connection from the pool.
    async fn begin_list(&self, until: Instant) -> Result<Running, StoreError> {
        let turn = timeout_at(until, self.list_turns.take()).await;
        let turn =
            turn.map_err(|_| StoreError::failed("the turn of a list did not come in time"))??;
        let client = self.connection().await.map_err(Failure::of_a_look)?;
        Ok(self.running(client, Work::List, Some(turn)))
    }
}
