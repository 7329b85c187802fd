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
}

/// Why the user may not be disabled.
#[derive(Debug, thiserror::Error)]
pub enum DisableUserError {
    /// No user has this id.
    #[error("there is no such user")]
    NoSuchUser,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
