//! An administrator or the user deletes an account.

use crate::{Actor, Guestlist, SecurityEventKind, StoreError, UserId, identity_cache::Tombstone};

impl Guestlist {
    /// Deletes the user and all sessions. A user who does not exist is no error.
    pub async fn delete_user(&self, user: UserId) -> Result<(), DeleteUserError> {
        self.store().delete_user(user).await?;
        self.has_ended(Tombstone::User(user));
        // The store keeps no event of a deleted user.
        let kind = SecurityEventKind::Deleted;
        self.event_by(Actor::System, user, kind).log();
        Ok(())
    }
}

/// Why the user may still exist.
#[derive(Debug, thiserror::Error)]
pub enum DeleteUserError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
