//! Second factors: statements, rows and operations.

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, Ended, Factor, FactorConfirmation, FactorId, FactorInsertion, FactorKind,
    FactorStore, StepUse, StoreError, Timestamp, UserId,
};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::{
    SqliteStore,
    statements::statements,
    store::ended,
    values::{self, Id, Instant, optional_instant, word},
};

/// Selects the columns that [`factor`] reads.
macro_rules! select_factor {
    () => {
        "SELECT f.id, f.user_id, f.kind, f.sealed_secret, f.last_step, f.created_at, f.confirmed_at,
             f.last_used_at
         FROM {factors} f"
    };
}

macro_rules! insert_factor {
    ($insert:literal) => {
        concat!(
            $insert,
            " INTO {factors} (id, user_id, kind, sealed_secret, last_step, created_at, confirmed_at,
                 last_used_at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
             WHERE EXISTS (SELECT 1 FROM {users} u WHERE u.id = ?2)"
        )
    };
}

statements! {
    /// The statements on second factors.
    FactorStatements {
        insert_factor = concat!(
            insert_factor!("INSERT"),
            " ON CONFLICT (user_id, kind) DO UPDATE SET sealed_secret = ?4, last_step = ?5, created_at = ?6,
                confirmed_at = ?7, last_used_at = ?8
            WHERE confirmed_at IS NULL"
        );

        find_factor = concat!(select_factor!(), " WHERE f.user_id = ?1 AND f.kind = ?2");

        confirm_factor = "
            UPDATE {factors} SET last_step = ?3, confirmed_at = ?4, last_used_at = ?4
            WHERE id = ?1 AND sealed_secret = ?2 AND confirmed_at IS NULL";

        use_totp = "
            UPDATE {factors} SET last_step = ?2, last_used_at = ?3,
                sealed_secret = coalesce(?4, sealed_secret)
            WHERE id = ?1 AND confirmed_at IS NOT NULL AND last_step < ?2";

        remove_factor = "DELETE FROM {factors} WHERE user_id = ?1 AND kind = ?2";

        put_factor = insert_factor!("INSERT OR REPLACE");

        all_factors = concat!(
            select_factor!(),
            " WHERE f.id > coalesce(?1, x'') ORDER BY f.id LIMIT ?2"
        );

        count_factors = "SELECT count(*) FROM {factors}";
    }
}

#[async_trait]
impl FactorStore for SqliteStore {
    async fn insert_factor(&self, factor: &Factor) -> Result<FactorInsertion, StoreError> {
        let sql = self.factor_sql();
        let columns = factor_params(factor);
        let key = (Id(factor.user_id.as_uuid()), factor.kind.as_str());
        let change = move |connection: &Connection| {
            let inserted = connection
                .prepare_cached(sql.insert_factor)?
                .execute(columns)?;
            if inserted > 0 {
                return Ok(FactorInsertion::Done);
            }
            let is_taken = connection.prepare_cached(sql.find_factor)?.exists(key)?;
            Ok(if is_taken {
                FactorInsertion::Taken
            } else {
                FactorInsertion::UserGone
            })
        };
        self.database.write(change).await
    }

    async fn find_factor(
        &self,
        user: UserId,
        kind: FactorKind,
    ) -> Result<Option<Factor>, StoreError> {
        let sql = self.factor_sql();
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql.find_factor)?;
            let params = (Id(user.as_uuid()), kind.as_str());
            statement.query_row(params, factor).optional()
        };
        self.database.find(query).await
    }

    async fn confirm_factor(
        &self,
        id: FactorId,
        expected_secret: &[u8],
        step: i64,
        now: Timestamp,
    ) -> Result<FactorConfirmation, StoreError> {
        let params = (
            Id(id.as_uuid()),
            expected_secret.to_vec(),
            step,
            Instant(now),
        );
        let confirmed = self.change(self.factor_sql().confirm_factor, params);
        Ok(match confirmed.await? {
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
        let params = (
            Id(id.as_uuid()),
            step,
            Instant(now),
            resealed.map(<[u8]>::to_vec),
        );
        Ok(
            match self.change(self.factor_sql().use_totp, params).await? {
                0 => StepUse::Stale,
                _ => StepUse::Used,
            },
        )
    }

    async fn remove_factor(&self, user: UserId, kind: FactorKind) -> Result<Ended, StoreError> {
        let params = (Id(user.as_uuid()), kind.as_str());
        let removed = self.erase(self.factor_sql().remove_factor, params);
        removed.await.map(ended)
    }
}

#[async_trait]
impl ArchiveOf<Factor> for SqliteStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(self.factor_sql().count_factors).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Factor>, StoreError> {
        let after = values::id(after)?;
        self.list(self.factor_sql().all_factors, (after, limit), factor)
            .await
    }

    async fn put_all(&self, factors: &[Factor]) -> Result<(), StoreError> {
        let sql = self.factor_sql().put_factor;
        let put = move |connection: &Connection, factor: &_| {
            connection
                .prepare_cached(sql)?
                .execute(factor_params(factor))
        };
        self.put(factors, put).await
    }
}

impl SqliteStore {
    fn factor_sql(&self) -> &'static FactorStatements {
        FactorStatements::of(self.prefix)
    }
}

/// Reads the columns of `select_factor!`.
fn factor(row: &Row<'_>) -> rusqlite::Result<Factor> {
    Ok(Factor {
        id: FactorId::from(row.get::<_, Id>(0)?.0),
        user_id: UserId::from(row.get::<_, Id>(1)?.0),
        kind: word(row, 2)?,
        sealed_secret: row.get(3)?,
        last_step: row.get(4)?,
        created_at: row.get::<_, Instant>(5)?.0,
        confirmed_at: optional_instant(row, 6)?,
        last_used_at: optional_instant(row, 7)?,
    })
}

/// The parameters of the statements that insert a factor.
fn factor_params(factor: &Factor) -> impl Params + Send + use<> {
    (
        Id(factor.id.as_uuid()),
        Id(factor.user_id.as_uuid()),
        factor.kind.as_str(),
        factor.sealed_secret.clone(),
        factor.last_step,
        Instant(factor.created_at),
        factor.confirmed_at.map(Instant),
        factor.last_used_at.map(Instant),
    )
}
