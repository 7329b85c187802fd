//! The store in one SQLite file. Its operations are in one source file for each kind of record.
//! Each operation is one statement, or several in one transaction.

use std::path::Path;

use guestlist::{Ended, StoreError};
use rusqlite::{Connection, Params, Row};

use crate::{
    Database, OpenError, Schema,
    values::{Id, Instant},
};

/// The table that records the migrations.
pub(crate) const HISTORY: &str = "guestlist_migrations";

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// The library's store in one SQLite file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    pub(crate) database: Database,
    /// What the name of each table begins with.
    pub(crate) prefix: &'static str,
}

impl SqliteStore {
    /// Opens the file, creates it if it does not exist, and brings its tables up to date.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::over(Database::open(path).await?).await
    }

    /// Creates a store in a file that is open already.
    pub async fn over(database: Database) -> Result<Self, OpenError> {
        let runner = migrations::migrations::runner();
        database.migrate(runner, HISTORY).await?;
        Ok(Self {
            database,
            prefix: "",
        })
    }

    /// Returns the store's tables, as this version knows them.
    pub fn schema() -> Schema {
        Schema::of(HISTORY, &migrations::migrations::runner())
    }

    /// Runs a statement. Returns how many rows it changed.
    pub(crate) async fn change(
        &self,
        sql: &'static str,
        params: impl Params + Send + 'static,
    ) -> Result<usize, StoreError> {
        let change = move |connection: &Connection| connection.prepare_cached(sql)?.execute(params);
        self.database.write(change).await
    }

    /// Runs a statement that deletes or replaces data that must not be kept. Returns how many rows
    /// it changed.
    pub(crate) async fn erase(
        &self,
        sql: &'static str,
        params: impl Params + Send + 'static,
    ) -> Result<usize, StoreError> {
        let change = move |connection: &Connection| connection.prepare_cached(sql)?.execute(params);
        self.database.erase(change).await
    }

    /// Runs a query and reads each row with `record`.
    pub(crate) async fn list<T: Send + 'static>(
        &self,
        sql: &'static str,
        params: impl Params + Send + 'static,
        record: impl Fn(&Row<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<Vec<T>, StoreError> {
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_map(params, record)?.collect()
        };
        self.database.list(query).await
    }

    /// Runs the same statement for each pair of parameters, in one commit.
    pub(crate) async fn touch(
        &self,
        sql: &'static str,
        touched: Vec<(Id, Instant)>,
    ) -> Result<(), StoreError> {
        let change = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            for params in touched {
                statement.execute(params)?;
            }
            Ok(())
        };
        self.database.write(change).await
    }

    /// Runs a statement that counts all rows.
    pub(crate) async fn count(&self, sql: &'static str) -> Result<u64, StoreError> {
        let count = move |connection: &Connection| connection.query_row(sql, (), |row| row.get(0));
        let count: i64 = self.database.list(count).await?;
        Ok(count.try_into().unwrap_or(0))
    }

    /// Writes each record with `put`, which returns the number of written rows, in one commit. A
    /// record that is not written, because its user does not exist, is an error.
    pub(crate) async fn put<R: Clone + Send + 'static>(
        &self,
        records: &[R],
        put: impl Fn(&Connection, &R) -> rusqlite::Result<usize> + Send + 'static,
    ) -> Result<(), StoreError> {
        let records = records.to_vec();
        let put = move |connection: &Connection| {
            records
                .iter()
                .try_for_each(|record| match put(connection, record)? {
                    1 => Ok(()),
                    rows => Err(rusqlite::Error::StatementChangedRows(rows)),
                })
        };
        self.database.write(put).await
    }
}

pub(crate) fn ended(rows: usize) -> Ended {
    if rows == 0 { Ended::Before } else { Ended::Now }
}

#[cfg(test)]
mod tests;
