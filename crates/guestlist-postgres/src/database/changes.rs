//! Statements that change rows, on connections of the pool. Each error says whether the change may
//! have been done.

use std::pin::pin;

use deadpool_postgres::Transaction;
use futures_util::{TryStreamExt, future::try_join_all};
use guestlist::StoreError;
use tokio::time::{Instant, timeout_at};
use tokio_postgres::{Error, types::ToSql};

use super::{Database, Params, Rows};
use crate::{
    failure::{Failure, cause, silent},
    limits::{LIMIT, long_transaction, within_long_limit},
    running::{Work, give_up},
};

/// What the server answered to a change.
struct Answer {
    rows: Rows,
    touched: u64,
}

impl Database {
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

    /// Runs several changes in their order, all of them or none. The changes may take a
    /// minute. An error says whether the changes may have been done.
    pub async fn change_together(
        &self,
        changes: &[(&str, Vec<&(dyn ToSql + Sync)>)],
    ) -> Result<(), StoreError> {
        let client = self.connection().await;
        let client = client.map_err(Failure::of_a_change)?;
        let mut running = self.running(client, Work::Change, None);
        let changed = within_long_limit(async {
            let transaction = long_transaction(&mut running).await?;
            in_order(&transaction, changes).await?;
            transaction.commit().await
        });
        let Some(changed) = changed.await else {
            running.close();
            return Err(Failure::Silence.of_a_change());
        };
        running.done();
        changed.map_err(|error| Failure::After(error).of_a_change())
    }

    /// Runs several changes in their order, all of them or none. Each change sees all
    /// transactions that were committed before the change began. So a change after a statement that
    /// takes a lock sees what the earlier holders of the lock have changed. Returns how many rows
    /// each change touched. An error says whether the changes may have been done.
    pub async fn change_in_turn(
        &self,
        changes: &[(&str, Params<'_>)],
    ) -> Result<Vec<u64>, StoreError> {
        let until = Instant::now() + LIMIT;
        let client = self.connection().await;
        let mut client = client.map_err(Failure::of_a_change)?;
        let changed = timeout_at(until, async {
            let transaction = client.transaction().await?;
            let touched = in_order(&transaction, changes).await?;
            transaction.commit().await?;
            Ok(touched)
        });
        let Ok(changed) = changed.await else {
            give_up(client);
            return Err(Failure::Silence.of_a_change());
        };
        changed.map_err(|error| Failure::After(error).of_a_change())
    }

    /// Runs several changes in their order if each of them touches a row, and none of them
    /// otherwise. Returns whether they were done. The changes lock their rows in this order, so all
    /// callers must use the same order.
    pub(crate) async fn change_all_or_none(
        &self,
        changes: &[(&str, Vec<&(dyn ToSql + Sync)>)],
    ) -> Result<bool, StoreError> {
        let until = Instant::now() + LIMIT;
        let client = self.connection().await;
        let mut client = client.map_err(Failure::of_a_change)?;
        let changed = timeout_at(until, async {
            let transaction = client.transaction().await?;
            let touched = in_order(&transaction, changes).await?;
            let is_done = touched.iter().all(|rows| *rows > 0);
            if is_done {
                transaction.commit().await?;
            } else {
                transaction.rollback().await?;
            }
            Ok(is_done)
        });
        let Ok(changed) = changed.await else {
            give_up(client);
            return Err(Failure::Silence.of_a_change());
        };
        changed.map_err(|error| Failure::After(error).of_a_change())
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
                return Err(Failure::Before(cause(error)));
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
}

/// Sends the changes one after the other, without waiting for the answers in between. Returns how
/// many rows each change touched.
async fn in_order<'p>(
    transaction: &Transaction<'_>,
    changes: &[(&str, impl AsRef<[&'p (dyn ToSql + Sync)]>)],
) -> Result<Vec<u64>, Error> {
    let mut statements = Vec::with_capacity(changes.len());
    for (sql, _) in changes {
        statements.push(transaction.prepare_cached(sql).await?);
    }
    let changes = changes.iter().zip(&statements);
    let changes = changes.map(|((_, params), sql)| transaction.execute(sql, params.as_ref()));
    try_join_all(changes).await
}
