//! The planner's store in the same file of SQLite as the door's.

mod archive;
mod renew;
mod row;
mod sql;

use async_trait::async_trait;
use guestlist::{StoreError, UserId};
use guestlist_sqlite::{
    Database, Id, Instant, OpenError, Schema,
    rusqlite::{self, Connection, OptionalExtension},
};
use planner::{
    Event, EventDeletion, EventFilter, EventId, EventInsertion, EventList, EventSort, EventUpdate,
    ListBuilder, ListLimit, PlannerStore, Position, ShownEvent, Version,
};

/// The table that lists which migrations a file has.
const HISTORY: &str = "planner_migrations";

mod migrations {
    refinery::embed_migrations!("migrations/sqlite");
}

/// Keeps events in one file of SQLite, which has the door's tables already: an event is shown
/// with what stands in its creator's row.
#[derive(Clone, Debug)]
pub struct SqlitePlannerStore {
    database: Database,
}

impl SqlitePlannerStore {
    /// Refuses a file in which another program has tables of the planner's names.
    ///
    /// # Errors
    ///
    /// [`OpenError::OtherTables`] names them.
    pub async fn refuse_other_tables(database: &Database) -> Result<(), OpenError> {
        let runner = migrations::migrations::runner();
        database.refuse_other_tables(runner, HISTORY).await
    }

    /// Brings the planner's tables up to date.
    pub async fn over(database: Database) -> Result<Self, OpenError> {
        database
            .migrate(migrations::migrations::runner(), HISTORY)
            .await?;
        let renewed = renew::renew_all(&database).await;
        renewed.map_err(OpenError::Rows)?;
        Ok(Self { database })
    }

    /// The planner's tables, as this version knows them.
    pub fn schema() -> Schema {
        Schema::of(HISTORY, &migrations::migrations::runner())
    }
}

#[async_trait]
impl PlannerStore for SqlitePlannerStore {
    async fn insert_event(&self, event: &Event, quota: u32) -> Result<EventInsertion, StoreError> {
        let event = event.clone();
        let change = move |connection: &Connection| {
            let mut count = connection.prepare_cached(sql::COUNT_EVENTS_OF)?;
            let counted: u32 =
                count.query_row((Id(event.creator.as_uuid()), quota), |row| row.get(0))?;
            if counted >= quota {
                return Ok(EventInsertion::QuotaReached);
            }
            let mut statement = connection.prepare_cached(sql::INSERT_EVENT)?;
            row::bind_event(&mut statement, &event)?;
            Ok(match statement.raw_execute()? {
                0 => EventInsertion::Taken,
                _ => EventInsertion::Inserted,
            })
        };
        self.database.write(change).await
    }

    async fn find_event(&self, id: EventId) -> Result<Option<ShownEvent>, StoreError> {
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql::FIND_EVENT)?;
            statement
                .query_row((Id(id.as_uuid()),), row::shown_event)
                .optional()
        };
        self.database.find(query).await
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
        let window = row::Window::of(filter, after);
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query(&window.params()[..])?;
            let mut list = ListBuilder::new(limit);
            while list.wanted() > 0 {
                let Some(row) = rows.next()? else { break };
                match row::shown_event(row) {
                    Ok(event) => list.push(event),
                    // One row that cannot be read takes no list with it.
                    Err(error) => tracing::error!(%error, "an event cannot be read"),
                }
            }
            Ok(list.finish())
        };
        self.database.list(query).await
    }

    async fn update_event(
        &self,
        event: &Event,
        expected: Version,
    ) -> Result<EventUpdate, StoreError> {
        let event = event.clone();
        let change = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql::UPDATE_EVENT)?;
            row::bind_event(&mut statement, &event)?;
            statement.raw_bind_parameter(":expected", expected.0)?;
            Ok(match statement.raw_execute()? {
                0 if is_there(connection, event.id)? => EventUpdate::Stale,
                0 => EventUpdate::Gone,
                _ => EventUpdate::Updated,
            })
        };
        self.database.erase(change).await
    }

    async fn delete_event(
        &self,
        id: EventId,
        expected: Version,
    ) -> Result<EventDeletion, StoreError> {
        let change = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql::DELETE_EVENT)?;
            Ok(match statement.execute((Id(id.as_uuid()), expected.0))? {
                0 if is_there(connection, id)? => EventDeletion::Stale,
                0 => EventDeletion::Gone,
                _ => EventDeletion::Deleted,
            })
        };
        self.database.erase(change).await
    }

    async fn delete_events_of(&self, creator: UserId) -> Result<u64, StoreError> {
        let change = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql::DELETE_EVENTS_OF)?;
            statement.execute((Id(creator.as_uuid()),))
        };
        self.database.erase(change).await.map(count)
    }

    async fn sweep(&self, limit: u32) -> Result<u64, StoreError> {
        let change = move |connection: &Connection| {
            connection
                .prepare_cached(sql::SWEEP_EVENTS)?
                .execute((limit,))
        };
        self.database.erase(change).await.map(count)
    }
}

/// Whether the event is there for anybody, in whatever version.
fn is_there(connection: &Connection, id: EventId) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(sql::IS_THERE)?
        .exists((Id(id.as_uuid()),))
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

/// An instant for a column that may be empty.
fn instant(at: Option<guestlist::Timestamp>) -> Option<Instant> {
    at.map(Instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn database() -> (tempfile::TempDir, Database) {
        let folder = tempfile::tempdir().expect("makes a folder");
        let database = Database::open(folder.path().join("a.sqlite"))
            .await
            .expect("opens");
        guestlist_sqlite::SqliteStore::over(database.clone())
            .await
            .expect("migrates");
        SqlitePlannerStore::over(database.clone())
            .await
            .expect("migrates");
        (folder, database)
    }

    #[tokio::test]
    async fn every_statement_fits_the_migrated_schema() {
        let (_folder, database) = database().await;
        for sql in sql::ALL {
            let prepared = database.write(move |c| c.prepare(sql).map(drop)).await;
            prepared.expect(sql);
        }
    }

    #[tokio::test]
    async fn lists_walk_an_index_and_sort_nothing() {
        let (_folder, database) = database().await;
        for sql in sql::LISTS {
            let explain = format!("EXPLAIN QUERY PLAN {sql}");
            let plan = database.find(move |connection| {
                let mut statement = connection.prepare(&explain)?;
                let params = vec![rusqlite::types::Null; statement.parameter_count()];
                let params = rusqlite::params_from_iter(params);
                let rows = statement.query_map(params, |row| row.get::<_, String>(3))?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            });
            let plan = plan.await.expect(sql).join("; ");
            assert!(plan.starts_with("SEARCH e USING INDEX"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
