//! Somebody leaves: the session ends, and with it everything that opens it.

use crate::{Guestlist, SessionId, StoreError, identity_cache::Tombstone};

impl Guestlist {
    /// Ends the session; one that is over already is no error.
    pub async fn sign_out(&self, session: SessionId) -> Result<(), SignOutError> {
        self.store().end_session(session).await?;
        self.has_ended(Tombstone::Session(session));
        tracing::info!(%session, "signed out");
        Ok(())
    }
}

/// Why a session may still be there.
#[derive(Debug, thiserror::Error)]
pub enum SignOutError {
    /// We could not look.
    #[error(transparent)]
    Store(#[from] StoreError),
}
