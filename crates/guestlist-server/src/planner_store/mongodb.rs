//! The planner's store in the same MongoDB database as the door's.

mod archive;
mod document;
mod filter;
mod renew;

use async_trait::async_trait;
use guestlist::{StoreError, UserId};
use guestlist_mongodb::{
    Database, Insertion, OpenError, Records,
    mongodb::{
        IndexModel,
        bson::{Document, deserialize_from_document, doc},
    },
};
use planner::{
    Event, EventDeletion, EventFilter, EventId, EventInsertion, EventList, EventUpdate,
    ListBuilder, ListLimit, PlannerStore, Position, ShownEvent, Version,
};

use self::document::EventDocument;

/// The name of this part of the database's schema.
const PART: &str = "planner";

/// Raised with every change of the indexes and of the fields of a document.
const SCHEMA: i64 = 4;

/// So many events come from MongoDB at once. A list of large ones ends within the first batch or two, and a page of the
/// usual length is one batch.
const BATCH: u32 = 24;

/// Keeps events in one database of MongoDB, which has the door's collections already: an event is shown with what stands
/// in its creator's document, and to nobody without it.
#[derive(Clone, Debug)]
pub struct MongodbPlannerStore {
    events: Records<EventDocument>,
}

impl MongodbPlannerStore {
    /// Whether the planner's collections have been made in this database. It changes nothing.
    ///
    /// # Errors
    ///
    /// If the server does not answer.
    pub async fn is_in(database: &Database) -> Result<bool, OpenError> {
        Ok(database.version_of(PART).await? > 0)
    }

    /// Refuses a database in which another program keeps documents in the planner's collections.
    ///
    /// # Errors
    ///
    /// [`OpenError::OtherCollections`] names them.
    pub async fn refuse_other_documents(database: &Database) -> Result<(), OpenError> {
        database.refuse_other_documents(PART, &["events"]).await
    }

    /// Makes the planner's indexes if they do not exist, and brings older documents up to date.
    pub async fn over(database: Database) -> Result<Self, OpenError> {
        Self::refuse_other_documents(&database).await?;
        let events = database.records("events");
        if (1..SCHEMA).contains(&database.version_of(PART).await?) {
            let renewed = renew::renew_all(&events).await;
            renewed.map_err(|source| OpenError::Documents {
                collection: "events",
                source,
            })?;
        }
        let indexes = [
            doc! { "visibility": 1, "sort_at": 1, "_id": 1, "over_at": 1 },
            doc! { "visibility": 1, "created_at": 1, "_id": 1 },
            doc! { "creator": 1, "sort_at": 1, "_id": 1, "over_at": 1 },
            doc! { "creator": 1, "created_at": 1, "_id": 1 },
        ];
        let indexes = indexes.map(|keys| ("events", IndexModel::builder().keys(keys).build()));
        database.migrate(PART, SCHEMA, indexes.into()).await?;
        Ok(Self { events })
    }

    /// The version of an event that is there for anybody.
    async fn stands(&self, id: EventId) -> Result<Option<Version>, StoreError> {
        let shown = self.find_event(id).await?;
        Ok(shown.map(|shown| shown.event.version))
    }
}

#[async_trait]
impl PlannerStore for MongodbPlannerStore {
    /// Events are counted before and afterwards: of several that are made at once, each sees all that were kept before
    /// it, so one too many is seen at least by itself, and is removed.
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
        // From here on the event may be kept, whatever fails.
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
        let read = |document| -> Result<ShownEvent, StoreError> {
            let event: EventDocument =
                deserialize_from_document(document).map_err(StoreError::failed)?;
            event.try_into()
        };
        let take = move |list: &mut ListBuilder, document| {
            match read(document) {
                Ok(event) => list.push(event),
                // One document that cannot be read takes no list with it.
                Err(error) => tracing::error!(?error, "an event cannot be read"),
            }
            list.wanted() > 0
        };
        let list = ListBuilder::new(limit);
        let list = self.events.fold(pipeline, BATCH, list, take).await?;
        Ok(list.finish())
    }

    /// Whoever is deleted after the first look has changed an event that nobody sees.
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

    /// Looks at each creator once.
    async fn sweep(&self, limit: u32) -> Result<u64, StoreError> {
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

fn version(id: EventId, version: Version) -> Document {
    doc! { "_id": id.to_string(), "version": version.0 }
}

/// Each event with its creator's document as `owner`; none without. (What is put under another name, as by `$$ROOT`, loses texts that
/// begin with a dollar sign on some engines.)
fn with_owners() -> [Document; 2] {
    [
        doc! { "$lookup": {
            "from": "users", "localField": "creator", "foreignField": "_id", "as": "owner",
        } },
        doc! { "$unwind": "$owner" },
    ]
}
