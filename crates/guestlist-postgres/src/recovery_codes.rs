//! Recovery codes: statements, rows and operations.

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, Ended, RecoveryCodeHash, RecoveryCodeStore, RecoveryCodeUse, RecoveryCodes,
    RecoveryCodesInsertion, StoreError, UserId,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    PostgresStore,
    database::Params,
    statements::{before_all, statements},
    store::ended,
    values::{self, Column, Unreadable, bytes, instant, lent, number},
};

/// The columns that [`codes`] reads.
macro_rules! code_columns {
    () => {
        "r.user_id, r.hashes, r.created_at"
    };
}

statements! {
    PUT_CODES = "
        INSERT INTO recovery_codes (user_id, hashes, created_at)
        SELECT u.id, $2, $3 FROM users u WHERE u.id = $1
        ON CONFLICT (user_id) DO UPDATE SET (hashes, created_at) = ($2, $3)";

    FIND_CODES = concat!(
        "SELECT ",
        code_columns!(),
        " FROM recovery_codes r WHERE r.user_id = $1"
    );

    /// Of two such updates the second one waits for the first, and sees the codes that it left.
    USE_CODE = "
        UPDATE recovery_codes SET hashes = array_remove(hashes, $2)
        WHERE user_id = $1 AND $2 = ANY (hashes)
        RETURNING cardinality(hashes)::bigint";

    REMOVE_CODES = "DELETE FROM recovery_codes WHERE user_id = $1";

    ALL_CODES = concat!(
        "SELECT ",
        code_columns!(),
        " FROM recovery_codes r WHERE r.user_id > coalesce($1, ",
        before_all!(),
        ") ORDER BY r.user_id LIMIT $2"
    );

    COUNT_CODES = "SELECT count(*) FROM recovery_codes";
}

#[async_trait]
impl RecoveryCodeStore for PostgresStore {
    async fn put_recovery_codes(
        &self,
        codes: &RecoveryCodes,
    ) -> Result<RecoveryCodesInsertion, StoreError> {
        let columns = code_params(codes);
        Ok(
            match self.database.change(PUT_CODES, &lent(&columns)).await? {
                0 => RecoveryCodesInsertion::UserGone,
                _ => RecoveryCodesInsertion::Done,
            },
        )
    }

    async fn find_recovery_codes(&self, user: UserId) -> Result<Option<RecoveryCodes>, StoreError> {
        self.find(FIND_CODES, &[&user.as_uuid()], codes).await
    }

    async fn use_recovery_code(
        &self,
        user: UserId,
        code: &RecoveryCodeHash,
    ) -> Result<RecoveryCodeUse, StoreError> {
        let params: Params<'_> = &[&user.as_uuid(), &code.as_stored().as_slice()];
        let rows = self.database.change_returning(USE_CODE, params).await?;
        let left = rows.first().map(|row| number(row, 0)).transpose();
        Ok(match left.map_err(StoreError::unknown)? {
            Some(left) => RecoveryCodeUse::Used { left },
            None => RecoveryCodeUse::Unknown,
        })
    }

    async fn remove_recovery_codes(&self, user: UserId) -> Result<Ended, StoreError> {
        let params: Params<'_> = &[&user.as_uuid()];
        let removed = self.database.change(REMOVE_CODES, params).await;
        removed.map(ended)
    }
}

#[async_trait]
impl ArchiveOf<RecoveryCodes> for PostgresStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(COUNT_CODES).await
    }

    async fn page(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<RecoveryCodes>, StoreError> {
        let params: Params<'_> = &[&values::id(after)?, &i64::from(limit)];
        self.archive_page(ALL_CODES, params, codes).await
    }

    async fn put_all(&self, all: &[RecoveryCodes]) -> Result<(), StoreError> {
        self.put(PUT_CODES, all, code_params).await
    }
}

/// Reads `code_columns!`.
fn codes(row: &Row) -> Result<RecoveryCodes, Unreadable> {
    let hashes: Vec<&[u8]> = row.try_get(1)?;
    let hashes = hashes.into_iter();
    let hashes = hashes.map(|hash| Ok(RecoveryCodeHash::from_stored(bytes(hash, 1)?)));
    Ok(RecoveryCodes {
        user_id: row.try_get::<_, Uuid>(0)?.into(),
        hashes: hashes.collect::<Result<_, Unreadable>>()?,
        created_at: instant(row, 2)?,
    })
}

/// The parameters of the statement that inserts codes.
fn code_params(codes: &RecoveryCodes) -> Vec<Column> {
    let hashes = codes.hashes.iter().map(|hash| hash.as_stored().to_vec());
    vec![
        Box::new(codes.user_id.as_uuid()),
        Box::new(hashes.collect::<Vec<_>>()),
        Box::new(codes.created_at.as_millis()),
    ]
}
