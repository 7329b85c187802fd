//! Signing keys: documents, filters and operations.

use async_trait::async_trait;
use guestlist::{ArchiveOf, Key, KeyInsertion, KeyStore, StoreError, Timestamp};
use mongodb::bson::{Binary, Document, doc};
use serde::{Deserialize, Serialize};

use crate::{
    Insertion, MongodbStore, Records,
    filter::{id, page},
    store::archive_page,
    values::binary,
};

/// A key that signs tokens; its private part is sealed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct KeyDocument {
    #[serde(rename = "_id")]
    kid: String,
    algorithm: String,
    sealed: Binary,
    public: String,
    created_at: i64,
    signs_from: i64,
    signs_until: i64,
    verifies_until: i64,
}

impl From<&Key> for KeyDocument {
    fn from(key: &Key) -> Self {
        Self {
            kid: key.kid.clone(),
            algorithm: key.algorithm.clone(),
            sealed: binary(key.sealed.clone()),
            public: key.public.clone(),
            created_at: key.created_at.as_millis(),
            signs_from: key.signs_from.as_millis(),
            signs_until: key.signs_until.as_millis(),
            verifies_until: key.verifies_until.as_millis(),
        }
    }
}

impl From<KeyDocument> for Key {
    fn from(stored: KeyDocument) -> Self {
        Self {
            kid: stored.kid,
            algorithm: stored.algorithm,
            sealed: stored.sealed.bytes,
            public: stored.public,
            created_at: Timestamp::from_millis(stored.created_at),
            signs_from: Timestamp::from_millis(stored.signs_from),
            signs_until: Timestamp::from_millis(stored.signs_until),
            verifies_until: Timestamp::from_millis(stored.verifies_until),
        }
    }
}

pub(crate) fn verifies_nothing(before: Timestamp) -> Document {
    doc! { "verifies_until": { "$lt": before.as_millis() } }
}

impl MongodbStore {
    /// Returns the operations on the documents of keys.
    pub(crate) fn keys(&self) -> Records<KeyDocument> {
        self.database.records("keys")
    }
}

#[async_trait]
impl KeyStore for MongodbStore {
    async fn insert_key(&self, key: &Key) -> Result<KeyInsertion, StoreError> {
        Ok(match self.keys().insert(key.into(), id(&key.kid)).await? {
            Insertion::Done => KeyInsertion::Done,
            Insertion::Taken => KeyInsertion::Taken,
        })
    }

    /// A look-up, not a list: there are only a few keys, and no token can be verified without them.
    async fn list_keys(&self) -> Result<Vec<Key>, StoreError> {
        let order = doc! { "created_at": 1, "_id": 1 };
        let keys = self.keys().all(order).await?;
        Ok(keys.into_iter().map(Key::from).collect())
    }

    async fn retire_key(
        &self,
        kid: &str,
        signs_until: Timestamp,
        verifies_until: Timestamp,
    ) -> Result<Option<Key>, StoreError> {
        let earlier = doc! {
            "$min": {
                "signs_until": signs_until.as_millis(),
                "verifies_until": verifies_until.as_millis(),
            },
        };
        let before = self
            .keys()
            .find_and_update(doc! { "_id": kid }, earlier)
            .await?;
        Ok(before.map(|before| {
            let before = Key::from(before);
            Key {
                signs_until: before.signs_until.min(signs_until),
                verifies_until: before.verifies_until.min(verifies_until),
                ..before
            }
        }))
    }
}

#[async_trait]
impl ArchiveOf<Key> for MongodbStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.keys().count(doc! {}).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Key>, StoreError> {
        let found = archive_page(&self.keys(), page(after, limit), limit).await?;
        Ok(found.into_iter().map(Key::from).collect())
    }

    async fn put_all(&self, keys: &[Key]) -> Result<(), StoreError> {
        let documents: Vec<_> = keys.iter().map(KeyDocument::from).collect();
        self.keys().put_all(&documents).await
    }
}
