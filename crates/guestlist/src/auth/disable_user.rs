//! Somebody is kept out: all sessions end, and none can be made.

use crate::{Guestlist, StoreError, UserId, identity_cache::Tombstone};

impl Guestlist {
    /// Keeps the user out from now on.
    pub async fn disable_user(&self, user: UserId) -> Result<(), DisableUserError> {
        let epoch = self.store().disable_user(user, self.now()).await?;
        self.has_ended(Tombstone::User(user));
        epoch.ok_or(DisableUserError::NoSuchUser)?;
        tracing::info!(%user, "disabled");
        Ok(())
    }
}

/// Why a user is not known to be disabled.
#[derive(Debug, thiserror::Error)]
pub enum DisableUserError {
    /// Nobody has that id.
    #[error("there is no such user")]
    NoSuchUser,
    /// We could not look.
    #[error(transparent)]
    Store(#[from] StoreError),
}
