//! Events in SQLite: statements and operations; `rows` reads and writes the rows.

pub(super) mod rows;

use async_trait::async_trait;
use guestlist::{ArchiveOf, StoreError, UserId};
use guestlist_sqlite::{
    Id,
    rusqlite::{self, Connection, OptionalExtension},
};
use planner::{
    Event, EventDeletion, EventFilter, EventId, EventInsertion, EventList, EventSort, EventStore,
    EventUpdate, ListBuilder, ListLimit, Position, ShownEvent, Version,
};

use self::rows::shown;
use super::SqlitePlannerStore;

/// The parts that all lists share. CROSS JOIN makes SQLite read the events first, in the order of
/// their index. The reader of the rows stops when it has enough.
macro_rules! list {
    ($whose:literal, $after:literal, $order:literal) => {
        concat!(
            shown!(),
            "WHERE ",
            $whose,
            " AND ",
            $after,
            " AND (:q IS NULL OR instr(e.search_text, :q) > 0)
              AND e.sort_at > :starts_after AND (:undecided OR e.sort_at < :starts_before)
              AND e.over_at > :over_after AND e.over_at <= :over_by
              AND NOT EXISTS (SELECT 1 FROM json_each(:tags) wanted WHERE wanted.value NOT IN
                  (SELECT tag.value FROM json_each(e.tags) tag))
              ORDER BY ",
            $order
        )
    };
}

macro_rules! public {
    ($after:literal, $order:literal) => {
        list!(
            "e.visibility = 'public' AND u.disabled_at IS NULL AND :creator IS NULL",
            $after,
            $order
        )
    };
}

macro_rules! of_creator {
    ($after:literal, $order:literal) => {
        list!("e.creator = :creator", $after, $order)
    };
}

macro_rules! insert_event {
    ($insert:literal, $otherwise:literal) => {
        concat!(
            $insert,
            " INTO {events} (id, creator, title, description, image, tags, location, online_url,
        starts_at, starts_wall, ends_at, ends_wall, time_zone, start_date, end_date, capacity,
        visibility, created_at, updated_at, version, sort_at, over_at, search_text, fingerprint)
    VALUES (:id, :creator, :title, :description, :image, :tags, :location, :online_url,
        :starts_at, :starts_wall, :ends_at, :ends_wall, :time_zone, :start_date, :end_date,
        :capacity, :visibility, :created_at, :updated_at, :version, :sort_at, :over_at, :search_text,
        :fingerprint)",
            $otherwise
        )
    };
}

guestlist_sqlite::statements! {
    /// The statements on events.
    EventStatements {
        list_public_by_start = public!("(e.sort_at, e.id) > (:key, :id)", "e.sort_at, e.id");
        list_public_by_start_desc = public!(
            "(e.sort_at, e.id) < (:key, :id)",
            "e.sort_at DESC, e.id DESC"
        );
        list_public_by_creation = public!("(e.created_at, e.id) > (:key, :id)", "e.created_at, e.id");
        list_public_by_creation_desc = public!(
            "(e.created_at, e.id) < (:key, :id)",
            "e.created_at DESC, e.id DESC"
        );
        list_of_creator_by_start = of_creator!("(e.sort_at, e.id) > (:key, :id)", "e.sort_at, e.id");
        list_of_creator_by_start_desc = of_creator!(
            "(e.sort_at, e.id) < (:key, :id)",
            "e.sort_at DESC, e.id DESC"
        );
        list_of_creator_by_creation = of_creator!("(e.created_at, e.id) > (:key, :id)", "e.created_at, e.id");
        list_of_creator_by_creation_desc = of_creator!(
            "(e.created_at, e.id) < (:key, :id)",
            "e.created_at DESC, e.id DESC"
        );

        /// For administrators. The reader of the rows stops when it has enough. Every id is less
        /// than a longer BLOB of ones.
        list_everything = concat!(
            shown!(),
            "WHERE e.id < coalesce(?1, x'ffffffffffffffffffffffffffffffffff')
            AND (?2 IS NULL OR instr(e.search_text, ?2) > 0)
            ORDER BY e.id DESC"
        );

        /// An existing event stays.
        insert_event = insert_event!("INSERT", " ON CONFLICT (id) DO NOTHING");

        /// Counts no more than (2).
        count_events_of = "
            SELECT count(*) FROM (SELECT 1 FROM {events} WHERE creator = ?1 LIMIT ?2)";

        update_event = "
            UPDATE {events} SET title = :title, description = :description, image = :image, tags = :tags,
                location = :location, online_url = :online_url, starts_at = :starts_at,
                starts_wall = :starts_wall, ends_at = :ends_at, ends_wall = :ends_wall,
                time_zone = :time_zone, start_date = :start_date, end_date = :end_date,
                capacity = :capacity, visibility = :visibility, updated_at = :updated_at,
                version = :version, sort_at = :sort_at, over_at = :over_at, search_text = :search_text
            WHERE id = :id AND version = :expected AND creator IN (SELECT id FROM {users})";

        find_event = concat!(shown!(), "WHERE e.id = ?1");

        is_there = "SELECT 1 FROM {events} e CROSS JOIN {users} u ON u.id = e.creator WHERE e.id = ?1";

        delete_event = "
            DELETE FROM {events}
            WHERE id = ?1 AND version = ?2 AND creator IN (SELECT id FROM {users})";

        delete_events_of = "DELETE FROM {events} WHERE creator = ?1";

        purge_events = "
            DELETE FROM {events} WHERE id IN
                (SELECT id FROM {events} WHERE creator NOT IN (SELECT id FROM {users}) LIMIT ?1)";

        /// No row refers to an event, so replacing one is safe.
        put_event = insert_event!("INSERT OR REPLACE", "");

        /// Every id is greater than the empty BLOB.
        all_events = concat!(
            shown!(),
            "WHERE e.id > coalesce(?1, x'') ORDER BY e.id LIMIT ?2"
        );

        count_events = "SELECT count(*) FROM {events}";
    }
}

#[cfg(test)]
impl EventStatements {
    /// The statements that list events.
    pub(super) fn lists(&self) -> [&'static str; 8] {
        [
            self.list_public_by_start,
            self.list_public_by_start_desc,
            self.list_public_by_creation,
            self.list_public_by_creation_desc,
            self.list_of_creator_by_start,
            self.list_of_creator_by_start_desc,
            self.list_of_creator_by_creation,
            self.list_of_creator_by_creation_desc,
        ]
    }
}

#[async_trait]
impl EventStore for SqlitePlannerStore {
    async fn insert_event(&self, event: &Event, quota: u32) -> Result<EventInsertion, StoreError> {
        let statements = self.event_sql();
        let event = event.clone();
        let change = move |connection: &Connection| {
            let mut count = connection.prepare_cached(statements.count_events_of)?;
            let counted: u32 =
                count.query_row((Id(event.creator.as_uuid()), quota), |row| row.get(0))?;
            if counted >= quota {
                return Ok(EventInsertion::QuotaReached);
            }
            let mut statement = connection.prepare_cached(statements.insert_event)?;
            rows::bind_event(&mut statement, &event)?;
            Ok(match statement.raw_execute()? {
                0 => EventInsertion::Taken,
                _ => EventInsertion::Inserted,
            })
        };
        self.database.write(change).await
    }

    async fn find_event(&self, id: EventId) -> Result<Option<ShownEvent>, StoreError> {
        let statements = self.event_sql();
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(statements.find_event)?;
            statement
                .query_row((Id(id.as_uuid()),), rows::shown_event)
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
        let statements = self.event_sql();
        let sql = match (filter.creator.is_some(), filter.sort) {
            (false, EventSort::StartsAt) => statements.list_public_by_start,
            (false, EventSort::StartsAtDesc) => statements.list_public_by_start_desc,
            (false, EventSort::CreatedAt) => statements.list_public_by_creation,
            (false, EventSort::CreatedAtDesc) => statements.list_public_by_creation_desc,
            (true, EventSort::StartsAt) => statements.list_of_creator_by_start,
            (true, EventSort::StartsAtDesc) => statements.list_of_creator_by_start_desc,
            (true, EventSort::CreatedAt) => statements.list_of_creator_by_creation,
            (true, EventSort::CreatedAtDesc) => statements.list_of_creator_by_creation_desc,
        };
        let window = rows::Window::of(filter, after);
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query(&window.params()[..])?;
            let mut list = ListBuilder::new(limit);
            while list.wanted() > 0 {
                let Some(row) = rows.next()? else { break };
                match rows::shown_event(row) {
                    Ok(event) => list.push(event),
                    // An unreadable row does not fail the whole list.
                    Err(error) => tracing::error!(%error, "an event cannot be read"),
                }
            }
            Ok(list.finish())
        };
        self.database.list(query).await
    }

    async fn list_all_events(
        &self,
        q: Option<&str>,
        after: Option<EventId>,
        limit: ListLimit,
    ) -> Result<EventList, StoreError> {
        let statements = self.event_sql();
        let params = (after.map(|id| Id(id.as_uuid())), q.map(str::to_owned));
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(statements.list_everything)?;
            let mut rows = statement.query(params)?;
            let mut list = ListBuilder::new(limit);
            while list.wanted() > 0 {
                let Some(row) = rows.next()? else { break };
                match rows::shown_event(row) {
                    Ok(event) => list.push(event),
                    // An unreadable row does not fail the whole list.
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
        let statements = self.event_sql();
        let event = event.clone();
        let change = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(statements.update_event)?;
            rows::bind_event(&mut statement, &event)?;
            statement.raw_bind_parameter(":expected", expected.0)?;
            Ok(match statement.raw_execute()? {
                0 if is_there(connection, statements, event.id)? => EventUpdate::Stale,
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
        let statements = self.event_sql();
        let change = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(statements.delete_event)?;
            Ok(match statement.execute((Id(id.as_uuid()), expected.0))? {
                0 if is_there(connection, statements, id)? => EventDeletion::Stale,
                0 => EventDeletion::Gone,
                _ => EventDeletion::Deleted,
            })
        };
        self.database.erase(change).await
    }

    async fn delete_events_of(&self, creator: UserId) -> Result<u64, StoreError> {
        let statements = self.event_sql();
        let change = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(statements.delete_events_of)?;
            statement.execute((Id(creator.as_uuid()),))
        };
        self.database.erase(change).await.map(count)
    }

    async fn purge(&self, limit: u32) -> Result<u64, StoreError> {
        let statements = self.event_sql();
        let change = move |connection: &Connection| {
            connection
                .prepare_cached(statements.purge_events)?
                .execute((limit,))
        };
        self.database.erase(change).await.map(count)
    }
}

#[async_trait]
impl ArchiveOf<Event> for SqlitePlannerStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        let statements = self.event_sql();
        let count = move |connection: &Connection| {
            connection.query_row(statements.count_events, (), |row| row.get::<_, i64>(0))
        };
        Ok(self.database.list(count).await?.try_into().unwrap_or(0))
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Event>, StoreError> {
        let statements = self.event_sql();
        let after = after.map(str::parse::<EventId>).transpose();
        let after = after.map_err(StoreError::failed)?;
        let after = after.map(|id| Id(id.as_uuid()));
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(statements.all_events)?;
            let events = statement.query_map((after, limit), |row| {
                rows::shown_event(row).map(|shown| shown.event)
            });
            events?.collect()
        };
        self.database.list(query).await
    }

    async fn put_all(&self, events: &[Event]) -> Result<(), StoreError> {
        let statements = self.event_sql();
        let events = events.to_vec();
        let put = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(statements.put_event)?;
            events.iter().try_for_each(|event| {
                rows::bind_event(&mut statement, event)?;
                statement.raw_execute().map(drop)
            })
        };
        self.database.write(put).await
    }
}

impl SqlitePlannerStore {
    fn event_sql(&self) -> &'static EventStatements {
        EventStatements::of(self.prefix)
    }
}

/// Whether the event exists and is shown, in any version.
fn is_there(
    connection: &Connection,
    statements: &EventStatements,
    id: EventId,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(statements.is_there)?
        .exists((Id(id.as_uuid()),))
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
