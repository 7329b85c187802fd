//! Signing keys: statements, rows and operations.

use async_trait::async_trait;
use guestlist::{ArchiveOf, Key, KeyInsertion, KeyStore, StoreError, Timestamp};
use tokio_postgres::Row;

use crate::{
    PostgresStore,
    database::Params,
    statements::statements,
    values::{Column, Unreadable, instant, lent},
};

/// The columns that [`key`] reads.
macro_rules! key_columns {
    () => {
        "k.kid, k.algorithm, k.sealed, k.public, k.created_at, k.signs_from, k.signs_until, \
         k.verifies_until"
    };
}

statements! {
    INSERT_KEY = "
        INSERT INTO keys (kid, algorithm, sealed, public, created_at, signs_from, signs_until,
                          verifies_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (kid) DO NOTHING";

    /// There are only a few keys.
    LIST_KEYS = concat!(
        "SELECT ",
        key_columns!(),
        " FROM keys k ORDER BY k.created_at, k.kid"
    );

    RETIRE_KEY = concat!(
        "UPDATE keys k SET signs_until = least(signs_until, $2),
            verifies_until = least(verifies_until, $3)
        WHERE kid = $1
        RETURNING ",
        key_columns!()
    );

    PURGE_KEYS = "
        DELETE FROM keys WHERE kid = ANY (ARRAY(
            SELECT kid FROM keys WHERE verifies_until < $1 ORDER BY verifies_until LIMIT $2
            FOR UPDATE SKIP LOCKED))";

    PUT_KEY = "
        INSERT INTO keys (kid, algorithm, sealed, public, created_at, signs_from, signs_until,
                          verifies_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (kid) DO UPDATE
        SET (algorithm, sealed, public, created_at, signs_from, signs_until, verifies_until)
          = ($2, $3, $4, $5, $6, $7, $8)";

    ALL_KEYS = concat!(
        "SELECT ",
        key_columns!(),
        " FROM keys k WHERE k.kid > coalesce($1, '') ORDER BY k.kid LIMIT $2"
    );

    COUNT_KEYS = "SELECT count(*) FROM keys";
}

#[async_trait]
impl KeyStore for PostgresStore {
    async fn insert_key(&self, key: &Key) -> Result<KeyInsertion, StoreError> {
        let columns = key_params(key);
        let params = lent(&columns);
        Ok(match self.database.change(INSERT_KEY, &params).await? {
            0 => KeyInsertion::Taken,
            _ => KeyInsertion::Done,
        })
    }

    /// A look-up, not a list: there are only a few keys, and no token can be verified without them.
    async fn list_keys(&self) -> Result<Vec<Key>, StoreError> {
        let rows = self.database.find_few(LIST_KEYS, &[]).await?;
        let keys = rows.iter().map(key).collect::<Result<_, _>>();
        keys.map_err(StoreError::failed)
    }

    async fn retire_key(
        &self,
        kid: &str,
        signs_until: Timestamp,
        verifies_until: Timestamp,
    ) -> Result<Option<Key>, StoreError> {
        let params: Params<'_> = &[&kid, &signs_until.as_millis(), &verifies_until.as_millis()];
        let rows = self.database.change_returning(RETIRE_KEY, params);
        let key = rows.await?.first().map(key).transpose();
        key.map_err(StoreError::unknown)
    }
}

#[async_trait]
impl ArchiveOf<Key> for PostgresStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(COUNT_KEYS).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Key>, StoreError> {
        let params: Params<'_> = &[&after, &i64::from(limit)];
        self.archive_page(ALL_KEYS, params, key).await
    }

    async fn put_all(&self, keys: &[Key]) -> Result<(), StoreError> {
        self.put(PUT_KEY, keys, key_params).await
    }
}

/// Reads `key_columns!`.
fn key(row: &Row) -> Result<Key, Unreadable> {
    Ok(Key {
        kid: row.try_get(0)?,
        algorithm: row.try_get(1)?,
        sealed: row.try_get(2)?,
        public: row.try_get(3)?,
        created_at: instant(row, 4)?,
        signs_from: instant(row, 5)?,
        signs_until: instant(row, 6)?,
        verifies_until: instant(row, 7)?,
    })
}

/// The parameters of the statements that insert a key.
fn key_params(key: &Key) -> Vec<Column> {
    vec![
        Box::new(key.kid.clone()),
        Box::new(key.algorithm.clone()),
        Box::new(key.sealed.clone()),
        Box::new(key.public.clone()),
        Box::new(key.created_at.as_millis()),
        Box::new(key.signs_from.as_millis()),
        Box::new(key.signs_until.as_millis()),
        Box::new(key.verifies_until.as_millis()),
    ]
}
