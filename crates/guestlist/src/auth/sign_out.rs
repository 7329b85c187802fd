//! A user signs out.

use crate::{Guestlist, SessionId, StoreError, identity_cache::Tombstone};

impl Guestlist {
    /// Ends the session and all its credentials. A session that has ended is not an error.
    pub async fn sign_out(&self, session: SessionId) -> Result<(), SignOutError> {
        self.store().end_session(session).await?;
        self.has_ended(Tombstone::Session(session));
        tracing::info!(%session, "signed out");
        Ok(())
    }
}

/// Why the session may still be active.
#[derive(Debug, thiserror::Error)]
pub enum SignOutError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
