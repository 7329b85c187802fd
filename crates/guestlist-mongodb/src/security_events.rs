//! Security events: documents, filters and operations.

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, Client, EventBound, EventDetails, EventInsertion, SecurityEvent, SecurityEventId,
    SecurityEventStore, StoreError, Timestamp, UserId,
};
use mongodb::bson::doc;
use serde::{Deserialize, Serialize};

use crate::{
    Insertion, MongodbStore, Records, failure,
    filter::{after_id, id, page_of_owned},
    store::archive_page,
    values::{parsed, unreadable},
};

/// A security event: `db.security_events.find({})`. The details are a JSON object as text, because
/// the names in a document may not be any text.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct SecurityEventDocument {
    #[serde(rename = "_id")]
    id: String,
    user: String,
    actor: String,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    details: String,
    at: i64,
    times: i64,
    last_at: i64,
}

impl From<&SecurityEvent> for SecurityEventDocument {
    fn from(event: &SecurityEvent) -> Self {
        Self {
            id: event.id.to_string(),
            user: event.user_id.to_string(),
            actor: event.actor.to_string(),
            kind: event.kind.as_str().to_owned(),
            device: event.client.device.clone(),
            address: event.client.address.map(|address| address.to_string()),
            details: event.details.as_stored(),
            at: event.at.as_millis(),
            times: event.times.into(),
            last_at: event.last_at.as_millis(),
        }
    }
}

impl TryFrom<SecurityEventDocument> for SecurityEvent {
    type Error = StoreError;

    fn try_from(stored: SecurityEventDocument) -> Result<Self, StoreError> {
        let details = EventDetails::from_stored(&stored.details);
        Ok(Self {
            id: parsed(&stored.id)?,
            user_id: parsed(&stored.user)?,
            actor: parsed(&stored.actor)?,
            kind: parsed(&stored.kind)?,
            client: Client {
                device: stored.device,
                address: stored.address.and_then(|address| address.parse().ok()),
            },
            details: details.map_err(|error| unreadable(&error.to_string()))?,
            at: Timestamp::from_millis(stored.at),
            times: stored.times.try_into().unwrap_or(u32::MAX),
            last_at: Timestamp::from_millis(stored.last_at),
        })
    }
}

impl MongodbStore {
    /// Returns the operations on the documents of security events.
    pub(crate) fn security_events(&self) -> Records<SecurityEventDocument> {
        self.database.records("security_events")
    }
}

#[async_trait]
impl SecurityEventStore for MongodbStore {
    /// Counts first. Looks for the user afterwards, as `insert_session` does.
    async fn append_security_event(
        &self,
        event: &SecurityEvent,
        bound: EventBound,
    ) -> Result<EventInsertion, StoreError> {
        let events = self.security_events();
        let user = doc! { "user": event.user_id.to_string(), "kind": event.kind.as_str() };
        let same = after_id(user, Some(bound.after));
        let most = u64::from(bound.most);
        if events.count_up_to(same.clone(), most).await? >= most {
            let newest = events.list(same, doc! { "_id": -1 }, 1).await?;
            if let Some(newest) = newest.first() {
                let change = doc! {
                    "$inc": { "times": 1_i64 },
                    "$max": { "last_at": event.at.as_millis() },
                };
                if events.update(id(&newest.id), change).await? {
                    return Ok(EventInsertion::Counted);
                }
            }
        }
        if events.insert(event.into(), id(&event.id)).await? == Insertion::Taken {
            return Err(StoreError::failed("another security event has that id"));
        }
        let has_user = self.has_user(event.user_id).await;
        if has_user.map_err(failure::halfway)? {
            return Ok(EventInsertion::Stored);
        }
        let deleted = events.delete(id(&event.id)).await;
        deleted.map_err(failure::halfway)?;
        Ok(EventInsertion::UserGone)
    }

    async fn list_security_events_of(
        &self,
        user: UserId,
        before: Option<SecurityEventId>,
        limit: u32,
    ) -> Result<Vec<SecurityEvent>, StoreError> {
        let mut filter = doc! { "user": user.to_string() };
        if let Some(before) = before {
            filter.insert("_id", doc! { "$lt": before.to_string() });
        }
        let newest_first = doc! { "_id": -1 };
        let found = self.security_events();
        let found = found.list(filter, newest_first, limit).await?;
        found.into_iter().map(SecurityEvent::try_from).collect()
    }

    async fn list_security_events(
        &self,
        after: Option<SecurityEventId>,
        limit: u32,
    ) -> Result<Vec<SecurityEvent>, StoreError> {
        let filter = after_id(doc! {}, after);
        let found = self.security_events();
        let found = found.list(filter, doc! { "_id": 1 }, limit).await?;
        found.into_iter().map(SecurityEvent::try_from).collect()
    }

    async fn purge_security_events(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let first = SecurityEventId::first_of(before).to_string();
        // In `$and`, because `delete_some` adds a condition on `_id`.
        let old = doc! { "$and": [{ "_id": { "$lt": first } }] };
        let oldest_first = doc! { "_id": 1 };
        let events = self.security_events();
        events.delete_some(old, oldest_first, limit.into()).await
    }
}

#[async_trait]
impl ArchiveOf<SecurityEvent> for MongodbStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.security_events().count(doc! {}).await
    }

    async fn page(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<SecurityEvent>, StoreError> {
        let page = page_of_owned(after, limit);
        let found = archive_page(&self.security_events(), page, limit).await?;
        found.into_iter().map(SecurityEvent::try_from).collect()
    }

    async fn put_all(&self, events: &[SecurityEvent]) -> Result<(), StoreError> {
        let documents: Vec<_> = events.iter().map(SecurityEventDocument::from).collect();
        self.security_events().put_all(&documents).await
    }
}
