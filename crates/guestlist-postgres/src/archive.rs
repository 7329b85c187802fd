//! The store record by record.

use async_trait::async_trait;
use guestlist::{Archive, Record, RecordKind, StoreError};
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use crate::{
    PostgresStore,
    columns::{self, Column},
    row::{self, Unreadable},
    sql,
};

#[async_trait]
impl Archive for PostgresStore {
    async fn count(&self, kind: RecordKind) -> Result<u64, StoreError> {
        let sql = match kind {
            RecordKind::User => sql::COUNT_USERS,
            RecordKind::Session => sql::COUNT_SESSIONS,
            RecordKind::Token => sql::COUNT_TOKENS,
            RecordKind::Key => sql::COUNT_KEYS,
        };
        let rows = self.database.list_at_length(sql, &[]).await?;
        let count = rows.first().map(|row| row::number(row, 0)).transpose();
        Ok(count.map_err(StoreError::failed)?.unwrap_or(0))
    }

    async fn records(
        &self,
        kind: RecordKind,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        type Read = fn(&Row) -> Result<Record, Unreadable>;
        let (sql, record): (_, Read) = match kind {
            RecordKind::User => (sql::LIST_USERS, |row| row::user(row, 0).map(Record::User)),
            RecordKind::Session => (sql::ALL_SESSIONS, |row| {
                row::session(row).map(Record::Session)
            }),
            RecordKind::Token => (sql::ALL_TOKENS, |row| row::token(row).map(Record::Token)),
            RecordKind::Key => (sql::ALL_KEYS, |row| row::key(row).map(Record::Key)),
        };
        let id = match kind {
            RecordKind::Key => None,
            _ => after
                .map(Uuid::parse_str)
                .transpose()
                .map_err(StoreError::failed)?,
        };
        let after: &(dyn ToSql + Sync) = match kind {
            RecordKind::Key => &after,
            _ => &id,
        };
        let params = [after, &i64::from(limit)];
        let rows = self.database.list_at_length(sql, &params).await?;
        let records = rows.iter().map(record).collect::<Result<_, _>>();
        records.map_err(StoreError::failed)
    }

    async fn put(&self, records: &[Record]) -> Result<(), StoreError> {
        let changes: Vec<_> = records.iter().map(change).collect();
        let lent = changes.iter();
        let lent: Vec<_> = lent
            .map(|(sql, columns)| (*sql, columns::lent(columns)))
            .collect();
        self.database.change_together(&lent).await
    }

    async fn copy_mark(&self) -> Result<Option<String>, StoreError> {
        let row = self.database.find(sql::COPY_MARK, &[]).await?;
        let mark = row.map(|row| row.try_get(0)).transpose();
        mark.map_err(StoreError::failed)
    }

    async fn set_copy_mark(&self, mark: Option<&str>) -> Result<(), StoreError> {
        let set = match mark {
            Some(mark) => self.database.change(sql::SET_COPY_MARK, &[&mark]).await,
            None => self.database.change(sql::CLEAR_COPY_MARK, &[]).await,
        };
        set.map(drop)
    }
}

fn change(record: &Record) -> (&'static str, Vec<Column>) {
    match record {
        Record::User(user) => (sql::PUT_USER, columns::of_user(user)),
        Record::Session(session) => (sql::PUT_SESSION, columns::of_session(session)),
        Record::Token(token) => (sql::PUT_TOKEN, columns::of_token(token)),
        Record::Key(key) => (sql::PUT_KEY, columns::of_key(key)),
    }
}
