//! Events in MongoDB: filters and operations; `document` reads and writes the documents.

pub(super) mod document;
mod filter;

use async_trait::async_trait;
use guestlist::{ArchiveOf, StoreError, UserId};
use guestlist_mongodb::{
    Insertion,
    mongodb::bson::{Document, deserialize_from_document, doc},
};
use planner::{
    Event, EventDeletion, EventFilter, EventId, EventInsertion, EventList, EventStore, EventUpdate,
    ListBuilder, ListLimit, Position, ShownEvent, Version,
};

use self::document::EventDocument;
use super::MongodbPlannerStore;

/// How many events MongoDB sends at once. A list of large events ends within one or two batches,
/// and a page of the usual length is one batch.
const BATCH: u32 = 24;

#[async_trait]
impl EventStore for MongodbPlannerStore {
    /// Counts the creator's events before and after the insertion. An insertion also counts every
    /// event that another insertion has stored earlier. So of several insertions at the same time,
    /// at least one counts more events than the quota, and removes its own event.
    async fn insert_event(&self, event: &Event, quota: u32) -> Result<EventInsertion, StoreError> {
        let quota = u64::from(quota);
        let same_id = doc! { "_id": event.id.to_string() };
        let theirs = doc! { "creator": event.creator.to_string() };
        let count = |most| self.events.count_up_to(theirs.clone(), most);
        if count(quota).await? >= quota {
            return Ok(EventInsertion::QuotaReached);
        }
        if self.events.insert(event.into(), same_id).await? == Insertion::Taken {
            return Ok(EventInsertion::Taken);
        }
        // From here on, after any error the event may be stored.
        if count(quota + 1).await.map_err(StoreError::unknown)? <= quota {
            return Ok(EventInsertion::Inserted);
        }
        let one_too_many = doc! { "_id": event.id.to_string() };
        let removed = self.events.delete(one_too_many).await;
        removed.map_err(StoreError::unknown)?;
        Ok(EventInsertion::QuotaReached)
    }

    async fn find_event(&self, id: EventId) -> Result<Option<ShownEvent>, StoreError> {
        let mut pipeline = vec![doc! { "$match": { "_id": id.to_string() } }];
        pipeline.extend(with_owners());
        let found: Vec<EventDocument> = self.events.aggregate(pipeline).await?;
        found.into_iter().next().map(TryInto::try_into).transpose()
    }

    async fn list_events(
        &self,
        filter: &EventFilter,
        after: Option<&Position>,
        limit: ListLimit,
    ) -> Result<EventList, StoreError> {
        if limit.events == 0 {
            return Ok(EventList::default());
        }
        let mut pipeline = filter::window(filter, after);
        pipeline.extend(with_owners());
        if filter.creator.is_none() {
            pipeline.push(doc! { "$match": { "owner.disabled_at": { "$exists": false } } });
        }
        pipeline.push(doc! { "$limit": i64::from(limit.events) });
        self.fold(pipeline, limit).await
    }

    async fn list_all_events(
        &self,
        q: Option<&str>,
        after: Option<EventId>,
        limit: ListLimit,
    ) -> Result<EventList, StoreError> {
        if limit.events == 0 {
            return Ok(EventList::default());
        }
        let mut pipeline = filter::everything(q, after);
        pipeline.extend(with_owners());
        pipeline.push(doc! { "$limit": i64::from(limit.events) });
        self.fold(pipeline, limit).await
    }

    /// If the creator is deleted after the first look-up, this changes an event that is not shown.
    async fn update_event(
        &self,
        event: &Event,
        expected: Version,
    ) -> Result<EventUpdate, StoreError> {
        match self.stands(event.id).await? {
            None => return Ok(EventUpdate::Gone),
            Some(version) if version != expected => return Ok(EventUpdate::Stale),
            Some(_) => {}
        }
        let change = document::change(event)?;
        if self
            .events
            .update(version(event.id, expected), change)
            .await?
        {
            return Ok(EventUpdate::Updated);
        }
        Ok(match self.stands(event.id).await? {
            Some(_) => EventUpdate::Stale,
            None => EventUpdate::Gone,
        })
    }

    async fn delete_event(
        &self,
        id: EventId,
        expected: Version,
    ) -> Result<EventDeletion, StoreError> {
        match self.stands(id).await? {
            None => return Ok(EventDeletion::Gone),
            Some(version) if version != expected => return Ok(EventDeletion::Stale),
            Some(_) => {}
        }
        if self.events.delete(version(id, expected)).await? {
            return Ok(EventDeletion::Deleted);
        }
        Ok(match self.stands(id).await? {
            Some(_) => EventDeletion::Stale,
            None => EventDeletion::Gone,
        })
    }

    async fn delete_events_of(&self, creator: UserId) -> Result<u64, StoreError> {
        let theirs = doc! { "creator": creator.to_string() };
        self.events.delete_all(theirs).await
    }

    /// Looks up each creator once.
    async fn purge(&self, limit: u32) -> Result<u64, StoreError> {
        let gone = vec![
            doc! { "$group": { "_id": "$creator" } },
            doc! { "$lookup": {
                "from": "users", "localField": "_id", "foreignField": "_id", "as": "creator",
            } },
            doc! { "$match": { "creator": { "$size": 0 } } },
            doc! { "$limit": i64::from(limit.max(1)) },
            doc! { "$project": { "_id": true } },
        ];
        let gone = self.events.ids(gone).await?;
        if gone.is_empty() {
            return Ok(0);
        }
        let theirs = doc! { "creator": { "$in": gone } };
        let any_order = doc! { "_id": 1 };
        self.events
            .delete_some(theirs, any_order, limit.into())
            .await
    }
}

#[async_trait]
impl ArchiveOf<Event> for MongodbPlannerStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.events.count(doc! {}).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Event>, StoreError> {
        // MongoDB refuses a limit of 0.
        if limit == 0 {
            return Ok(vec![]);
        }
        let those = after.map_or_else(|| doc! {}, |after| doc! { "_id": { "$gt": after } });
        let mut page = vec![doc! { "$match": those }, doc! { "$sort": { "_id": 1 } }];
        page.extend(with_owners());
        page.push(doc! { "$limit": i64::from(limit) });
        let found: Vec<EventDocument> = self.events.aggregate_at_length(page).await?;
        let shown = found.into_iter().map(ShownEvent::try_from);
        shown.map(|shown| Ok(shown?.event)).collect()
    }

    async fn put_all(&self, events: &[Event]) -> Result<(), StoreError> {
        let documents: Vec<_> = events.iter().map(EventDocument::from).collect();
        self.events.put_all(&documents).await
    }
}

impl MongodbPlannerStore {
    /// Reads the documents of a list until there is no more room.
    async fn fold(
        &self,
        pipeline: Vec<Document>,
        limit: ListLimit,
    ) -> Result<EventList, StoreError> {
        let read = |document| -> Result<ShownEvent, StoreError> {
            let event: EventDocument =
                deserialize_from_document(document).map_err(StoreError::failed)?;
            event.try_into()
        };
        let take = move |list: &mut ListBuilder, document| {
            match read(document) {
                Ok(event) => list.push(event),
                // An unreadable document does not fail the whole list.
                Err(error) => tracing::error!(?error, "an event cannot be read"),
            }
            list.wanted() > 0
        };
        let list = ListBuilder::new(limit);
        let list = self.events.fold(pipeline, BATCH, list, take).await?;
        Ok(list.finish())
    }

    /// Returns the event's version, if the event exists and its creator does.
    async fn stands(&self, id: EventId) -> Result<Option<Version>, StoreError> {
        let shown = self.find_event(id).await?;
        Ok(shown.map(|shown| shown.event.version))
    }
}

fn version(id: EventId, version: Version) -> Document {
    doc! { "_id": id.to_string(), "version": version.0 }
}

/// Adds each event's creator as `owner`, and leaves out events without a creator. The document is
/// not renamed, as by `$$ROOT`: on some engines this loses texts that begin with a dollar sign.
fn with_owners() -> [Document; 2] {
    [
        doc! { "$lookup": {
            "from": "users", "localField": "creator", "foreignField": "_id", "as": "owner",
        } },
        doc! { "$unwind": "$owner" },
    ]
}
