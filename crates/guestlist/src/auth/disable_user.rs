//! An administrator disables a user.

use crate::{Actor, Guestlist, SecurityEventKind, StoreError, UserId, identity_cache::Tombstone};

impl Guestlist {
    /// Disables the user: all sessions end, and the user cannot sign in.
    pub async fn disable_user(&self, user: UserId) -> Result<(), DisableUserError> {
        let epoch = self.store().disable_user(user, self.now()).await?;
        self.has_ended(Tombstone::User(user));
        epoch.ok_or(DisableUserError::NoSuchUser)?;
        let kind = SecurityEventKind::Disabled;
        let event = self.event_by(Actor::System, user, kind);
        self.record_event(event).await;
        Ok(())
    }

    /// Disables the user, as the administrator `admin`.
    ///
    /// # Errors
    ///
    /// [`DisableUserError::OwnAccount`] if administrators would disable their own account.
    pub async fn disable_user_as(
        &self,
        admin: UserId,
        user: UserId,
    ) -> Result<(), DisableUserError> {
        if admin == user {
            return Err(DisableUserError::OwnAccount);
        }
        self.disable_user(user).await
    }
}

/// Why the user may not be disabled.
#[derive(Debug, thiserror::Error)]
pub enum DisableUserError {
    /// No user has this id.
    #[error("there is no such user")]
    NoSuchUser,
    /// Administrators cannot disable their own account.
    #[error("administrators cannot disable their own account; ask another administrator")]
    OwnAccount,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
