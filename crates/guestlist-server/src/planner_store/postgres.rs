//! The planner's store in the same database of PostgreSQL as the door's.

mod archive;
mod renew;
mod row;
mod sql;

use async_trait::async_trait;
use guestlist::{StoreError, UserId};
use guestlist_postgres::{Database, OpenError, Params};
use planner::{
    Event, EventDeletion, EventFilter, EventId, EventInsertion, EventList, EventSort, EventUpdate,
    ListBuilder, ListLimit, PlannerStore, Position, ShownEvent, Version,
};

/// The table that lists which migrations a database has.
const HISTORY: &str = "planner_migrations";

mod migrations {
    refinery::embed_migrations!("migrations/postgres");
}

/// Keeps events in one database of PostgreSQL, which has the door's tables already: an event is shown
/// with what stands in its creator's row.
#[derive(Clone, Debug)]
pub struct PostgresPlannerStore {
    database: Database,
}

impl PostgresPlannerStore {
    /// Whether the planner's tables have been made in this database. It changes nothing.
    ///
    /// # Errors
    ///
    /// If the server does not answer.
    pub async fn is_in(database: &Database) -> Result<bool, OpenError> {
        database.has_history(HISTORY).await
    }

    /// Refuses a database in which another program has tables of the planner's names.
    ///
    /// # Errors
    ///
    /// [`OpenError::OtherTables`] names them.
    pub async fn refuse_other_tables(database: &Database) -> Result<(), OpenError> {
        let runner = migrations::migrations::runner();
        database.refuse_other_tables(&runner, HISTORY).await
    }

    /// Brings the planner's tables up to date.
    pub async fn over(database: Database) -> Result<Self, OpenError> {
        let runner = migrations::migrations::runner();
        database.migrate(runner, HISTORY).await?;
        let renewed = renew::renew_all(&database).await;
        renewed.map_err(OpenError::Rows)?;
        Ok(Self { database })
    }

    /// Whether the event is there for anybody, in whatever version.
    async fn is_there(&self, id: EventId) -> Result<bool, StoreError> {
        let params: Params<'_> = &[&id.as_uuid()];
        let found = self.database.find(sql::IS_THERE, params).await?;
        Ok(found.is_some())
    }
}

#[async_trait]
impl PlannerStore for PostgresPlannerStore {
    /// The creator's row is held while the events are counted, so that the quota is exact.
    async fn insert_event(&self, event: &Event, quota: u32) -> Result<EventInsertion, StoreError> {
        let columns = row::Columns::of(event);
        let mut params = columns.all().to_vec();
        let (creator, quota) = (event.creator.as_uuid(), i64::from(quota));
        params.push(&quota);
        let held: Params<'_> = &[&creator];
        let changes = [(sql::HOLD_CREATOR, held), (sql::INSERT_EVENT, &params)];
        let changed = self.database.change_in_turn(&changes).await?;
        Ok(match changed.last() {
            Some(0) if self.is_there(event.id).await? => EventInsertion::Taken,
            Some(0) => EventInsertion::QuotaReached,
            _ => EventInsertion::Inserted,
        })
    }

    async fn find_event(&self, id: EventId) -> Result<Option<ShownEvent>, StoreError> {
        let params: Params<'_> = &[&id.as_uuid()];
        let found = self.database.find(sql::FIND_EVENT, params).await?;
        let shown = found.as_ref().map(row::shown_event).transpose();
        shown.map_err(StoreError::failed)
    }

    async fn list_events(
        &self,
        filter: &EventFilter,
        after: Option<&Position>,
        limit: ListLimit,
    ) -> Result<EventList, StoreError> {
        let sql = match (filter.creator.is_some(), filter.sort) {
            (false, EventSort::StartsAt) => sql::LIST_PUBLIC_BY_START,
            (false, EventSort::StartsAtDesc) => sql::LIST_PUBLIC_BY_START_DESC,
            (false, EventSort::CreatedAt) => sql::LIST_PUBLIC_BY_CREATION,
            (false, EventSort::CreatedAtDesc) => sql::LIST_PUBLIC_BY_CREATION_DESC,
            (true, EventSort::StartsAt) => sql::LIST_OF_CREATOR_BY_START,
            (true, EventSort::StartsAtDesc) => sql::LIST_OF_CREATOR_BY_START_DESC,
            (true, EventSort::CreatedAt) => sql::LIST_OF_CREATOR_BY_CREATION,
            (true, EventSort::CreatedAtDesc) => sql::LIST_OF_CREATOR_BY_CREATION_DESC,
        };
        let mut list = ListBuilder::new(limit);
        let mut after = after.copied();
        while list.wanted() > 0 {
            let (wanted, bytes) = (list.wanted(), list.wanted_bytes());
            let window = row::Window::of(filter, after.as_ref(), wanted, bytes);
            let rows = self.database.list(sql, &window.params()).await?;
            for row in &rows {
                match row::shown_event(row) {
                    Ok(event) => list.push(event),
                    // One row that cannot be read takes no list with it.
                    Err(error) => tracing::error!(%error, "an event cannot be read"),
                }
            }
            // A row that cannot be read may have taken the place of others.
            let Some(last) = rows.last() else { break };
            let is_full = u32::try_from(rows.len()).is_ok_and(|rows| rows == wanted);
            if !is_full && !row::is_cut(last, bytes).map_err(StoreError::failed)? {
                break;
            }
            let position = row::position(last, filter.sort);
            after = Some(position.map_err(StoreError::failed)?);
        }
        Ok(list.finish())
    }

    async fn update_event(
        &self,
        event: &Event,
        expected: Version,
    ) -> Result<EventUpdate, StoreError> {
        let columns = row::Columns::of(event);
        let params = columns.of_an_update(&expected.0);
        Ok(
            match self.database.change(sql::UPDATE_EVENT, &params).await? {
                0 if self.is_there(event.id).await? => EventUpdate::Stale,
                0 => EventUpdate::Gone,
                _ => EventUpdate::Updated,
            },
        )
    }

    async fn delete_event(
        &self,
        id: EventId,
        expected: Version,
    ) -> Result<EventDeletion, StoreError> {
        let params: Params<'_> = &[&id.as_uuid(), &expected.0];
        Ok(
            match self.database.change(sql::DELETE_EVENT, params).await? {
                0 if self.is_there(id).await? => EventDeletion::Stale,
                0 => EventDeletion::Gone,
                _ => EventDeletion::Deleted,
            },
        )
    }

    async fn delete_events_of(&self, creator: UserId) -> Result<u64, StoreError> {
        let params: Params<'_> = &[&creator.as_uuid()];
        self.database.change(sql::DELETE_EVENTS_OF, params).await
    }

    async fn sweep(&self, limit: u32) -> Result<u64, StoreError> {
        let params: Params<'_> = &[&i64::from(limit)];
        self.database.change(sql::SWEEP_EVENTS, params).await
    }
}

#[cfg(test)]
mod tests;
