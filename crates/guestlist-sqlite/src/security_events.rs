//! Security events: statements, rows and operations.

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, EventBound, EventDetails, EventInsertion, SecurityEvent, SecurityEventId,
    SecurityEventStore, StoreError, Timestamp, UserId,
};
use rusqlite::{Connection, OptionalExtension, Params, Row, types::Type};

use crate::{
    SqliteStore,
    statements::statements,
    values::{self, Id, Instant, client, word},
};

/// Selects the columns that [`event`] reads.
macro_rules! select_event {
    () => {
        "SELECT e.id, e.user_id, e.actor, e.kind, e.device, e.address, e.details, e.at, e.times,
             e.last_at
         FROM {security_events} e"
    };
}

macro_rules! insert_event {
    ($insert:literal) => {
        concat!(
            $insert,
            " INTO {security_events} (id, user_id, actor, kind, device, address, details, at, times,
                 last_at)
             SELECT ?1, u.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM {users} u WHERE u.id = ?2"
        )
    };
}

statements! {
    /// The statements on security events.
    SecurityEventStatements {
        insert_event = insert_event!("INSERT");

        /// The newest event of a user (1) and kind (2) after an id (3), and how many there are up
        /// to (4).
        newest_event = "
            SELECT max(id), count(*) FROM (
                SELECT e.id FROM {security_events} e WHERE e.user_id = ?1 AND e.id > ?3 AND e.kind = ?2
                ORDER BY e.id DESC LIMIT ?4)";

        count_event = "
            UPDATE {security_events} SET times = min(times + 1, 4294967295), last_at = max(last_at, ?2)
            WHERE id = ?1";

        list_events_of = concat!(
            select_event!(),
            " WHERE e.user_id = ?1 AND e.id < coalesce(?2, x'ffffffffffffffffffffffffffffffffff')
             ORDER BY e.id DESC LIMIT ?3"
        );

        all_events = concat!(
            select_event!(),
            " WHERE e.id > coalesce(?1, x'') ORDER BY e.id LIMIT ?2"
        );

        purge_events = "
            DELETE FROM {security_events} WHERE id IN
                (SELECT e.id FROM {security_events} e WHERE e.id < ?1 ORDER BY e.id LIMIT ?2)";

        put_event = insert_event!("INSERT OR REPLACE");

        count_events = "SELECT count(*) FROM {security_events}";
    }
}

#[async_trait]
impl SecurityEventStore for SqliteStore {
    async fn append_security_event(
        &self,
        event: &SecurityEvent,
        bound: EventBound,
    ) -> Result<EventInsertion, StoreError> {
        let sql = self.security_event_sql();
        let newest = (
            Id(event.user_id.as_uuid()),
            event.kind.as_str(),
            Id(bound.after.as_uuid()),
            bound.most,
        );
        let (columns, at) = (event_params(event), Instant(event.at));
        let append = move |connection: &Connection| {
            let mut find = connection.prepare_cached(sql.newest_event)?;
            let found = find.query_row(newest, |row| {
                Ok((row.get::<_, Option<Id>>(0)?, row.get::<_, u32>(1)?))
            });
            if let Some((Some(newest), many)) = found.optional()?
                && many >= bound.most
            {
                let mut count = connection.prepare_cached(sql.count_event)?;
                count.execute((newest, at))?;
                return Ok(EventInsertion::Counted);
            }
            let mut insert = connection.prepare_cached(sql.insert_event)?;
            Ok(match insert.execute(columns)? {
                0 => EventInsertion::UserGone,
                _ => EventInsertion::Stored,
            })
        };
        self.database.write(append).await
    }

    async fn list_security_events_of(
        &self,
        user: UserId,
        before: Option<SecurityEventId>,
        limit: u32,
    ) -> Result<Vec<SecurityEvent>, StoreError> {
        let (user, before) = (Id(user.as_uuid()), before.map(|id| Id(id.as_uuid())));
        let sql = self.security_event_sql().list_events_of;
        self.list(sql, (user, before, limit), event).await
    }

    async fn list_security_events(
        &self,
        after: Option<SecurityEventId>,
        limit: u32,
    ) -> Result<Vec<SecurityEvent>, StoreError> {
        let after = after.map(|id| Id(id.as_uuid()));
        let sql = self.security_event_sql().all_events;
        self.list(sql, (after, limit), event).await
    }

    async fn purge_security_events(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let first = Id(SecurityEventId::first_of(before).as_uuid());
        let sql = self.security_event_sql().purge_events;
        let purged = self.erase(sql, (first, limit)).await?;
        Ok(u64::try_from(purged).unwrap_or(0))
    }
}

#[async_trait]
impl ArchiveOf<SecurityEvent> for SqliteStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(self.security_event_sql().count_events).await
    }

    async fn page(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<SecurityEvent>, StoreError> {
        let after = values::id(after)?;
        let sql = self.security_event_sql().all_events;
        self.list(sql, (after, limit), event).await
    }

    async fn put_all(&self, events: &[SecurityEvent]) -> Result<(), StoreError> {
        let sql = self.security_event_sql().put_event;
        let put = move |connection: &Connection, event: &_| {
            connection.prepare_cached(sql)?.execute(event_params(event))
        };
        self.put(events, put).await
    }
}

impl SqliteStore {
    fn security_event_sql(&self) -> &'static SecurityEventStatements {
        SecurityEventStatements::of(self.prefix)
    }
}

/// Reads the columns of `select_event!`.
fn event(row: &Row<'_>) -> rusqlite::Result<SecurityEvent> {
    let details = EventDetails::from_stored(row.get_ref(6)?.as_str()?);
    Ok(SecurityEvent {
        id: SecurityEventId::from(row.get::<_, Id>(0)?.0),
        user_id: UserId::from(row.get::<_, Id>(1)?.0),
        actor: word(row, 2)?,
        kind: word(row, 3)?,
        client: client(row, 4)?,
        details: details.map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(6, Type::Text, Box::new(error))
        })?,
        at: row.get::<_, Instant>(7)?.0,
        times: row.get(8)?,
        last_at: row.get::<_, Instant>(9)?.0,
    })
}

/// The parameters of the statements that insert an event.
fn event_params(event: &SecurityEvent) -> impl Params + Send + use<> {
    (
        Id(event.id.as_uuid()),
        Id(event.user_id.as_uuid()),
        event.actor.to_string(),
        event.kind.as_str(),
        event.client.device.clone(),
        event.client.address.map(|address| address.to_string()),
        event.details.as_stored(),
        Instant(event.at),
        event.times,
        Instant(event.last_at),
    )
}
