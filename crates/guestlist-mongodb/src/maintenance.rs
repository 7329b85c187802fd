//! All records together: documents, filters and operations.

use async_trait::async_trait;
use guestlist::{Census, CopyMark, KeyCensus, Maintenance, StoreError, Timestamp, TokenKeyId};
use mongodb::bson::{Bson, doc};
use serde::{Deserialize, Serialize};

use crate::{MongodbStore, Records, filter::expired, keys::verifies_nothing, values::hash};

/// The mark of an unfinished copy into this database.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct CopyDocument {
    /// There is at most one copy.
    #[serde(rename = "_id")]
    id: i64,
    pub(crate) mark: String,
}

impl CopyDocument {
    /// The `_id` of the only mark.
    pub(crate) const ID: i64 = 1;

    pub(crate) fn of(mark: &str) -> Self {
        Self {
            id: Self::ID,
            mark: mark.to_owned(),
        }
    }
}

impl MongodbStore {
    /// Returns the operations on the mark of a copy.
    fn copies(&self) -> Records<CopyDocument> {
        self.database.records("guestlist_copies")
    }
}

#[async_trait]
impl Maintenance for MongodbStore {
    async fn purge(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let limit = u64::from(limit);
        let by_end = || doc! { "expires": 1 };
        let mut purged = self
            .sessions()
            .delete_some(expired(before), by_end(), limit)
            .await?;
        let left = limit.saturating_sub(purged);
        purged += self
            .tokens()
            .delete_some(expired(before), by_end(), left)
            .await?;
        let left = limit.saturating_sub(purged);
        let by_end = doc! { "verifies_until": 1 };
        purged += self
            .keys()
            .delete_some(verifies_nothing(before), by_end, left)
            .await?;
        let left = limit.saturating_sub(purged);
        purged += self.finish_deletions(before, left).await?;
        Ok(purged)
    }

    /// Counts one collection after the other. A record that is added or removed during the count
    /// may be in some of the numbers only.
    async fn census(&self, before: Timestamp) -> Result<Census, StoreError> {
        let of_a_service = doc! { "user": Bson::Null };
        let service_tokens = self.tokens().count(of_a_service).await?;
        let tokens = self.tokens().count(doc! {}).await?;
        Ok(Census {
            sessions: self.sessions().count(doc! {}).await?,
            personal_tokens: tokens.saturating_sub(service_tokens),
            service_tokens,
            keys: self.keys().count(doc! {}).await?,
            expired: self.sessions().count(expired(before)).await?
                + self.tokens().count(expired(before)).await?
                + self.keys().count(verifies_nothing(before)).await?,
        })
    }

    /// Counts one collection after the other, as [`census`](Self::census) does.
    async fn census_of_key(&self, key: TokenKeyId) -> Result<KeyCensus, StoreError> {
        let [least, greatest] = key.range().map(|bound| hash(&bound));
        let range = doc! { "$gte": least, "$lte": greatest };
        let sessions = doc! { "$or": [{ "secret_hash": &range }, { "refresh_hash": &range }] };
        let of_a_service = doc! { "hash": &range, "user": Bson::Null };
        let service_tokens = self.tokens().count(of_a_service).await?;
        let tokens = self.tokens().count(doc! { "hash": &range }).await?;
        Ok(KeyCensus {
            sessions: self.sessions().count(sessions).await?,
            personal_tokens: tokens.saturating_sub(service_tokens),
            service_tokens,
        })
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.users().find(doc! {}).await.map(drop)
    }
}

#[async_trait]
impl CopyMark for MongodbStore {
    async fn copy_mark(&self) -> Result<Option<String>, StoreError> {
        let copy = self.copies().find(doc! { "_id": CopyDocument::ID }).await?;
        Ok(copy.map(|copy| copy.mark))
    }

    async fn set_copy_mark(&self, mark: Option<&str>) -> Result<(), StoreError> {
        match mark {
            Some(mark) => self.copies().put_all(&[CopyDocument::of(mark)]).await,
            None => {
                let only = doc! { "_id": CopyDocument::ID };
                self.copies().delete(only).await.map(drop)
            }
        }
    }
}
