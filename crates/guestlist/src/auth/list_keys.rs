//! An operator lists the keys that sign access tokens.

use crate::{Guestlist, Key, StoreError};

/// A stored key and its current use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedKey {
    /// The key.
    pub key: Key,
    /// What the key is used for.
    pub standing: KeyStanding,
}

/// What a key is used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyStanding {
    /// The key signs and verifies.
    Signs,
    /// The key only verifies now: it has signed before, it will sign later, or another key signs in
    /// its place.
    Verifies,
    /// The key is expired; the next purge deletes it.
    Expired,
    /// The key cannot be used, for this reason.
    Unusable(String),
}

impl Guestlist {
    /// Returns all stored keys in the order of their creation. With HS256 the list is empty,
    /// because its keys are derived from the secret.
    pub async fn list_keys(&self) -> Result<Vec<ListedKey>, StoreError> {
        let keys = self.store().list_keys().await?;
        let (keyring, unusable) = self.jwt().keyring().with_stored(&keys);
        let now = self.now();
        let signing = keyring.signing(now).map(|key| key.verifying().kid());
        let standing = |key: &Key| {
            if let Some((_, why)) = unusable.iter().find(|(kid, _)| *kid == key.kid) {
                KeyStanding::Unusable(why.to_string())
            } else if signing == Some(key.kid.as_str()) {
                KeyStanding::Signs
            } else if key.life().verifies(now) {
                KeyStanding::Verifies
            } else {
                KeyStanding::Expired
            }
        };
        let listed = keys.iter().map(|key| ListedKey {
            key: key.clone(),
            standing: standing(key),
        });
        Ok(listed.collect())
    }
}
