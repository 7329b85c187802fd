//! An operator wants another key to sign.

use std::error::Error;

use super::TendKeysError;
use crate::{Algorithm, Guestlist, Key, StoreError};

impl Guestlist {
    /// Makes a key now, due or not. It signs an hour from now, when every node and every reader of the
    /// published keys has read it, and ends the one that signs until then. Tokens that were signed before
    /// open what they did for as long as they live.
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

/// Why there is no other key.
#[derive(Debug, thiserror::Error)]
pub enum RotateKeysError {
    /// The key of HS256 is derived from the secret, and changes with it.
    #[error("the key of HS256 is derived from the secret: change that")]
    Derived,
    /// The operating system has no randomness, memory or thread for one.
    #[error("failed to make a key")]
    NotMade(#[source] Box<dyn Error + Send + Sync>),
    /// We could not look, or not keep it.
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
