//! Keys in memory.

use async_trait::async_trait;

use super::{MemoryStore, count, page};
use crate::{ArchiveOf, Key, KeyInsertion, KeyStore, StoreError, Timestamp};

#[async_trait]
impl KeyStore for MemoryStore {
    async fn insert_key(&self, key: &Key) -> Result<KeyInsertion, StoreError> {
        let mut records = self.records();
        if records.keys.iter().any(|other| other.kid == key.kid) {
            return Ok(KeyInsertion::Taken);
        }
        records.keys.push(key.clone());
        let order = |key: &Key| (key.created_at, key.kid.clone());
        records.keys.sort_by_key(order);
        Ok(KeyInsertion::Done)
    }

    async fn list_keys(&self) -> Result<Vec<Key>, StoreError> {
        Ok(self.records().keys.clone())
    }

    async fn retire_key(
        &self,
        kid: &str,
        signs_until: Timestamp,
        verifies_until: Timestamp,
    ) -> Result<Option<Key>, StoreError> {
        let mut records = self.records();
        let key = records.keys.iter_mut().find(|key| key.kid == kid);
        Ok(key.map(|key| {
            key.signs_until = key.signs_until.min(signs_until);
            key.verifies_until = key.verifies_until.min(verifies_until);
            key.clone()
        }))
    }
}

#[async_trait]
impl ArchiveOf<Key> for MemoryStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        Ok(count(self.records().keys.len()))
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Key>, StoreError> {
        Ok(page(self.records().keys.iter(), after, limit))
    }

    async fn put_all(&self, put: &[Key]) -> Result<(), StoreError> {
        let mut records = self.records();
        for key in put {
            records.keys.retain(|other| other.kid != key.kid);
            records.keys.push(key.clone());
        }
        records
            .keys
            .sort_by_key(|key| (key.created_at, key.kid.clone()));
        Ok(())
    }
}
