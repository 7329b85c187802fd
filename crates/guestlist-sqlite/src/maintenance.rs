//! All records together: statements, rows and operations.

use async_trait::async_trait;
use guestlist::{Census, CopyMark, KeyCensus, Maintenance, StoreError, Timestamp, TokenKeyId};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{
    SqliteStore, messages::MessageStatements, statements::statements, store::HISTORY, tables,
    tokens::TokenStatements, users::UserStatements, values::Instant,
};

/// Since this migration, tokens are hashed under a key.
const KEYED: i64 = 5;
/// Since this migration, there are messages.
const MESSAGES: i64 = 9;

statements! {
    /// The statements on all records.
    MaintenanceStatements {
        /// For operators only: it counts all rows.
        census = "
            SELECT (SELECT count(*) FROM {sessions}),
                (SELECT count(*) FROM {tokens} WHERE user_id IS NOT NULL),
                (SELECT count(*) FROM {tokens} WHERE user_id IS NULL),
                (SELECT count(*) FROM {keys}),
                (SELECT count(*) FROM {sessions} WHERE expires_at < ?1)
                    + (SELECT count(*) FROM {tokens} WHERE expires_at < ?1)
                    + (SELECT count(*) FROM {keys} WHERE verifies_until < ?1)";

        /// Counts the records whose hash is between these two. All hashes of one key are in such a
        /// range.
        census_of_key = "
            SELECT (SELECT count(*) FROM {sessions}
                    WHERE secret_hash BETWEEN ?1 AND ?2 OR refresh_hash BETWEEN ?1 AND ?2),
                (SELECT count(*) FROM {tokens} WHERE user_id IS NOT NULL AND hash BETWEEN ?1 AND ?2),
                (SELECT count(*) FROM {tokens} WHERE user_id IS NULL AND hash BETWEEN ?1 AND ?2)";

        copy_mark = "SELECT mark FROM {copy_mark}";

        set_copy_mark = "INSERT OR REPLACE INTO {copy_mark} (only_one, mark) VALUES (1, ?1)";

        clear_copy_mark = "DELETE FROM {copy_mark}";

        ready = "SELECT count(*) FROM (SELECT 1 FROM {users} LIMIT 1)";
    }
}

#[async_trait]
impl Maintenance for SqliteStore {
    async fn purge(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let statements = [
            self.session_sql().purge_sessions,
            self.token_sql().purge_tokens,
            self.key_sql().purge_keys,
        ];
        let purge = move |connection: &Connection| {
            let mut purged = 0;
            for sql in statements {
                let left = i64::from(limit) - purged;
                let went = connection
                    .prepare_cached(sql)?
                    .execute((Instant(before), left))?;
                purged += i64::try_from(went).unwrap_or(left);
            }
            Ok(u64::try_from(purged).unwrap_or(0))
        };
        self.database.erase(purge).await
    }

    async fn census(&self, before: Timestamp) -> Result<Census, StoreError> {
        let sql = self.maintenance_sql();
        let query = move |connection: &Connection| {
            connection
                .prepare_cached(sql.census)?
                .query_row((Instant(before),), census)
        };
        self.database.list(query).await
    }

    async fn census_of_key(&self, key: TokenKeyId) -> Result<KeyCensus, StoreError> {
        let sql = self.maintenance_sql();
        let [least, greatest] = key.range().map(|hash| hash.as_stored().to_vec());
        let query = move |connection: &Connection| {
            connection
                .prepare_cached(sql.census_of_key)?
                .query_row((least, greatest), census_of_key)
        };
        self.database.list(query).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        let sql = self.maintenance_sql();
        let query = move |connection: &Connection| -> rusqlite::Result<i64> {
            connection
                .prepare_cached(sql.ready)?
                .query_row((), |row| row.get(0))
        };
        self.database.find(query).await.map(drop)
    }
}

#[async_trait]
impl CopyMark for SqliteStore {
    async fn copy_mark(&self) -> Result<Option<String>, StoreError> {
        let sql = self.maintenance_sql();
        let mark = move |connection: &Connection| {
            let mark = connection.query_row(sql.copy_mark, (), |row| row.get(0));
            mark.optional()
        };
        self.database.find(mark).await
    }

    async fn set_copy_mark(&self, mark: Option<&str>) -> Result<(), StoreError> {
        let sql = self.maintenance_sql();
        let mark = mark.map(str::to_owned);
        let set = move |connection: &Connection| match mark {
            Some(mark) => connection.execute(sql.set_copy_mark, (mark,)),
            None => connection.execute(sql.clear_copy_mark, ()),
        };
        self.database.write(set).await.map(drop)
    }
}

impl SqliteStore {
    fn maintenance_sql(&self) -> &'static MaintenanceStatements {
        MaintenanceStatements::of(self.prefix)
    }

    /// Ends all sessions and personal access tokens in a file that no store has open, such as a
    /// backup that will be restored. Also removes the tokens of services, and returns how many
    /// there were.
    ///
    /// In tables of a version that hashed tokens without a key this changes nothing: their
    /// migration ends all sessions and tokens.
    pub fn end_everything_in(connection: &Connection) -> rusqlite::Result<usize> {
        let newest = tables::newest_migration(HISTORY);
        let newest: i64 = connection.query_row(&newest, (), |row| row.get(0))?;
        if newest < KEYED {
            return Ok(0);
        }
        connection.execute(UserStatements::of("").end_all_at_once, ())?;
        connection.execute(TokenStatements::of("").remove_service_tokens, ())
    }

    /// Ends all links and holds all waiting mails in a file that no store has open, as
    /// [`MessageStore::hold_messages`](guestlist::MessageStore::hold_messages) does. Returns how
    /// many mails are held: zero for a file that is older than the table of messages.
    pub fn hold_messages_in(connection: &Connection, now: Timestamp) -> rusqlite::Result<usize> {
        let newest = tables::newest_migration(HISTORY);
        let newest: i64 = connection.query_row(&newest, (), |row| row.get(0))?;
        if newest < MESSAGES {
            return Ok(0);
        }
        let sql = MessageStatements::of("");
        connection.execute(sql.end_links_of_a_backup, (Instant(now),))?;
        connection.execute(sql.hold_messages, ())
    }
}

/// Reads the columns of `census`.
fn census(row: &Row<'_>) -> rusqlite::Result<Census> {
    let count = |at| {
        row.get::<_, i64>(at)
            .map(|count| count.try_into().unwrap_or(0))
    };
    Ok(Census {
        sessions: count(0)?,
        personal_tokens: count(1)?,
        service_tokens: count(2)?,
        keys: count(3)?,
        expired: count(4)?,
    })
}

/// Reads the columns of `census_of_key`.
fn census_of_key(row: &Row<'_>) -> rusqlite::Result<KeyCensus> {
    let count = |at| {
        row.get::<_, i64>(at)
            .map(|count| count.try_into().unwrap_or(0))
    };
    Ok(KeyCensus {
        sessions: count(0)?,
        personal_tokens: count(1)?,
        service_tokens: count(2)?,
    })
}
