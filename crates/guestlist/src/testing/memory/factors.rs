//! Second factors in memory.

use async_trait::async_trait;

use super::{MemoryStore, count, ended, page};
use crate::{
    ArchiveOf, Ended, Factor, FactorConfirmation, FactorId, FactorInsertion, FactorKind,
    FactorStore, StepUse, StoreError, Timestamp, UserId,
};

#[async_trait]
impl FactorStore for MemoryStore {
    async fn insert_factor(&self, factor: &Factor) -> Result<FactorInsertion, StoreError> {
        let mut records = self.records();
        if !records.users.contains_key(&factor.user_id) {
            return Ok(FactorInsertion::UserGone);
        }
        let is_same =
            |other: &&mut Factor| other.user_id == factor.user_id && other.kind == factor.kind;
        match records.factors.values_mut().find(is_same) {
            Some(other) if other.confirmed_at.is_some() => return Ok(FactorInsertion::Taken),
            Some(other) => {
                *other = Factor {
                    id: other.id,
                    ..factor.clone()
                };
            }
            None => {
                records.factors.insert(factor.id, factor.clone());
            }
        }
        Ok(FactorInsertion::Done)
    }

    async fn find_factor(
        &self,
        user: UserId,
        kind: FactorKind,
    ) -> Result<Option<Factor>, StoreError> {
        let records = self.records();
        let is_it = |factor: &&Factor| factor.user_id == user && factor.kind == kind;
        Ok(records.factors.values().find(is_it).cloned())
    }

    async fn confirm_factor(
        &self,
        id: FactorId,
        expected_secret: &[u8],
        step: i64,
        now: Timestamp,
    ) -> Result<FactorConfirmation, StoreError> {
        let mut records = self.records();
        let is_expected = |factor: &&mut Factor| {
            factor.confirmed_at.is_none() && factor.sealed_secret == expected_secret
        };
        let factor = records.factors.get_mut(&id).filter(is_expected);
        Ok(match factor {
            Some(factor) => {
                factor.last_step = step;
                factor.confirmed_at = Some(now);
                factor.last_used_at = Some(now);
                FactorConfirmation::Confirmed
            }
            None => FactorConfirmation::Stale,
        })
    }

    async fn use_totp(
        &self,
        id: FactorId,
        step: i64,
        now: Timestamp,
        resealed: Option<&[u8]>,
    ) -> Result<StepUse, StoreError> {
        let mut records = self.records();
        let is_later =
            |factor: &&mut Factor| factor.confirmed_at.is_some() && factor.last_step < step;
        let factor = records.factors.get_mut(&id).filter(is_later);
        Ok(match factor {
            Some(factor) => {
                factor.last_step = step;
                factor.last_used_at = Some(now);
                if let Some(resealed) = resealed {
                    factor.sealed_secret = resealed.to_vec();
                }
                StepUse::Used
            }
            None => StepUse::Stale,
        })
    }

    async fn remove_factor(&self, user: UserId, kind: FactorKind) -> Result<Ended, StoreError> {
        let mut records = self.records();
        let before = records.factors.len();
        let stays = |factor: &Factor| factor.user_id != user || factor.kind != kind;
        records.factors.retain(|_, factor| stays(factor));
        Ok(ended(records.factors.len() < before))
    }
}

#[async_trait]
impl ArchiveOf<Factor> for MemoryStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        Ok(count(self.records().factors.len()))
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Factor>, StoreError> {
        Ok(page(self.records().factors.values(), after, limit))
    }

    async fn put_all(&self, put: &[Factor]) -> Result<(), StoreError> {
        let put = put.iter().map(|record| (record.id, record.clone()));
        self.records().factors.extend(put);
        Ok(())
    }
}
