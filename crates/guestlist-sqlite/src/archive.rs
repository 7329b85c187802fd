//! The store record by record.

use async_trait::async_trait;
use guestlist::{Archive, Record, RecordKind, StoreError};
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use crate::{
    SqliteStore,
    row::{self, Id},
    session, sql,
};

#[async_trait]
impl Archive for SqliteStore {
    async fn count(&self, kind: RecordKind) -> Result<u64, StoreError> {
        let sql = match kind {
            RecordKind::User => sql::COUNT_USERS,
            RecordKind::Session => sql::COUNT_SESSIONS,
            RecordKind::Token => sql::COUNT_TOKENS,
            RecordKind::Key => sql::COUNT_KEYS,
        };
        let count = move |connection: &Connection| connection.query_row(sql, (), |row| row.get(0));
        let count: i64 = self.database.list(count).await?;
        Ok(count.try_into().unwrap_or(0))
    }

    async fn records(
        &self,
        kind: RecordKind,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        type Read = fn(&Row<'_>) -> rusqlite::Result<Record>;
        let (sql, record): (_, Read) = match kind {
            RecordKind::User => (sql::LIST_USERS, |row| row::user(row, 0).map(Record::User)),
            RecordKind::Session => (sql::ALL_SESSIONS, |row| {
                row::session(row).map(Record::Session)
            }),
            RecordKind::Token => (sql::ALL_TOKENS, |row| row::token(row).map(Record::Token)),
            RecordKind::Key => {
                let params = (after.map(str::to_owned), limit);
                let key = |row: &Row<'_>| row::key(row).map(Record::Key);
                return self.list(sql::ALL_KEYS, params, key).await;
            }
        };
        let after = after.map(Uuid::parse_str).transpose();
        let after = after.map_err(StoreError::failed)?.map(Id);
        self.list(sql, (after, limit), record).await
    }

    async fn put(&self, records: &[Record]) -> Result<(), StoreError> {
        let records = records.to_vec();
        let put = move |connection: &Connection| {
            records
                .iter()
                .try_for_each(|record| put(connection, record))
        };
        self.database.write(put).await
    }

    async fn copy_mark(&self) -> Result<Option<String>, StoreError> {
        let mark = |connection: &Connection| {
            let mark = connection.query_row(sql::COPY_MARK, (), |row| row.get(0));
            mark.optional()
        };
        self.database.find(mark).await
    }

    async fn set_copy_mark(&self, mark: Option<&str>) -> Result<(), StoreError> {
        let mark = mark.map(str::to_owned);
        let set = move |connection: &Connection| match mark {
            Some(mark) => connection.execute(sql::SET_COPY_MARK, (mark,)),
            None => connection.execute(sql::CLEAR_COPY_MARK, ()),
        };
        self.database.write(set).await.map(drop)
    }
}

/// What is not written because its user is not there is an error.
fn put(connection: &Connection, record: &Record) -> rusqlite::Result<()> {
    let prepare = |sql| connection.prepare_cached(sql);
    let written = match record {
        Record::User(user) => prepare(sql::PUT_USER)?.execute(row::of_user(user))?,
        Record::Session(session) => session::insert(connection, sql::PUT_SESSION, session)?,
        Record::Token(token) => prepare(sql::PUT_TOKEN)?.execute(row::of_token(token))?,
        Record::Key(key) => prepare(sql::PUT_KEY)?.execute(row::of_key(key))?,
    };
    match written {
        1 => Ok(()),
        rows => Err(rusqlite::Error::StatementChangedRows(rows)),
    }
}
