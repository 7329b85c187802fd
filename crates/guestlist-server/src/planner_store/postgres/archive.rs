//! The planner's store event by event.

use async_trait::async_trait;
use guestlist::StoreError;
use guestlist_postgres::Params;
use planner::{Event, EventArchive, EventId};

use super::{
    PostgresPlannerStore,
    row::{self, Columns},
    sql,
};

#[async_trait]
impl EventArchive for PostgresPlannerStore {
    async fn count_events(&self) -> Result<u64, StoreError> {
        let rows = self.database.list_at_length(sql::COUNT_EVENTS, &[]).await?;
        let count = rows.first().map(|row| row.try_get::<_, i64>(0)).transpose();
        let count = count.map_err(StoreError::failed)?.unwrap_or(0);
        Ok(count.try_into().unwrap_or(0))
    }

    async fn events(&self, after: Option<EventId>, limit: u32) -> Result<Vec<Event>, StoreError> {
        let params: Params<'_> = &[&after.map(|id| id.as_uuid()), &i64::from(limit)];
        let rows = self
            .database
            .list_at_length(sql::ALL_EVENTS, params)
            .await?;
        let events = rows.iter().map(|row| Ok(row::shown_event(row)?.event));
        let events = events.collect::<Result<_, row::Unreadable>>();
        events.map_err(StoreError::failed)
    }

    async fn put_events(&self, events: &[Event]) -> Result<(), StoreError> {
        let columns: Vec<_> = events.iter().map(Columns::of).collect();
        let changes = columns
            .iter()
            .map(|columns| (sql::PUT_EVENT, columns.all()));
        let changes: Vec<_> = changes.collect();
        self.database.change_together(&changes).await
    }
}
