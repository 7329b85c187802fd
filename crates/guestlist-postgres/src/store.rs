//! The store in one PostgreSQL database. Its operations are in one source file for each kind of
//! record. Each operation is one statement, or one transaction, or several statements that are safe
//! to interrupt.

use guestlist::{Ended, StoreError};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    Database, OpenError,
    database::Params,
    values::{Column, Unreadable, lent, number},
};

/// The table that records the migrations of the database.
const HISTORY: &str = "guestlist_migrations";

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// The library's store in one PostgreSQL database.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pub(crate) database: Database,
}

impl PostgresStore {
    /// Opens the database of that URL, as [`Database::open`] reads it, and brings its tables up to
    /// date.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::over(Database::open(url).await?).await
    }

    /// Whether a store has been created in this database. Changes nothing.
    ///
    /// # Errors
    ///
    /// If the server does not answer.
    pub async fn is_in(database: &Database) -> Result<bool, OpenError> {
        database.has_history(HISTORY).await
    }

    /// Creates a store in a database that is open already.
    pub async fn over(database: Database) -> Result<Self, OpenError> {
        let runner = migrations::migrations::runner();
        database.migrate(runner, HISTORY).await?;
        Ok(Self { database })
    }

    /// Runs a look-up and reads its row with `record`.
    pub(crate) async fn find<T>(
        &self,
        sql: &str,
        params: Params<'_>,
        record: fn(&Row) -> Result<T, Unreadable>,
    ) -> Result<Option<T>, StoreError> {
        let row = self.database.find(sql, params).await?;
        let record = row.as_ref().map(record).transpose();
        record.map_err(StoreError::failed)
    }

    /// Runs a query and reads each row with `record`.
    pub(crate) async fn list<T>(
        &self,
        sql: &str,
        params: Params<'_>,
        record: fn(&Row) -> Result<T, Unreadable>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.database.list(sql, params).await?;
        let records = rows.iter().map(record).collect::<Result<_, _>>();
        records.map_err(StoreError::failed)
    }

    /// Notes for many records when each was last used, in one statement.
    pub(crate) async fn touch(
        &self,
        sql: &str,
        ids: Vec<Uuid>,
        at: Vec<i64>,
    ) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.database.change(sql, &[&ids, &at]).await.map(drop)
    }

    /// Runs a statement that counts everything.
    pub(crate) async fn count(&self, sql: &str) -> Result<u64, StoreError> {
        let rows = self.database.list_at_length(sql, &[]).await?;
        let count = rows.first().map(|row| number(row, 0)).transpose();
        Ok(count.map_err(StoreError::failed)?.unwrap_or(0))
    }

    /// Reads a page of an archive, which may take long.
    pub(crate) async fn archive_page<T>(
        &self,
        sql: &str,
        params: Params<'_>,
        record: fn(&Row) -> Result<T, Unreadable>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.database.list_at_length(sql, params).await?;
        let records = rows.iter().map(record).collect::<Result<_, _>>();
        records.map_err(StoreError::failed)
    }

    /// Writes each record with the same statement, in one transaction.
    pub(crate) async fn put<R>(
        &self,
        sql: &str,
        records: &[R],
        params: fn(&R) -> Vec<Column>,
    ) -> Result<(), StoreError> {
        let columns: Vec<_> = records.iter().map(params).collect();
        let changes: Vec<_> = columns.iter().map(|columns| (sql, lent(columns))).collect();
        self.database.change_together(&changes).await
    }
}

pub(crate) fn ended(rows: u64) -> Ended {
    if rows == 0 { Ended::Before } else { Ended::Now }
}

#[cfg(test)]
mod tests;
