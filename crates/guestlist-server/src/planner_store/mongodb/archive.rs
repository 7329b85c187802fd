//! The planner's store event by event.

use async_trait::async_trait;
use guestlist::StoreError;
use guestlist_mongodb::mongodb::bson::doc;
use planner::{Event, EventArchive, EventId, ShownEvent};

use super::{MongodbPlannerStore, document::EventDocument, with_owners};

#[async_trait]
impl EventArchive for MongodbPlannerStore {
    async fn count_events(&self) -> Result<u64, StoreError> {
        self.events.count(doc! {}).await
    }

    async fn events(&self, after: Option<EventId>, limit: u32) -> Result<Vec<Event>, StoreError> {
        // To MongoDB, a limit of none is a mistake.
        if limit == 0 {
            return Ok(vec![]);
        }
        let those = after.map_or_else(
            || doc! {},
            |after| doc! { "_id": { "$gt": after.to_string() } },
        );
        let mut page = vec![doc! { "$match": those }, doc! { "$sort": { "_id": 1 } }];
        page.extend(with_owners());
        page.push(doc! { "$limit": i64::from(limit) });
        let found: Vec<EventDocument> = self.events.aggregate_at_length(page).await?;
        let shown = found.into_iter().map(ShownEvent::try_from);
        shown.map(|shown| Ok(shown?.event)).collect()
    }

    async fn put_events(&self, events: &[Event]) -> Result<(), StoreError> {
        let documents: Vec<_> = events.iter().map(EventDocument::from).collect();
        self.events.put_all(&documents).await
    }
}
