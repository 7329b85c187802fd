//! Signing keys in a store.

use super::{StoreError, archive::Archived};
use crate::{Key, Timestamp};

crate::operations! {
    /// The operations on the keys that sign tokens.
    pub trait KeyStore {
        /// Stores a new key, if no key has its name.
        async fn insert_key(&self, key: &Key) -> Result<KeyInsertion, StoreError>;

        /// Returns all keys in the order of their creation, then by name.
        async fn list_keys(&self) -> Result<Vec<Key>, StoreError>;

        /// Shortens the time in which a key signs and verifies; it never becomes longer. Returns
        /// the key as it is now, or `None` if no key has that name.
        async fn retire_key(
            &self,
            kid: &str,
            signs_until: Timestamp,
            verifies_until: Timestamp,
        ) -> Result<Option<Key>, StoreError>;
    }
}

/// The outcome of [`KeyStore::insert_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyInsertion {
    /// The key is stored.
    Done,
    /// A key of that name exists; nothing was changed.
    Taken,
}

impl Archived for Key {
    const PLURAL: &'static str = "keys";

    fn archive_id(&self) -> String {
        self.kid.clone()
    }
}
