//! The store in memory, record by record.

use async_trait::async_trait;

use super::{MemoryStore, size};
use crate::{Archive, Record, RecordKind, StoreError};

#[async_trait]
impl Archive for MemoryStore {
    async fn count(&self, kind: RecordKind) -> Result<u64, StoreError> {
        let records = self.records();
        let count = match kind {
            RecordKind::User => records.users.len(),
            RecordKind::Session => records.sessions.len(),
            RecordKind::Token => records.tokens.len(),
            RecordKind::Key => records.keys.len(),
        };
        Ok(u64::try_from(count).unwrap_or(u64::MAX))
    }

    async fn records(
        &self,
        kind: RecordKind,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        let records = self.records();
        let mut all: Vec<Record> = match kind {
            RecordKind::User => records.users.values().cloned().map(Record::User).collect(),
            RecordKind::Session => {
                let sessions = records.sessions.values().cloned();
                sessions.map(Record::Session).collect()
            }
            RecordKind::Token => records
                .tokens
                .values()
                .cloned()
                .map(Record::Token)
                .collect(),
            RecordKind::Key => records.keys.iter().cloned().map(Record::Key).collect(),
        };
        drop(records);
        all.retain(|record| after.is_none_or(|after| record.id().as_str() > after));
        all.sort_by_key(Record::id);
        all.truncate(size(limit));
        Ok(all)
    }

    async fn put(&self, put: &[Record]) -> Result<(), StoreError> {
        let mut records = self.records();
        for record in put.iter().cloned() {
            match record {
                Record::User(user) => drop(records.users.insert(user.id, user)),
                Record::Session(session) => drop(records.sessions.insert(session.id, session)),
                Record::Token(token) => drop(records.tokens.insert(token.id, token)),
                Record::Key(key) => {
                    records.keys.retain(|other| other.kid != key.kid);
                    records.keys.push(key);
                    records
                        .keys
                        .sort_by_key(|key| (key.created_at, key.kid.clone()));
                }
            }
        }
        Ok(())
    }

    async fn copy_mark(&self) -> Result<Option<String>, StoreError> {
        Ok(self.records().copy_mark.clone())
    }

    async fn set_copy_mark(&self, mark: Option<&str>) -> Result<(), StoreError> {
        self.records().copy_mark = mark.map(str::to_owned);
        Ok(())
    }
}
