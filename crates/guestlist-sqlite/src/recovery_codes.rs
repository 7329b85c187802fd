//! Recovery codes: statements, rows and operations.

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, Ended, RecoveryCodeHash, RecoveryCodeStore, RecoveryCodeUse, RecoveryCodes,
    RecoveryCodesInsertion, StoreError, UserId,
};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::{
    SqliteStore,
    statements::statements,
    store::ended,
    values::{self, Id, Instant},
};

/// Selects the columns that [`codes`] reads.
macro_rules! select_codes {
    () => {
        "SELECT r.user_id, r.hashes, r.created_at FROM {recovery_codes} r"
    };
}

statements! {
    /// The statements on recovery codes.
    RecoveryCodeStatements {
        put_codes = "
            INSERT OR REPLACE INTO {recovery_codes} (user_id, hashes, created_at)
            SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM {users} u WHERE u.id = ?1)";

        find_codes = concat!(select_codes!(), " WHERE r.user_id = ?1");

        set_hashes = "UPDATE {recovery_codes} SET hashes = ?2 WHERE user_id = ?1";

        remove_codes = "DELETE FROM {recovery_codes} WHERE user_id = ?1";

        all_codes = concat!(
            select_codes!(),
            " WHERE r.user_id > coalesce(?1, x'') ORDER BY r.user_id LIMIT ?2"
        );

        count_codes = "SELECT count(*) FROM {recovery_codes}";
    }
}

#[async_trait]
impl RecoveryCodeStore for SqliteStore {
    async fn put_recovery_codes(
        &self,
        codes: &RecoveryCodes,
    ) -> Result<RecoveryCodesInsertion, StoreError> {
        let put = self.erase(self.recovery_code_sql().put_codes, code_params(codes));
        Ok(match put.await? {
            0 => RecoveryCodesInsertion::UserGone,
            _ => RecoveryCodesInsertion::Done,
        })
    }

    async fn find_recovery_codes(&self, user: UserId) -> Result<Option<RecoveryCodes>, StoreError> {
        let sql = self.recovery_code_sql();
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql.find_codes)?;
            statement.query_row((Id(user.as_uuid()),), codes).optional()
        };
        self.database.find(query).await
    }

    /// No other change runs between the two statements.
    async fn use_recovery_code(
        &self,
        user: UserId,
        code: &RecoveryCodeHash,
    ) -> Result<RecoveryCodeUse, StoreError> {
        let sql = self.recovery_code_sql();
        let (user, code) = (Id(user.as_uuid()), *code);
        let change = move |connection: &Connection| {
            let mut find = connection.prepare_cached(sql.find_codes)?;
            let Some(mut codes) = find.query_row((user,), codes).optional()? else {
                return Ok(RecoveryCodeUse::Unknown);
            };
            let before = codes.hashes.len();
            codes.hashes.retain(|hash| *hash != code);
            if codes.hashes.len() == before {
                return Ok(RecoveryCodeUse::Unknown);
            }
            let mut set = connection.prepare_cached(sql.set_hashes)?;
            set.execute((user, bytes(&codes)))?;
            let left = u32::try_from(codes.hashes.len()).unwrap_or(u32::MAX);
            Ok(RecoveryCodeUse::Used { left })
        };
        self.database.erase(change).await
    }

    async fn remove_recovery_codes(&self, user: UserId) -> Result<Ended, StoreError> {
        let params = (Id(user.as_uuid()),);
        let removed = self.erase(self.recovery_code_sql().remove_codes, params);
        removed.await.map(ended)
    }
}

#[async_trait]
impl ArchiveOf<RecoveryCodes> for SqliteStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(self.recovery_code_sql().count_codes).await
    }

    async fn page(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<RecoveryCodes>, StoreError> {
        let after = values::id(after)?;
        self.list(self.recovery_code_sql().all_codes, (after, limit), codes)
            .await
    }

    async fn put_all(&self, all: &[RecoveryCodes]) -> Result<(), StoreError> {
        let sql = self.recovery_code_sql().put_codes;
        let put = move |connection: &Connection, codes: &_| {
            connection.prepare_cached(sql)?.execute(code_params(codes))
        };
        self.put(all, put).await
    }
}

impl SqliteStore {
    fn recovery_code_sql(&self) -> &'static RecoveryCodeStatements {
        RecoveryCodeStatements::of(self.prefix)
    }
}

/// Reads the columns of `select_codes!`. Bytes after the last whole hash are no hash.
fn codes(row: &Row<'_>) -> rusqlite::Result<RecoveryCodes> {
    let hashes = row.get_ref(1)?.as_blob()?.as_chunks().0;
    Ok(RecoveryCodes {
        user_id: UserId::from(row.get::<_, Id>(0)?.0),
        hashes: hashes
            .iter()
            .copied()
            .map(RecoveryCodeHash::from_stored)
            .collect(),
        created_at: row.get::<_, Instant>(2)?.0,
    })
}

fn bytes(codes: &RecoveryCodes) -> Vec<u8> {
    let hashes = codes.hashes.iter().map(RecoveryCodeHash::as_stored);
    hashes.flatten().copied().collect()
}

/// The parameters of the statement that inserts codes.
fn code_params(codes: &RecoveryCodes) -> impl Params + Send + use<> {
    (
        Id(codes.user_id.as_uuid()),
        bytes(codes),
        Instant(codes.created_at),
    )
}
