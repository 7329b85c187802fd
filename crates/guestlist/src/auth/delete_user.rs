//! An account ends, and all its sessions with it.

use crate::{Guestlist, StoreError, UserId, identity_cache::Tombstone};

impl Guestlist {
    /// Deletes the user; one who is gone already is no error.
    pub async fn delete_user(&self, user: UserId) -> Result<(), DeleteUserError> {
        self.store().delete_user(user).await?;
        self.has_ended(Tombstone::User(user));
        tracing::info!(%user, "deleted");
        Ok(())
    }
}

/// Why a user may still be there.
#[derive(Debug, thiserror::Error)]
pub enum DeleteUserError {
    /// We could not look.
    #[error(transparent)]
    Store(#[from] StoreError),
}
