//! Events in PostgreSQL: statements and operations; `rows` reads and writes the rows.

pub(super) mod rows;

use async_trait::async_trait;
use guestlist::{ArchiveOf, StoreError, UserId};
use guestlist_postgres::Params;
use planner::{
    Event, EventDeletion, EventFilter, EventId, EventInsertion, EventList, EventSort, EventStore,
    EventUpdate, ListBuilder, ListLimit, Position, ShownEvent, Version,
};

use self::rows::shown;
use super::PostgresPlannerStore;

macro_rules! text_bytes {
    () => {
        "octet_length(e.title) + octet_length(e.description)"
    };
}

/// The parts that all lists share. OFFSET 0 makes PostgreSQL look up the creator for each event. So
/// the events stay in the order of their index, and no more of them are read than needed.
///
/// Rows beyond $12 bytes stay in the database, except the first of them, which shows that the list
/// continues. The statement counts only the two longest texts, and the reader of the rows counts
/// the whole event. So no row that fits is left out. PostgreSQL knows the length of a text without
/// reading it.
macro_rules! list {
    ($whose:literal, $after:literal, $order:literal) => {
        concat!(
            "SELECT * FROM (SELECT e.*, sum(",
            text_bytes!(),
            ") OVER (ORDER BY ",
            $order,
            " ROWS UNBOUNDED PRECEDING) AS so_far FROM (",
            shown!(),
            "WHERE ",
            $whose,
            " AND ",
            $after,
            " AND ($4::text IS NULL OR strpos(e.search_text, $4) > 0)
              AND e.tags @> $5
              AND e.sort_at > $6 AND ($7 OR e.sort_at < $8)
              AND e.over_at > $9 AND e.over_at <= $10
              ORDER BY ",
            $order,
            " LIMIT $11) AS e) AS e WHERE e.so_far - (",
            text_bytes!(),
            ") <= $12 ORDER BY ",
            $order
        )
    };
}

macro_rules! public {
    ($after:literal, $order:literal) => {
        list!(
            "e.visibility = 'public' AND u.disabled_at IS NULL AND $3::uuid IS NULL",
            $after,
            $order
        )
    };
}

macro_rules! of_creator {
    ($after:literal, $order:literal) => {
        list!("e.creator = $3", $after, $order)
    };
}

/// The columns that a new event has besides its id, in the order of `values!`.
macro_rules! columns {
    () => {
        "title, description, image, tags, location, online_url, starts_at, starts_wall, ends_at,
            ends_wall, time_zone, start_date, end_date, capacity, visibility, updated_at, version,
            sort_at, search_text, over_at, creator, created_at, fingerprint"
    };
}

macro_rules! values {
    () => {
        "$2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
            $22, $23, $24"
    };
}

guestlist_postgres::statements! {
    LIST_PUBLIC_BY_START = public!("(e.sort_at, e.id) > ($1, $2)", "e.sort_at, e.id");
    LIST_PUBLIC_BY_START_DESC = public!("(e.sort_at, e.id) < ($1, $2)", "e.sort_at DESC, e.id DESC");
    LIST_PUBLIC_BY_CREATION = public!("(e.created_at, e.id) > ($1, $2)", "e.created_at, e.id");
    LIST_PUBLIC_BY_CREATION_DESC = public!(
        "(e.created_at, e.id) < ($1, $2)",
        "e.created_at DESC, e.id DESC"
    );
    LIST_OF_CREATOR_BY_START = of_creator!("(e.sort_at, e.id) > ($1, $2)", "e.sort_at, e.id");
    LIST_OF_CREATOR_BY_START_DESC = of_creator!("(e.sort_at, e.id) < ($1, $2)", "e.sort_at DESC, e.id DESC");
    LIST_OF_CREATOR_BY_CREATION = of_creator!("(e.created_at, e.id) > ($1, $2)", "e.created_at, e.id");
    LIST_OF_CREATOR_BY_CREATION_DESC = of_creator!(
        "(e.created_at, e.id) < ($1, $2)",
        "e.created_at DESC, e.id DESC"
    );

    /// For administrators. No event has the greatest id.
    LIST_EVERYTHING = concat!(
        shown!(),
        "WHERE e.id < coalesce($1, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
            AND ($2::text IS NULL OR strpos(e.search_text, $2) > 0)
        ORDER BY e.id DESC LIMIT $3"
    );

    /// Locks the creator's row. So a concurrent insertion for the same user waits, and then counts
    /// this event.
    HOLD_CREATOR = "SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE";

    /// Inserts the event if the creator, whose row is locked, has fewer events than (25).
    INSERT_EVENT = concat!(
        "INSERT INTO events (id, ", columns!(), ") SELECT $1, ", values!(),
        " WHERE $25 > (SELECT count(*) FROM (
            SELECT 1 FROM events e WHERE e.creator = $22 LIMIT $25) AS theirs)
        ON CONFLICT (id) DO NOTHING"
    );

    UPDATE_EVENT = "
        UPDATE events SET title = $2, description = $3, image = $4, tags = $5, location = $6,
            online_url = $7, starts_at = $8, starts_wall = $9, ends_at = $10, ends_wall = $11,
            time_zone = $12, start_date = $13, end_date = $14, capacity = $15, visibility = $16,
            updated_at = $17, version = $18, sort_at = $19, search_text = $20, over_at = $21
        WHERE id = $1 AND version = $22
            AND EXISTS (SELECT 1 FROM users u WHERE u.id = events.creator)";

    FIND_EVENT = concat!(shown!(), "WHERE e.id = $1");

    IS_THERE = "SELECT 1 FROM events e JOIN users u ON u.id = e.creator WHERE e.id = $1";

    DELETE_EVENT = "
        DELETE FROM events WHERE id = $1 AND version = $2
            AND EXISTS (SELECT 1 FROM users u WHERE u.id = events.creator)";

    DELETE_EVENTS_OF = "DELETE FROM events WHERE creator = $1";

    PURGE_EVENTS = "
        DELETE FROM events WHERE id = ANY (ARRAY(
            SELECT e.id FROM events e
            WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = e.creator) LIMIT $1))";

    PUT_EVENT = concat!(
        "INSERT INTO events (id, ", columns!(), ") VALUES ($1, ", values!(), ")
        ON CONFLICT (id) DO UPDATE SET (", columns!(), ") = (", values!(), ")"
    );

    /// Every id is greater than this one.
    ALL_EVENTS = concat!(
        shown!(),
        "WHERE e.id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid)
         ORDER BY e.id LIMIT $2"
    );

    COUNT_EVENTS = "SELECT count(*) FROM events";
}

/// The statements that list events.
#[cfg(test)]
pub(super) const LISTS: [&str; 8] = [
    LIST_PUBLIC_BY_START,
    LIST_PUBLIC_BY_START_DESC,
    LIST_PUBLIC_BY_CREATION,
    LIST_PUBLIC_BY_CREATION_DESC,
    LIST_OF_CREATOR_BY_START,
    LIST_OF_CREATOR_BY_START_DESC,
    LIST_OF_CREATOR_BY_CREATION,
    LIST_OF_CREATOR_BY_CREATION_DESC,
];

#[async_trait]
impl EventStore for PostgresPlannerStore {
    /// Locks the creator's row while it counts the events, so that the quota is exact.
    async fn insert_event(&self, event: &Event, quota: u32) -> Result<EventInsertion, StoreError> {
        let columns = rows::Columns::of(event);
        let mut params = columns.all().to_vec();
        let (creator, quota) = (event.creator.as_uuid(), i64::from(quota));
        params.push(&quota);
        let held: Params<'_> = &[&creator];
        let changes = [(HOLD_CREATOR, held), (INSERT_EVENT, &params)];
        let changed = self.database.change_in_turn(&changes).await?;
        Ok(match changed.last() {
            Some(0) if self.is_there(event.id).await? => EventInsertion::Taken,
            Some(0) => EventInsertion::QuotaReached,
            _ => EventInsertion::Inserted,
        })
    }

    async fn find_event(&self, id: EventId) -> Result<Option<ShownEvent>, StoreError> {
        let params: Params<'_> = &[&id.as_uuid()];
        let found = self.database.find(FIND_EVENT, params).await?;
        let shown = found.as_ref().map(rows::shown_event).transpose();
        shown.map_err(StoreError::failed)
    }

    async fn list_events(
        &self,
        filter: &EventFilter,
        after: Option<&Position>,
        limit: ListLimit,
    ) -> Result<EventList, StoreError> {
        let sql = match (filter.creator.is_some(), filter.sort) {
            (false, EventSort::StartsAt) => LIST_PUBLIC_BY_START,
            (false, EventSort::StartsAtDesc) => LIST_PUBLIC_BY_START_DESC,
            (false, EventSort::CreatedAt) => LIST_PUBLIC_BY_CREATION,
            (false, EventSort::CreatedAtDesc) => LIST_PUBLIC_BY_CREATION_DESC,
            (true, EventSort::StartsAt) => LIST_OF_CREATOR_BY_START,
            (true, EventSort::StartsAtDesc) => LIST_OF_CREATOR_BY_START_DESC,
            (true, EventSort::CreatedAt) => LIST_OF_CREATOR_BY_CREATION,
            (true, EventSort::CreatedAtDesc) => LIST_OF_CREATOR_BY_CREATION_DESC,
        };
        let mut list = ListBuilder::new(limit);
        let mut after = after.copied();
        while list.wanted() > 0 {
            let (wanted, bytes) = (list.wanted(), list.wanted_bytes());
            let window = rows::Window::of(filter, after.as_ref(), wanted, bytes);
            let found = self.database.list(sql, &window.params()).await?;
            for row in &found {
                match rows::shown_event(row) {
                    Ok(event) => list.push(event),
                    // An unreadable row does not fail the whole list.
                    Err(error) => tracing::error!(%error, "an event cannot be read"),
                }
            }
            // An unreadable row counts towards the limit, so more rows may follow.
            let Some(last) = found.last() else { break };
            let is_full = u32::try_from(found.len()).is_ok_and(|rows| rows == wanted);
            if !is_full && !rows::is_cut(last, bytes).map_err(StoreError::failed)? {
                break;
            }
            let position = rows::position(last, filter.sort);
            after = Some(position.map_err(StoreError::failed)?);
        }
        Ok(list.finish())
    }

    async fn list_all_events(
        &self,
        q: Option<&str>,
        after: Option<EventId>,
        limit: ListLimit,
    ) -> Result<EventList, StoreError> {
        let mut list = ListBuilder::new(limit);
        let mut after = after.map(|id| id.as_uuid());
        while list.wanted() > 0 {
            let wanted = list.wanted();
            let params: Params<'_> = &[&after, &q, &i64::from(wanted)];
            let found = self.database.list(LIST_EVERYTHING, params).await?;
            for row in &found {
                match rows::shown_event(row) {
                    Ok(event) => list.push(event),
                    // An unreadable row does not fail the whole list.
                    Err(error) => tracing::error!(%error, "an event cannot be read"),
                }
            }
            // An unreadable row counts towards the limit, so more rows may follow.
            let is_full = u32::try_from(found.len()).is_ok_and(|rows| rows == wanted);
            let Some(last) = found.last().filter(|_| is_full) else {
                break;
            };
            after = Some(last.try_get(0).map_err(StoreError::failed)?);
        }
        Ok(list.finish())
    }

    async fn update_event(
        &self,
        event: &Event,
        expected: Version,
    ) -> Result<EventUpdate, StoreError> {
        let columns = rows::Columns::of(event);
        let params = columns.of_an_update(&expected.0);
        Ok(match self.database.change(UPDATE_EVENT, &params).await? {
            0 if self.is_there(event.id).await? => EventUpdate::Stale,
            0 => EventUpdate::Gone,
            _ => EventUpdate::Updated,
        })
    }

    async fn delete_event(
        &self,
        id: EventId,
        expected: Version,
    ) -> Result<EventDeletion, StoreError> {
        let params: Params<'_> = &[&id.as_uuid(), &expected.0];
        Ok(match self.database.change(DELETE_EVENT, params).await? {
            0 if self.is_there(id).await? => EventDeletion::Stale,
            0 => EventDeletion::Gone,
            _ => EventDeletion::Deleted,
        })
    }

    async fn delete_events_of(&self, creator: UserId) -> Result<u64, StoreError> {
        let params: Params<'_> = &[&creator.as_uuid()];
        self.database.change(DELETE_EVENTS_OF, params).await
    }

    async fn purge(&self, limit: u32) -> Result<u64, StoreError> {
        let params: Params<'_> = &[&i64::from(limit)];
        self.database.change(PURGE_EVENTS, params).await
    }
}

#[async_trait]
impl ArchiveOf<Event> for PostgresPlannerStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        let found = self.database.list_at_length(COUNT_EVENTS, &[]).await?;
        let count = found
            .first()
            .map(|row| row.try_get::<_, i64>(0))
            .transpose();
        let count = count.map_err(StoreError::failed)?.unwrap_or(0);
        Ok(count.try_into().unwrap_or(0))
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Event>, StoreError> {
        let after = after.map(str::parse::<EventId>).transpose();
        let after = after.map_err(StoreError::failed)?;
        let params: Params<'_> = &[&after.map(|id| id.as_uuid()), &i64::from(limit)];
        let found = self.database.list_at_length(ALL_EVENTS, params).await?;
        let events = found.iter().map(|row| Ok(rows::shown_event(row)?.event));
        let events = events.collect::<Result<_, rows::Unreadable>>();
        events.map_err(StoreError::failed)
    }

    async fn put_all(&self, events: &[Event]) -> Result<(), StoreError> {
        let columns: Vec<_> = events.iter().map(rows::Columns::of).collect();
        let changes = columns.iter().map(|columns| (PUT_EVENT, columns.all()));
        let changes: Vec<_> = changes.collect();
        self.database.change_together(&changes).await
    }
}

impl PostgresPlannerStore {
    /// Whether the event exists and is shown, in any version.
    async fn is_there(&self, id: EventId) -> Result<bool, StoreError> {
        let params: Params<'_> = &[&id.as_uuid()];
        let found = self.database.find(IS_THERE, params).await?;
        Ok(found.is_some())
    }
}
