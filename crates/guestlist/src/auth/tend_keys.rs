//! A node looks after the keys that sign access tokens.

use std::error::Error;

use crate::{Guestlist, StoreError};

impl Guestlist {
    /// Reads the keys in the store, makes the next one if it is time for it, and ends the one that it
    /// succeeds. With HS256 nothing is made, and what another algorithm signed still verifies.
    ///
    /// To be called before anybody signs in; [`upkeep`](Self::upkeep) calls it every ten minutes: a key is published
    /// an hour before it signs, and by then every node has to have read it. Any number of nodes may do so at once.
    ///
    /// # Errors
    ///
    /// Nothing is lost by one: what was read counts, and the rest is done the next time.
    pub async fn tend_keys(&self) -> Result<(), TendKeysError> {
        for (kid, why) in self.read_keys().await? {
            tracing::warn!(%kid, %why, "a key in the store is not used");
        }
        let due = self.jwt().keyring().due(&self.rotation(), self.now());
        if let Some(life) = due {
            self.add_key(life).await?;
        }
        Ok(self.retire_succeeded_keys().await?)
    }
}

/// Why the keys are not as they should be.
#[derive(Debug, thiserror::Error)]
pub enum TendKeysError {
    /// The operating system has no randomness, memory or thread for a new one.
    #[error("failed to make a key")]
    NotMade(#[source] Box<dyn Error + Send + Sync>),
    /// We could not look, or not keep it.
    #[error(transparent)]
    Store(#[from] StoreError),
}
