//! Counters of tries: statements and operations.

use std::collections::HashMap;

use async_trait::async_trait;
use guestlist::{LimitKey, LimitStore, StoreError, Take, Taking, Timestamp};
use tokio_postgres::Row;

use crate::{
    PostgresStore,
    database::Params,
    statements::statements,
    values::{Column, Unreadable, bytes, instant, lent},
};

/// How often a try is repeated that was refused by a counter which was free a moment later.
const TRIES: u32 = 3;

statements! {
    /// Touches no row if the counter refuses the try.
    TAKE = "
        INSERT INTO limits AS l (key, paid_at) VALUES ($1, $2::bigint + $3::bigint)
        ON CONFLICT (key) DO UPDATE SET paid_at = greatest(l.paid_at, $2) + $3
        WHERE greatest(l.paid_at, $2) + $3 <= $2 + $4::bigint";

    FIND_COUNTERS = "SELECT key, paid_at FROM limits WHERE key = ANY ($1)";

    /// Nothing, if another try has changed the counter in between.
    SET_BACK = "UPDATE limits SET paid_at = $2 WHERE key = $1 AND paid_at = $3";

    /// One row for each key, so that the order of the locks is the order of the keys.
    GIVE_BACK = "UPDATE limits SET paid_at = paid_at - $2 WHERE key = $1";

    CLEAR_COUNTERS = "DELETE FROM limits WHERE key BETWEEN $1 AND $2";

    PURGE_COUNTERS = "
        DELETE FROM limits WHERE key = ANY (ARRAY(
            SELECT key FROM limits WHERE paid_at < $1 ORDER BY paid_at LIMIT $2
            FOR UPDATE SKIP LOCKED))";
}

#[async_trait]
impl LimitStore for PostgresStore {
    async fn take_all(&self, takes: &[Take], now: Timestamp) -> Result<Taking, StoreError> {
        let columns: Vec<Vec<Column>> = in_order(takes)
            .map(|take| -> Vec<Column> {
                vec![
                    Box::new(take.key.as_stored().to_vec()),
                    Box::new(now.as_millis()),
                    Box::new(take.cost),
                    Box::new(take.burst),
                ]
            })
            .collect();
        let mut taking = Taking::Done;
        for _ in 0..TRIES {
            let changes: Vec<_> = columns
                .iter()
                .map(|columns| (TAKE, lent(columns)))
                .collect();
            if self.database.change_all_or_none(&changes).await? {
                return Ok(Taking::Done);
            }
            taking = self.refusal(takes, now).await?;
            if taking != Taking::Done {
                break;
            }
        }
        Ok(match taking {
            // Others take what is free faster than this try.
            Taking::Done => Taking::Refused {
                which: 0,
                retry_after: std::time::Duration::from_secs(1),
            },
            refused => refused,
        })
    }

    async fn give_back(&self, takes: &[Take]) -> Result<(), StoreError> {
        let columns: Vec<Vec<Column>> = in_order(takes)
            .map(|take| -> Vec<Column> {
                vec![Box::new(take.key.as_stored().to_vec()), Box::new(take.cost)]
            })
            .collect();
        let changes: Vec<_> = columns
            .iter()
            .map(|columns| (GIVE_BACK, lent(columns)))
            .collect();
        let changes: Vec<(&str, Params<'_>)> = changes
            .iter()
            .map(|(sql, params)| (*sql, params.as_slice()))
            .collect();
        self.database.change_in_turn(&changes).await.map(drop)
    }

    async fn clear_counters(&self, between: [LimitKey; 2]) -> Result<u64, StoreError> {
        let [first, last] = between.map(|key| key.as_stored().to_vec());
        self.database.change(CLEAR_COUNTERS, &[&first, &last]).await
    }

    async fn purge_counters(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let params: Params<'_> = &[&before.as_millis(), &i64::from(limit)];
        self.database.change(PURGE_COUNTERS, params).await
    }
}

impl PostgresStore {
    /// Returns which counter refuses the try. Sets counters back that a clock ahead of time has
    /// moved.
    async fn refusal(&self, takes: &[Take], now: Timestamp) -> Result<Taking, StoreError> {
        let keys: Vec<_> = takes.iter().map(|take| take.key).collect();
        let rows = self
            .database
            .find_few(FIND_COUNTERS, &[&stored(&keys)])
            .await?;
        let counters: HashMap<_, _> = rows
            .iter()
            .map(counter)
            .collect::<Result<_, _>>()
            .map_err(StoreError::failed)?;
        let found = takes.iter().map(|take| counters.get(&take.key).copied());
        let found: Vec<_> = found.collect();
        for (take, found) in takes.iter().zip(&found) {
            if let Some(found) = *found
                && let Some(back) = take.set_back(found, now)
            {
                let key = take.key.as_stored().as_slice();
                let params: Params<'_> = &[&key, &back.as_millis(), &found.as_millis()];
                self.database.change(SET_BACK, params).await?;
            }
        }
        Ok(Taking::of(takes, &found, now))
    }
}

/// Returns the tries in the order of their keys, in which every transaction locks the rows. So two
/// transactions never wait for each other.
fn in_order(takes: &[Take]) -> impl Iterator<Item = Take> {
    let mut takes = takes.to_vec();
    takes.sort_by_key(|take| take.key);
    takes.into_iter()
}

fn stored(keys: &[LimitKey]) -> Vec<Vec<u8>> {
    keys.iter().map(|key| key.as_stored().to_vec()).collect()
}

/// Reads the columns of `FIND_COUNTERS`.
fn counter(row: &Row) -> Result<(LimitKey, Timestamp), Unreadable> {
    let key = bytes(row.try_get(0)?, 0)?;
    Ok((LimitKey::from_stored(key), instant(row, 1)?))
}
