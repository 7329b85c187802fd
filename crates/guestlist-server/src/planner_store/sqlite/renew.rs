//! Brings the rows of an earlier version up to the planner's current rules: when an event is over,
//! and how its tags are spelled. Runs once, before the server accepts requests.

use guestlist::StoreError;
use guestlist_sqlite::{
    Database, Id,
    rusqlite::{self, Connection},
};
use planner::{Event, spelled_once_each};

use super::events::rows::{self, shown};

/// How many rows are read and written at once.
const BATCH: u32 = 500;

guestlist_sqlite::statements! {
    /// The statements that renew events.
    RenewStatements {
        /// Reads the rows that the last migration marked. Every id is greater than the empty BLOB.
        marked = concat!(
            shown!(),
            "WHERE e.over_at = -1 AND e.id > coalesce(?1, x'') ORDER BY e.id LIMIT ?2"
        );

        renew = "
            UPDATE {events} SET tags = :tags, over_at = :over_at WHERE id = :id AND over_at = -1";
    }
}

/// Renews the rows that the last migration has marked. Safe to repeat, and safe if several
/// processes do so. An unreadable row stays as it is.
pub(super) async fn renew_all(database: &Database, prefix: &str) -> Result<(), StoreError> {
    let sql = RenewStatements::of(prefix);
    let mut after: Option<Id> = None;
    loop {
        let read = move |connection: &Connection| read(connection, sql, after);
        let (events, last) = database.list(read).await?;
        let Some(last) = last else {
            return Ok(());
        };
        after = Some(last);
        let renew = move |connection: &Connection| renew(connection, sql, &events);
        database.write(renew).await?;
    }
}

/// Returns the next events, and the id of the last row that was read.
fn read(
    connection: &Connection,
    sql: &RenewStatements,
    after: Option<Id>,
) -> rusqlite::Result<(Vec<Event>, Option<Id>)> {
    let mut statement = connection.prepare_cached(sql.marked)?;
    let mut found = statement.query((after, BATCH))?;
    let (mut events, mut last) = (Vec::new(), None);
    while let Some(row) = found.next()? {
        last = Some(row.get(0)?);
        match rows::shown_event(row) {
            Ok(shown) => events.push(shown.event),
            Err(error) => tracing::error!(%error, "an event cannot be read"),
        }
    }
    Ok((events, last))
}

fn renew(connection: &Connection, sql: &RenewStatements, events: &[Event]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql.renew)?;
    for event in events {
        let mut event = event.clone();
        event.fields.tags = spelled_once_each(event.fields.tags);
        rows::bind_event(&mut statement, &event)?;
        statement.raw_execute()?;
    }
    Ok(())
}
