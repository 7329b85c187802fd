//! Recovery codes in memory.

use async_trait::async_trait;

use super::{MemoryStore, count, ended, page};
use crate::{
    ArchiveOf, Ended, RecoveryCodeHash, RecoveryCodeStore, RecoveryCodeUse, RecoveryCodes,
    RecoveryCodesInsertion, StoreError, UserId,
};

#[async_trait]
impl RecoveryCodeStore for MemoryStore {
    async fn put_recovery_codes(
        &self,
        codes: &RecoveryCodes,
    ) -> Result<RecoveryCodesInsertion, StoreError> {
        let mut records = self.records();
        if !records.users.contains_key(&codes.user_id) {
            return Ok(RecoveryCodesInsertion::UserGone);
        }
        records.recovery_codes.insert(codes.user_id, codes.clone());
        Ok(RecoveryCodesInsertion::Done)
    }

    async fn find_recovery_codes(&self, user: UserId) -> Result<Option<RecoveryCodes>, StoreError> {
        Ok(self.records().recovery_codes.get(&user).cloned())
    }

    async fn use_recovery_code(
        &self,
        user: UserId,
        code: &RecoveryCodeHash,
    ) -> Result<RecoveryCodeUse, StoreError> {
        let mut records = self.records();
        let Some(codes) = records.recovery_codes.get_mut(&user) else {
            return Ok(RecoveryCodeUse::Unknown);
        };
        let before = codes.hashes.len();
        codes.hashes.retain(|hash| hash != code);
        Ok(if codes.hashes.len() < before {
            RecoveryCodeUse::Used {
                left: u32::try_from(codes.hashes.len()).unwrap_or(u32::MAX),
            }
        } else {
            RecoveryCodeUse::Unknown
        })
    }

    async fn remove_recovery_codes(&self, user: UserId) -> Result<Ended, StoreError> {
        Ok(ended(self.records().recovery_codes.remove(&user).is_some()))
    }
}

#[async_trait]
impl ArchiveOf<RecoveryCodes> for MemoryStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        Ok(count(self.records().recovery_codes.len()))
    }

    async fn page(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<RecoveryCodes>, StoreError> {
        Ok(page(self.records().recovery_codes.values(), after, limit))
    }

    async fn put_all(&self, put: &[RecoveryCodes]) -> Result<(), StoreError> {
        let put = put.iter().map(|record| (record.user_id, record.clone()));
        self.records().recovery_codes.extend(put);
        Ok(())
    }
}
