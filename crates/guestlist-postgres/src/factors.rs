//! Second factors: statements, rows and operations.

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, Ended, Factor, FactorConfirmation, FactorId, FactorInsertion, FactorKind,
    FactorStore, StepUse, StoreError, Timestamp, UserId, UserStore,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    PostgresStore,
    database::Params,
    statements::{before_all, statements},
    store::ended,
    values::{self, Column, Unreadable, instant, lent, optional_instant, word},
};

/// The columns that [`factor`] reads.
macro_rules! factor_columns {
    () => {
        "f.id, f.user_id, f.kind, f.sealed_secret, f.last_step, f.created_at, f.confirmed_at, \
         f.last_used_at"
    };
}

statements! {
    INSERT_FACTOR = "
        INSERT INTO factors AS f (id, user_id, kind, sealed_secret, last_step, created_at,
                                  confirmed_at, last_used_at)
        SELECT $1, u.id, $3, $4, $5, $6, $7, $8 FROM users u WHERE u.id = $2
        ON CONFLICT (user_id, kind) DO UPDATE
        SET (sealed_secret, last_step, created_at, confirmed_at, last_used_at)
          = ($4, $5, $6, $7, $8)
        WHERE f.confirmed_at IS NULL";

    FIND_FACTOR = concat!(
        "SELECT ",
        factor_columns!(),
        " FROM factors f WHERE f.user_id = $1 AND f.kind = $2"
    );

    CONFIRM_FACTOR = "
        UPDATE factors SET last_step = $3, confirmed_at = $4, last_used_at = $4
        WHERE id = $1 AND sealed_secret = $2 AND confirmed_at IS NULL";

    USE_TOTP = "
        UPDATE factors SET last_step = $2, last_used_at = $3,
            sealed_secret = coalesce($4, sealed_secret)
        WHERE id = $1 AND confirmed_at IS NOT NULL AND last_step < $2";

    REMOVE_FACTOR = "DELETE FROM factors WHERE user_id = $1 AND kind = $2";

    PUT_FACTOR = "
        INSERT INTO factors (id, user_id, kind, sealed_secret, last_step, created_at, confirmed_at,
                             last_used_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (id) DO UPDATE
        SET (user_id, kind, sealed_secret, last_step, created_at, confirmed_at, last_used_at)
          = ($2, $3, $4, $5, $6, $7, $8)";

    ALL_FACTORS = concat!(
        "SELECT ",
        factor_columns!(),
        " FROM factors f WHERE f.id > coalesce($1, ",
        before_all!(),
        ") ORDER BY f.id LIMIT $2"
    );

    COUNT_FACTORS = "SELECT count(*) FROM factors";
}

#[async_trait]
impl FactorStore for PostgresStore {
    /// If nothing was inserted, looks for the user to find out why.
    async fn insert_factor(&self, factor: &Factor) -> Result<FactorInsertion, StoreError> {
        let columns = factor_params(factor);
        if self.database.change(INSERT_FACTOR, &lent(&columns)).await? > 0 {
            return Ok(FactorInsertion::Done);
        }
        Ok(match self.find_user(factor.user_id).await? {
            Some(_) => FactorInsertion::Taken,
            None => FactorInsertion::UserGone,
        })
    }

    async fn find_factor(
        &self,
        user: UserId,
        kind: FactorKind,
    ) -> Result<Option<Factor>, StoreError> {
        let params: Params<'_> = &[&user.as_uuid(), &kind.as_str()];
        self.find(FIND_FACTOR, params, factor).await
    }

    async fn confirm_factor(
        &self,
        id: FactorId,
        expected_secret: &[u8],
        step: i64,
        now: Timestamp,
    ) -> Result<FactorConfirmation, StoreError> {
        let params: Params<'_> = &[&id.as_uuid(), &expected_secret, &step, &now.as_millis()];
        Ok(match self.database.change(CONFIRM_FACTOR, params).await? {
            0 => FactorConfirmation::Stale,
            _ => FactorConfirmation::Confirmed,
        })
    }

    async fn use_totp(
        &self,
        id: FactorId,
        step: i64,
        now: Timestamp,
        resealed: Option<&[u8]>,
    ) -> Result<StepUse, StoreError> {
        let params: Params<'_> = &[&id.as_uuid(), &step, &now.as_millis(), &resealed];
        Ok(match self.database.change(USE_TOTP, params).await? {
            0 => StepUse::Stale,
            _ => StepUse::Used,
        })
    }

    async fn remove_factor(&self, user: UserId, kind: FactorKind) -> Result<Ended, StoreError> {
        let params: Params<'_> = &[&user.as_uuid(), &kind.as_str()];
        let removed = self.database.change(REMOVE_FACTOR, params).await;
        removed.map(ended)
    }
}

#[async_trait]
impl ArchiveOf<Factor> for PostgresStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(COUNT_FACTORS).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Factor>, StoreError> {
        let params: Params<'_> = &[&values::id(after)?, &i64::from(limit)];
        self.archive_page(ALL_FACTORS, params, factor).await
    }

    async fn put_all(&self, factors: &[Factor]) -> Result<(), StoreError> {
        self.put(PUT_FACTOR, factors, factor_params).await
    }
}

/// Reads `factor_columns!`.
fn factor(row: &Row) -> Result<Factor, Unreadable> {
    Ok(Factor {
        id: row.try_get::<_, Uuid>(0)?.into(),
        user_id: row.try_get::<_, Uuid>(1)?.into(),
        kind: word(row, 2)?,
        sealed_secret: row.try_get(3)?,
        last_step: row.try_get(4)?,
        created_at: instant(row, 5)?,
        confirmed_at: optional_instant(row, 6)?,
        last_used_at: optional_instant(row, 7)?,
    })
}

/// The parameters of the statements that insert a factor.
fn factor_params(factor: &Factor) -> Vec<Column> {
    let millis = |at: Option<Timestamp>| at.map(|at| at.as_millis());
    vec![
        Box::new(factor.id.as_uuid()),
        Box::new(factor.user_id.as_uuid()),
        Box::new(factor.kind.as_str()),
        Box::new(factor.sealed_secret.clone()),
        Box::new(factor.last_step),
        Box::new(factor.created_at.as_millis()),
        Box::new(millis(factor.confirmed_at)),
        Box::new(millis(factor.last_used_at)),
    ]
}
