//! Recovery codes: documents, filters and operations.

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, Ended, RecoveryCodeHash, RecoveryCodeStore, RecoveryCodeUse, RecoveryCodes,
    RecoveryCodesInsertion, StoreError, Timestamp, UserId,
};
use mongodb::bson::{Binary, doc};
use serde::{Deserialize, Serialize};

use crate::{
    MongodbStore, Records, failure,
    filter::{id, page_of_owned},
    store::{archive_page, ended},
    values::{array, binary, parsed},
};

/// The unused recovery codes of a user, as hashes.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct RecoveryCodesDocument {
    /// The user's id.
    #[serde(rename = "_id")]
    id: String,
    /// The same id, by which the records of a user are found.
    user: String,
    hashes: Vec<Binary>,
    created_at: i64,
}

impl From<&RecoveryCodes> for RecoveryCodesDocument {
    fn from(codes: &RecoveryCodes) -> Self {
        let hashes = codes.hashes.iter();
        Self {
            id: codes.user_id.to_string(),
            user: codes.user_id.to_string(),
            hashes: hashes.map(|hash| binary(*hash.as_stored())).collect(),
            created_at: codes.created_at.as_millis(),
        }
    }
}

impl TryFrom<RecoveryCodesDocument> for RecoveryCodes {
    type Error = StoreError;

    fn try_from(stored: RecoveryCodesDocument) -> Result<Self, StoreError> {
        let hashes = stored.hashes.iter();
        let hashes = hashes.map(|hash| Ok(RecoveryCodeHash::from_stored(array(hash)?)));
        Ok(Self {
            user_id: parsed(&stored.id)?,
            hashes: hashes.collect::<Result<_, StoreError>>()?,
            created_at: Timestamp::from_millis(stored.created_at),
        })
    }
}

impl MongodbStore {
    /// Returns the operations on the documents of recovery codes.
    pub(crate) fn recovery_codes(&self) -> Records<RecoveryCodesDocument> {
        self.database.records("recovery_codes")
    }
}

#[async_trait]
impl RecoveryCodeStore for MongodbStore {
    /// Looks for the user afterwards, as `insert_session` does.
    async fn put_recovery_codes(
        &self,
        codes: &RecoveryCodes,
    ) -> Result<RecoveryCodesInsertion, StoreError> {
        let records = self.recovery_codes();
        records.put_all(&[codes.into()]).await?;
        let has_user = self.has_user(codes.user_id).await;
        if has_user.map_err(failure::halfway)? {
            return Ok(RecoveryCodesInsertion::Done);
        }
        let removed = records.delete(id(&codes.user_id)).await;
        removed.map_err(failure::halfway)?;
        Ok(RecoveryCodesInsertion::UserGone)
    }

    async fn find_recovery_codes(&self, user: UserId) -> Result<Option<RecoveryCodes>, StoreError> {
        let found = self.recovery_codes().find(id(&user)).await?;
        found.map(RecoveryCodes::try_from).transpose()
    }

    async fn use_recovery_code(
        &self,
        user: UserId,
        code: &RecoveryCodeHash,
    ) -> Result<RecoveryCodeUse, StoreError> {
        let code = binary(*code.as_stored());
        let has_it = doc! { "_id": user.to_string(), "hashes": code.clone() };
        let without = doc! { "$pull": { "hashes": code } };
        let codes = self.recovery_codes();
        Ok(match codes.find_and_update(has_it, without).await? {
            Some(before) => RecoveryCodeUse::Used {
                left: u32::try_from(before.hashes.len().saturating_sub(1)).unwrap_or(u32::MAX),
            },
            None => RecoveryCodeUse::Unknown,
        })
    }

    async fn remove_recovery_codes(&self, user: UserId) -> Result<Ended, StoreError> {
        self.recovery_codes().delete(id(&user)).await.map(ended)
    }
}

#[async_trait]
impl ArchiveOf<RecoveryCodes> for MongodbStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.recovery_codes().count(doc! {}).await
    }

    async fn page(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<RecoveryCodes>, StoreError> {
        let records = self.recovery_codes();
        let found = archive_page(&records, page_of_owned(after, limit), limit).await?;
        found.into_iter().map(RecoveryCodes::try_from).collect()
    }

    async fn put_all(&self, all: &[RecoveryCodes]) -> Result<(), StoreError> {
        let documents: Vec<_> = all.iter().map(RecoveryCodesDocument::from).collect();
        self.recovery_codes().put_all(&documents).await
    }
}
