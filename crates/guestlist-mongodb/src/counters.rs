//! Counters of tries: documents, filters and operations.
//!
//! A try takes one counter after the other. If one of them refuses, the try gives back what it has
//! taken. In between, another try may be refused that would have been allowed; never the reverse.

use async_trait::async_trait;
use guestlist::{LimitKey, LimitStore, StoreError, Take, Taking, Timestamp};
use mongodb::bson::{Binary, DateTime, Document, doc};
use serde::{Deserialize, Serialize};

use crate::{
    MongodbStore, Records,
    filter::expired,
    values::{binary, date},
};

/// How often a try starts again at a counter that others change at the same time.
const TRIES: u32 = 50;

/// A counter of tries: `db.limits.find({})`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct CounterDocument {
    #[serde(rename = "_id")]
    key: Binary,
    /// When all counted tries are paid off.
    paid_at: i64,
    /// A time after which that is certain, for the index that removes the counter.
    expires: DateTime,
}

impl MongodbStore {
    /// Returns the operations on counters.
    fn counters(&self) -> Records<CounterDocument> {
        self.database.records("limits")
    }

    /// Counts one try. Returns the wait if the counter refuses it.
    async fn take(&self, take: &Take, now: Timestamp) -> Result<Taking, StoreError> {
        let counters = self.counters();
        let (at, latest) = (now.as_millis(), take.latest(now));
        let expires = doc! { "expires": date(latest) };
        for _ in 0..TRIES {
            // A counter that is paid off, or does not exist.
            let free = with_key(take.key, doc! { "paid_at": { "$lte": at } });
            let first = doc! { "$set": { "paid_at": at + take.cost }, "$max": expires.clone() };
            if counters.upsert(free, first).await? {
                return Ok(Taking::Done);
            }
            let room = doc! { "$gt": at, "$lte": latest.as_millis() - take.cost };
            let one_more = doc! { "$inc": { "paid_at": take.cost }, "$max": expires.clone() };
            let has_room = with_key(take.key, doc! { "paid_at": room });
            if counters.update(has_room, one_more).await? {
                return Ok(Taking::Done);
            }
            let found = counters.find(with_key(take.key, doc! {})).await?;
            let found = found.map(|found| Timestamp::from_millis(found.paid_at));
            if let Some(found) = found
                && let Some(back) = take.set_back(found, now)
            {
                let same = with_key(take.key, doc! { "paid_at": found.as_millis() });
                let back = doc! { "$set": { "paid_at": back.as_millis() } };
                counters.update(same, back).await?;
            }
            match Taking::of(&[*take], &[found], now) {
                Taking::Done => {}
                refused @ Taking::Refused { .. } => return Ok(refused),
            }
        }
        Err(StoreError::failed(
            "a counter of tries is changed too often",
        ))
    }
}

fn with_key(key: LimitKey, mut filter: Document) -> Document {
    filter.insert("_id", binary(*key.as_stored()));
    filter
}

#[async_trait]
impl LimitStore for MongodbStore {
    async fn take_all(&self, takes: &[Take], now: Timestamp) -> Result<Taking, StoreError> {
        for (which, take) in takes.iter().enumerate() {
            match self.take(take, now).await {
                Ok(Taking::Done) => {}
                Ok(Taking::Refused { retry_after, .. }) => {
                    self.give_back(&takes[..which]).await?;
                    return Ok(Taking::Refused { which, retry_after });
                }
                Err(error) => {
                    // The caller counts on nothing. What cannot be given back is paid off in time.
                    if let Err(error) = self.give_back(&takes[..which]).await {
                        tracing::warn!(%error, "cannot give back a counted try");
                    }
                    return Err(error);
                }
            }
        }
        Ok(Taking::Done)
    }

    async fn give_back(&self, takes: &[Take]) -> Result<(), StoreError> {
        let changes = takes.iter().map(|take| {
            let less = doc! { "$inc": { "paid_at": -take.cost } };
            (with_key(take.key, doc! {}), less)
        });
        self.counters().update_each(changes).await
    }

    async fn clear_counters(&self, between: [LimitKey; 2]) -> Result<u64, StoreError> {
        let [first, last] = between.map(|key| binary(*key.as_stored()));
        let those = doc! { "_id": { "$gte": first, "$lte": last } };
        self.counters().delete_all(those).await
    }

    async fn purge_counters(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let by_end = doc! { "expires": 1 };
        self.counters()
            .delete_some(expired(before), by_end, limit.into())
            .await
    }
}
