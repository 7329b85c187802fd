//! The planner's store event by event.

use async_trait::async_trait;
use guestlist::StoreError;
use guestlist_sqlite::{Id, rusqlite::Connection};
use planner::{Event, EventArchive, EventId};

use super::{SqlitePlannerStore, row, sql};

#[async_trait]
impl EventArchive for SqlitePlannerStore {
    async fn count_events(&self) -> Result<u64, StoreError> {
        let count = |connection: &Connection| {
            connection.query_row(sql::COUNT_EVENTS, (), |row| row.get::<_, i64>(0))
        };
        Ok(self.database.list(count).await?.try_into().unwrap_or(0))
    }

    async fn events(&self, after: Option<EventId>, limit: u32) -> Result<Vec<Event>, StoreError> {
        let after = after.map(|id| Id(id.as_uuid()));
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql::ALL_EVENTS)?;
            let events = statement.query_map((after, limit), |row| {
                row::shown_event(row).map(|shown| shown.event)
            });
            events?.collect()
        };
        self.database.list(query).await
    }

    async fn put_events(&self, events: &[Event]) -> Result<(), StoreError> {
        let events = events.to_vec();
        let put = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql::PUT_EVENT)?;
            events.iter().try_for_each(|event| {
                row::bind_event(&mut statement, event)?;
                statement.raw_execute().map(drop)
            })
        };
        self.database.write(put).await
    }
}
