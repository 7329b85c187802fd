//! Brings the rows of an earlier version up to the planner's current rules: when an event is over,
//! and how its tags are spelled. Runs once, before the server accepts requests.

use guestlist::StoreError;
use guestlist_postgres::{Database, Params};
use planner::spelled_once_each;
use uuid::Uuid;

use super::events::rows::{self, shown};

/// How many rows are read and written at once.
const BATCH: i64 = 500;

guestlist_postgres::statements! {
    /// Reads the rows that the last migration marked.
    MARKED = concat!(
        shown!(),
        "WHERE e.over_at = -1 AND e.id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid)
         ORDER BY e.id LIMIT $2"
    );

    RENEW = "
        UPDATE events SET tags = $2, over_at = $3 WHERE id = $1 AND over_at = -1";
}

/// Renews the rows that the last migration has marked. Safe to repeat, and safe if several nodes do
/// so. An unreadable row stays as it is.
pub(super) async fn renew_all(database: &Database) -> Result<(), StoreError> {
    let mut after: Option<Uuid> = None;
    loop {
        let params: Params<'_> = &[&after, &BATCH];
        let found = database.list_at_length(MARKED, params).await?;
        let Some(last) = found.last() else {
            return Ok(());
        };
        after = Some(last.try_get(0).map_err(StoreError::failed)?);
        let mut renewed = Vec::with_capacity(found.len());
        for row in &found {
            match rows::shown_event(row) {
                Ok(shown) => {
                    let event = shown.event;
                    let (id, over_at) = (event.id.as_uuid(), event.over_at());
                    renewed.push((id, spelled_once_each(event.fields.tags), over_at));
                }
                Err(error) => tracing::error!(%error, "an event cannot be read"),
            }
        }
        let changes = renewed.iter().map(|(id, tags, over_at)| {
            let params: Vec<rows::Param<'_>> = vec![id, tags, over_at];
            (RENEW, params)
        });
        let changes: Vec<_> = changes.collect();
        database.change_together(&changes).await?;
    }
}
