//! An operator looks at the keys that sign access tokens.

use crate::{Guestlist, Key, StoreError};

/// A key in the store, and what it is good for at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedKey {
    /// The key.
    pub key: Key,
    /// What it does.
    pub standing: KeyStanding,
}

/// What a key is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyStanding {
    /// It signs, and verifies.
    Signs,
    /// It verifies: it has signed, will sign, or would if another did not.
    Verifies,
    /// It does nothing any more, and leaves with the next sweep.
    Over,
    /// It cannot be used, in these words.
    Unusable(String),
}

impl Guestlist {
    /// All keys in the store, in the order in which they were made. There are none of HS256, whose keys
    /// are derived from the secret.
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
                KeyStanding::Over
            }
        };
        let listed = keys.iter().map(|key| ListedKey {
            key: key.clone(),
            standing: standing(key),
        });
        Ok(listed.collect())
    }
}
