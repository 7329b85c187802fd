//! Operations on all records of a store: purging, counting, and whether the database answers.

use async_trait::async_trait;

use super::StoreError;
use crate::{Timestamp, TokenKeyId};

crate::operations! {
    /// The operations on all records together.
    pub trait Maintenance {
        /// Removes up to `limit` sessions and tokens that expired before that moment, and keys that
        /// verify nothing since. Returns how many were removed. A store whose
        /// [`delete_user`](super::UserStore::delete_user) is not one atomic operation also removes
        /// the records of users whose deletion was interrupted.
        #[takes(long)]
        async fn purge(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;

        /// Counts the stored records, and those that [`purge`](Self::purge) would remove, at one
        /// moment. It is for an operator: its time grows with the number of records.
        #[takes(long)]
        async fn census(&self, before: Timestamp) -> Result<Census, StoreError>;

        /// Counts the records that are stored under that key, active or not. It is for an operator.
        #[takes(long)]
        async fn census_of_key(&self, key: TokenKeyId) -> Result<KeyCensus, StoreError>;

        /// Answers if the database answers.
        async fn ready(&self) -> Result<(), StoreError>;
    }
}

/// How many records there are, active or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Sessions.
    pub sessions: u64,
    /// Personal access tokens.
    pub personal_tokens: u64,
    /// Tokens of services.
    pub service_tokens: u64,
    /// Keys that sign tokens.
    pub keys: u64,
    /// Of all these, the expired ones that [`Maintenance::purge`] would remove.
    pub expired: u64,
}

/// How many records are stored under one key, active or not: see [`TokenKeyId`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyCensus {
    /// Sessions with a token that is stored under the key.
    pub sessions: u64,
    /// Personal access tokens.
    pub personal_tokens: u64,
    /// Tokens of services.
    pub service_tokens: u64,
}

/// A text beside the records, which marks an unfinished copy into this database.
#[async_trait]
pub trait CopyMark {
    /// Returns the text that [`set_copy_mark`](Self::set_copy_mark) stored last, if there is one.
    async fn copy_mark(&self) -> Result<Option<String>, StoreError>;

    /// Stores a text of at most 1,000 bytes in place of the text before; `None` removes it.
    async fn set_copy_mark(&self, mark: Option<&str>) -> Result<(), StoreError>;
}
