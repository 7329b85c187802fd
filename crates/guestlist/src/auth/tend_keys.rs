//! Each node maintains the keys that sign access tokens.

use std::error::Error;

use crate::{Guestlist, StoreError};

impl Guestlist {
    /// Reads the stored keys, creates the next one if it is due, and ends the key that it replaces.
    /// With HS256 no key is created, and tokens of other algorithms are still verified.
    ///
    /// The application must call this function once before users sign in. After that,
    /// [`upkeep`](Self::upkeep) calls it every ten minutes. A key is published an hour before it
    /// signs; every node must read the key within that hour. Any number of nodes may call this
    /// function at the same time.
    ///
    /// # Errors
    ///
    /// If the store fails, or a key cannot be made. Nothing is lost: the server uses the keys that
    /// it has read, and the next call does the rest.
    pub async fn tend_keys(&self) -> Result<(), TendKeysError> {
        for (kid, why) in self.read_keys().await? {
            tracing::warn!(%kid, %why, "a stored key cannot be used");
        }
        let due = self.jwt().keyring().due(&self.rotation(), self.now());
        if let Some(life) = due {
            self.add_key(life).await?;
        }
        Ok(self.retire_succeeded_keys().await?)
    }
}

/// Why the keys could not be maintained.
#[derive(Debug, thiserror::Error)]
pub enum TendKeysError {
    /// The operating system gave no randomness, memory or thread for a new key.
    #[error("failed to make a key")]
    NotMade(#[source] Box<dyn Error + Send + Sync>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
