//! All records together: statements, rows and operations.

use async_trait::async_trait;
use guestlist::{Census, CopyMark, KeyCensus, Maintenance, StoreError, Timestamp, TokenKeyId};
use tokio_postgres::Row;

use crate::{
    PostgresStore,
    database::Params,
    keys, sessions,
    statements::statements,
    tokens,
    values::{Unreadable, number},
};

statements! {
    /// For operators only: it counts all rows.
    CENSUS = "
        SELECT (SELECT count(*) FROM sessions),
            (SELECT count(*) FROM tokens WHERE user_id IS NOT NULL),
            (SELECT count(*) FROM tokens WHERE user_id IS NULL),
            (SELECT count(*) FROM keys),
            (SELECT count(*) FROM sessions WHERE expires_at < $1)
                + (SELECT count(*) FROM tokens WHERE expires_at < $1)
                + (SELECT count(*) FROM keys WHERE verifies_until < $1)";

    /// Counts the records whose hash is between these two. All hashes of one key are in such a
    /// range.
    CENSUS_OF_KEY = "
        SELECT (SELECT count(*) FROM sessions
                WHERE secret_hash BETWEEN $1 AND $2 OR refresh_hash BETWEEN $1 AND $2),
            (SELECT count(*) FROM tokens WHERE user_id IS NOT NULL AND hash BETWEEN $1 AND $2),
            (SELECT count(*) FROM tokens WHERE user_id IS NULL AND hash BETWEEN $1 AND $2)";

    COPY_MARK = "SELECT mark FROM copy_mark WHERE only_one = 1";

    SET_COPY_MARK = "
        INSERT INTO copy_mark (only_one, mark) VALUES (1, $1)
        ON CONFLICT (only_one) DO UPDATE SET mark = $1";

    CLEAR_COPY_MARK = "DELETE FROM copy_mark WHERE only_one = 1";

    READY = "SELECT count(*) FROM (SELECT 1 FROM users LIMIT 1) AS one";
}

#[async_trait]
impl Maintenance for PostgresStore {
    async fn purge(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut purged = 0;
        for sql in [
            sessions::PURGE_SESSIONS,
            tokens::PURGE_TOKENS,
            keys::PURGE_KEYS,
        ] {
            let left = i64::from(limit) - i64::try_from(purged).unwrap_or(0);
            let params: Params<'_> = &[&before.as_millis(), &left];
            purged += self.database.change(sql, params).await?;
        }
        Ok(purged)
    }

    async fn census(&self, before: Timestamp) -> Result<Census, StoreError> {
        let params: Params<'_> = &[&before.as_millis()];
        let rows = self.database.list_at_length(CENSUS, params).await?;
        let census = rows.first().map(census).transpose();
        Ok(census.map_err(StoreError::failed)?.unwrap_or_default())
    }

    async fn census_of_key(&self, key: TokenKeyId) -> Result<KeyCensus, StoreError> {
        let range = key.range();
        let [least, greatest] = range.each_ref().map(|hash| &hash.as_stored()[..]);
        let params: Params<'_> = &[&least, &greatest];
        let rows = self.database.list_at_length(CENSUS_OF_KEY, params);
        let census = rows.await?.first().map(census_of_key).transpose();
        Ok(census.map_err(StoreError::failed)?.unwrap_or_default())
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.database.find(READY, &[]).await.map(drop)
    }
}

#[async_trait]
impl CopyMark for PostgresStore {
    async fn copy_mark(&self) -> Result<Option<String>, StoreError> {
        let row = self.database.find(COPY_MARK, &[]).await?;
        let mark = row.map(|row| row.try_get(0)).transpose();
        mark.map_err(StoreError::failed)
    }

    async fn set_copy_mark(&self, mark: Option<&str>) -> Result<(), StoreError> {
        let set = match mark {
            Some(mark) => self.database.change(SET_COPY_MARK, &[&mark]).await,
            None => self.database.change(CLEAR_COPY_MARK, &[]).await,
        };
        set.map(drop)
    }
}

/// Reads the columns of [`CENSUS`].
fn census(row: &Row) -> Result<Census, Unreadable> {
    Ok(Census {
        sessions: number(row, 0)?,
        personal_tokens: number(row, 1)?,
        service_tokens: number(row, 2)?,
        keys: number(row, 3)?,
        expired: number(row, 4)?,
    })
}

/// Reads the columns of [`CENSUS_OF_KEY`].
fn census_of_key(row: &Row) -> Result<KeyCensus, Unreadable> {
    Ok(KeyCensus {
        sessions: number(row, 0)?,
        personal_tokens: number(row, 1)?,
        service_tokens: number(row, 2)?,
    })
}
