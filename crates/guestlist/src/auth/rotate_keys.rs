//! An operator replaces the signing key.

use std::error::Error;

use super::TendKeysError;
use crate::{Algorithm, Guestlist, Key, StoreError};

impl Guestlist {
    /// Creates a new key now. It signs one hour from now, when every node and every reader of the
    /// published keys has read it; then the current key stops signing. Tokens that were signed
    /// before stay valid until they expire.
    pub async fn rotate_keys(&self) -> Result<Key, RotateKeysError> {
        if self.algorithm() == Algorithm::Hs256 {
            return Err(RotateKeysError::Derived);
        }
        self.read_keys().await?;
        let life = self.jwt().keyring().next(&self.rotation(), self.now());
        let key = self.add_key(life).await?;
        self.retire_succeeded_keys().await?;
        Ok(key)
    }
}

/// Why no key was created.
#[derive(Debug, thiserror::Error)]
pub enum RotateKeysError {
    /// The key of HS256 is derived from the secret, and changes only with it.
    #[error("the HS256 key is derived from the secret; change the secret instead")]
    Derived,
    /// The operating system gave no randomness, memory or thread.
    #[error("failed to make a key")]
    NotMade(#[source] Box<dyn Error + Send + Sync>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<TendKeysError> for RotateKeysError {
    fn from(error: TendKeysError) -> Self {
        match error {
            TendKeysError::NotMade(why) => Self::NotMade(why),
            TendKeysError::Store(error) => Self::Store(error),
        }
    }
}
