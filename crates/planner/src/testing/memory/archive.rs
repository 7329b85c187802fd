//! The planner's store in memory, event by event.

use async_trait::async_trait;
use guestlist::StoreError;

use super::{MemoryPlannerStore, count};
use crate::{Event, EventArchive, EventId};

#[async_trait]
impl EventArchive for MemoryPlannerStore {
    async fn count_events(&self) -> Result<u64, StoreError> {
        Ok(count(self.events().len()))
    }

    async fn events(&self, after: Option<EventId>, limit: u32) -> Result<Vec<Event>, StoreError> {
        let events: Vec<_> = self.events().values().cloned().collect();
        let mut page = Vec::new();
        for event in events {
            if count(page.len()) == u64::from(limit) {
                break;
            }
            if Some(event.id) > after && self.creator(event.creator).await?.is_some() {
                page.push(event);
            }
        }
        Ok(page)
    }

    async fn put_events(&self, events: &[Event]) -> Result<(), StoreError> {
        let mut kept = self.events();
        kept.extend(events.iter().map(|event| (event.id, event.clone())));
        Ok(())
    }
}
