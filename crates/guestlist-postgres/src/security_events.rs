//! Security events: statements, rows and operations.

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, EventBound, EventDetails, EventInsertion, SecurityEvent, SecurityEventId,
    SecurityEventStore, StoreError, Timestamp, UserId,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    PostgresStore,
    database::Params,
    statements::{before_all, statements},
    values::{self, Column, Unreadable, address, client, device, instant, lent, number, word},
};

/// The columns that [`event`] reads.
macro_rules! event_columns {
    () => {
        "e.id, e.user_id, e.actor, e.kind, e.device, e.address, e.details, e.at, e.times, e.last_at"
    };
}

statements! {
    /// Inserts the event if the user has fewer than (12) of that kind after the id (11).
    INSERT_EVENT = "
        INSERT INTO security_events (id, user_id, actor, kind, device, address, details, at, times,
                                     last_at)
        SELECT $1, u.id, $3, $4, $5, $6, $7, $8, $9, $10 FROM users u
        WHERE u.id = $2 AND $12 > (SELECT count(*) FROM (
            SELECT 1 FROM security_events e WHERE e.user_id = $2 AND e.id > $11 AND e.kind = $4
            LIMIT $12) AS same)
        FOR KEY SHARE";

    /// Counts an event in the newest one of a user (1) and kind (2) after the id (3).
    COUNT_EVENT = "
        UPDATE security_events SET times = least(times + 1, 4294967295), last_at = greatest(last_at, $4)
        WHERE id = (SELECT e.id FROM security_events e
                    WHERE e.user_id = $1 AND e.id > $3 AND e.kind = $2 ORDER BY e.id DESC LIMIT 1)";

    LIST_EVENTS_OF = concat!(
        "SELECT ",
        event_columns!(),
        " FROM security_events e
        WHERE e.user_id = $1 AND e.id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
        ORDER BY e.id DESC LIMIT $3"
    );

    ALL_EVENTS = concat!(
        "SELECT ",
        event_columns!(),
        " FROM security_events e WHERE e.id > coalesce($1, ",
        before_all!(),
        ") ORDER BY e.id LIMIT $2"
    );

    PURGE_EVENTS = "
        DELETE FROM security_events WHERE id = ANY (ARRAY(
            SELECT id FROM security_events WHERE id < $1 ORDER BY id LIMIT $2
            FOR UPDATE SKIP LOCKED))";

    PUT_EVENT = "
        INSERT INTO security_events (id, user_id, actor, kind, device, address, details, at, times,
                                     last_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (id) DO UPDATE
        SET (user_id, actor, kind, device, address, details, at, times, last_at)
          = ($2, $3, $4, $5, $6, $7, $8, $9, $10)";

    COUNT_EVENTS = "SELECT count(*) FROM security_events";
}

#[async_trait]
impl SecurityEventStore for PostgresStore {
    /// Two statements: the second one runs if the first one inserts nothing.
    async fn append_security_event(
        &self,
        event: &SecurityEvent,
        bound: EventBound,
    ) -> Result<EventInsertion, StoreError> {
        let columns = event_params(event);
        let mut params = lent(&columns);
        let (after, most) = (bound.after.as_uuid(), i64::from(bound.most));
        params.push(&after);
        params.push(&most);
        if self.database.change(INSERT_EVENT, &params).await? > 0 {
            return Ok(EventInsertion::Stored);
        }
        let params: Params<'_> = &[
            &event.user_id.as_uuid(),
            &event.kind.as_str(),
            &after,
            &event.at.as_millis(),
        ];
        Ok(match self.database.change(COUNT_EVENT, params).await? {
            0 => EventInsertion::UserGone,
            _ => EventInsertion::Counted,
        })
    }

    async fn list_security_events_of(
        &self,
        user: UserId,
        before: Option<SecurityEventId>,
        limit: u32,
    ) -> Result<Vec<SecurityEvent>, StoreError> {
        let before = before.map(|id| id.as_uuid());
        let params: Params<'_> = &[&user.as_uuid(), &before, &i64::from(limit)];
        self.list(LIST_EVENTS_OF, params, event).await
    }

    async fn list_security_events(
        &self,
        after: Option<SecurityEventId>,
        limit: u32,
    ) -> Result<Vec<SecurityEvent>, StoreError> {
        let after = after.map(|id| id.as_uuid());
        let params: Params<'_> = &[&after, &i64::from(limit)];
        self.list(ALL_EVENTS, params, event).await
    }

    async fn purge_security_events(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let first = SecurityEventId::first_of(before).as_uuid();
        let params: Params<'_> = &[&first, &i64::from(limit)];
        self.database.change(PURGE_EVENTS, params).await
    }
}

#[async_trait]
impl ArchiveOf<SecurityEvent> for PostgresStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(COUNT_EVENTS).await
    }

    async fn page(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<SecurityEvent>, StoreError> {
        let params: Params<'_> = &[&values::id(after)?, &i64::from(limit)];
        self.archive_page(ALL_EVENTS, params, event).await
    }

    async fn put_all(&self, events: &[SecurityEvent]) -> Result<(), StoreError> {
        self.put(PUT_EVENT, events, event_params).await
    }
}

/// Reads `event_columns!`.
fn event(row: &Row) -> Result<SecurityEvent, Unreadable> {
    let details = EventDetails::from_stored(row.try_get(6)?);
    Ok(SecurityEvent {
        id: SecurityEventId::from(row.try_get::<_, Uuid>(0)?),
        user_id: UserId::from(row.try_get::<_, Uuid>(1)?),
        actor: word(row, 2)?,
        kind: word(row, 3)?,
        client: client(row, 4)?,
        details: details.map_err(|error| Unreadable::Form(6, error.into()))?,
        at: instant(row, 7)?,
        times: number(row, 8)?,
        last_at: instant(row, 9)?,
    })
}

/// The parameters of the statements that insert an event.
fn event_params(event: &SecurityEvent) -> Vec<Column> {
    vec![
        Box::new(event.id.as_uuid()),
        Box::new(event.user_id.as_uuid()),
        Box::new(event.actor.to_string()),
        Box::new(event.kind.as_str()),
        Box::new(device(&event.client)),
        Box::new(address(&event.client)),
        Box::new(event.details.as_stored()),
        Box::new(event.at.as_millis()),
        Box::new(i64::from(event.times)),
        Box::new(event.last_at.as_millis()),
    ]
}
