//! Signing keys: statements, rows and operations.

use async_trait::async_trait;
use guestlist::{ArchiveOf, Key, KeyInsertion, KeyStore, StoreError, Timestamp};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::{SqliteStore, statements::statements, values::Instant};

/// Selects the columns that [`key`] reads.
macro_rules! select_key {
    () => {
        "SELECT kid, algorithm, sealed, public, created_at, signs_from, signs_until, verifies_until
         FROM {keys}"
    };
}

macro_rules! insert_key {
    ($insert:literal) => {
        concat!(
            $insert,
            " INTO {keys} (kid, algorithm, sealed, public, created_at, signs_from, signs_until,
                 verifies_until)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
        )
    };
}

statements! {
    /// The statements on keys.
    KeyStatements {
        insert_key = concat!(insert_key!("INSERT"), " ON CONFLICT (kid) DO NOTHING");

        /// There are only a few keys.
        list_keys = concat!(select_key!(), " ORDER BY created_at, kid");

        retire_key = "
            UPDATE {keys} SET signs_until = min(signs_until, ?2), verifies_until = min(verifies_until, ?3)
            WHERE kid = ?1
            RETURNING kid, algorithm, sealed, public, created_at, signs_from, signs_until, verifies_until";

        purge_keys = "
            DELETE FROM {keys} WHERE kid IN
                (SELECT kid FROM {keys} WHERE verifies_until < ?1 ORDER BY verifies_until LIMIT ?2)";

        put_key = insert_key!("INSERT OR REPLACE");

        all_keys = concat!(
            select_key!(),
            " WHERE kid > coalesce(?1, '') ORDER BY kid LIMIT ?2"
        );

        count_keys = "SELECT count(*) FROM {keys}";
    }
}

#[async_trait]
impl KeyStore for SqliteStore {
    async fn insert_key(&self, key: &Key) -> Result<KeyInsertion, StoreError> {
        Ok(
            match self
                .change(self.key_sql().insert_key, key_params(key))
                .await?
            {
                0 => KeyInsertion::Taken,
                _ => KeyInsertion::Done,
            },
        )
    }

    /// A look-up, not a list: there are only a few keys, and no token can be verified without them.
    async fn list_keys(&self) -> Result<Vec<Key>, StoreError> {
        let sql = self.key_sql();
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql.list_keys)?;
            statement.query_map((), key)?.collect()
        };
        self.database.find(query).await
    }

    async fn retire_key(
        &self,
        kid: &str,
        signs_until: Timestamp,
        verifies_until: Timestamp,
    ) -> Result<Option<Key>, StoreError> {
        let sql = self.key_sql();
        let params = (
            kid.to_owned(),
            Instant(signs_until),
            Instant(verifies_until),
        );
        let change = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql.retire_key)?;
            statement.query_row(params, key).optional()
        };
        self.database.write(change).await
    }
}

#[async_trait]
impl ArchiveOf<Key> for SqliteStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(self.key_sql().count_keys).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Key>, StoreError> {
        let after = after.map(str::to_owned);
        self.list(self.key_sql().all_keys, (after, limit), key)
            .await
    }

    async fn put_all(&self, keys: &[Key]) -> Result<(), StoreError> {
        let sql = self.key_sql().put_key;
        let put = move |connection: &Connection, key: &_| {
            connection.prepare_cached(sql)?.execute(key_params(key))
        };
        self.put(keys, put).await
    }
}

impl SqliteStore {
    pub(crate) fn key_sql(&self) -> &'static KeyStatements {
        KeyStatements::of(self.prefix)
    }
}

/// Reads the columns of `select_key!`.
fn key(row: &Row<'_>) -> rusqlite::Result<Key> {
    Ok(Key {
        kid: row.get(0)?,
        algorithm: row.get(1)?,
        sealed: row.get(2)?,
        public: row.get(3)?,
        created_at: row.get::<_, Instant>(4)?.0,
        signs_from: row.get::<_, Instant>(5)?.0,
        signs_until: row.get::<_, Instant>(6)?.0,
        verifies_until: row.get::<_, Instant>(7)?.0,
    })
}

/// The parameters of the statements that insert a key.
fn key_params(key: &Key) -> impl Params + Send + use<> {
    (
        key.kid.clone(),
        key.algorithm.clone(),
        key.sealed.clone(),
        key.public.clone(),
        Instant(key.created_at),
        Instant(key.signs_from),
        Instant(key.signs_until),
        Instant(key.verifies_until),
    )
}
