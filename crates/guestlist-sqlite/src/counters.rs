//! Counters of tries: statements and operations.

use async_trait::async_trait;
use guestlist::{LimitKey, LimitStore, StoreError, Take, Taking, Timestamp};
use rusqlite::{Connection, OptionalExtension};

use crate::{SqliteStore, statements::statements, values::Instant};

statements! {
    /// The statements on counters.
    LimitStatements {
        find_counter = "SELECT paid_at FROM {limits} WHERE key = ?1";

        put_counter = "
            INSERT INTO {limits} (key, paid_at) VALUES (?1, ?2)
            ON CONFLICT (key) DO UPDATE SET paid_at = ?2";

        give_back = "UPDATE {limits} SET paid_at = paid_at - ?2 WHERE key = ?1";

        clear_counters = "DELETE FROM {limits} WHERE key BETWEEN ?1 AND ?2";

        purge_counters = "
            DELETE FROM {limits} WHERE key IN
                (SELECT key FROM {limits} WHERE paid_at < ?1 ORDER BY paid_at LIMIT ?2)";
    }
}

#[async_trait]
impl LimitStore for SqliteStore {
    /// No other change runs between the look and the write.
    async fn take_all(&self, takes: &[Take], now: Timestamp) -> Result<Taking, StoreError> {
        let sql = self.limit_sql();
        let takes = takes.to_vec();
        let take = move |connection: &Connection| {
            let mut find = connection.prepare_cached(sql.find_counter)?;
            let stored = takes.iter().map(|take| {
                let found = find.query_row((take.key.as_stored(),), |row| row.get::<_, Instant>(0));
                Ok(found.optional()?.map(|instant| instant.0))
            });
            let stored: Vec<Option<Timestamp>> = stored.collect::<rusqlite::Result<_>>()?;
            let taking = Taking::of(&takes, &stored, now);
            let mut put = connection.prepare_cached(sql.put_counter)?;
            for (take, stored) in takes.iter().zip(stored) {
                let next = match taking {
                    Taking::Done => take.from(stored, now).ok(),
                    Taking::Refused { .. } => stored.and_then(|stored| take.set_back(stored, now)),
                };
                if let Some(next) = next {
                    put.execute((take.key.as_stored(), Instant(next)))?;
                }
            }
            Ok(taking)
        };
        self.database.write(take).await
    }

    async fn give_back(&self, takes: &[Take]) -> Result<(), StoreError> {
        let sql = self.limit_sql().give_back;
        let takes = takes.to_vec();
        let give_back = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            for take in takes {
                statement.execute((take.key.as_stored(), take.cost))?;
            }
            Ok(())
        };
        self.database.write(give_back).await
    }

    async fn clear_counters(&self, between: [LimitKey; 2]) -> Result<u64, StoreError> {
        let sql = self.limit_sql().clear_counters;
        let [first, last] = between.map(|key| *key.as_stored());
        let cleared = self.change(sql, (first, last)).await?;
        Ok(u64::try_from(cleared).unwrap_or(u64::MAX))
    }

    async fn purge_counters(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let sql = self.limit_sql().purge_counters;
        let purged = self.change(sql, (Instant(before), limit)).await?;
        Ok(u64::try_from(purged).unwrap_or(u64::MAX))
    }
}

impl SqliteStore {
    fn limit_sql(&self) -> &'static LimitStatements {
        LimitStatements::of(self.prefix)
    }
}
