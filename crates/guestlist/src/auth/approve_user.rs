//! An administrator approves a user who waits.

use crate::{
    Actor, Approval, Guestlist, SecurityEventKind, StoreError, UserId, identity_cache::Tombstone,
};

impl Guestlist {
    /// Lets a user sign in who signed up where an administrator approves new users. Returns
    /// whether the user waited.
    pub async fn approve_user(&self, user: UserId) -> Result<bool, ApproveUserError> {
        let approval = self.store().approve_user(user, self.now()).await?;
        self.has_ended(Tombstone::User(user));
        match approval {
            Approval::Now => {
                let event = self.event_by(Actor::System, user, SecurityEventKind::Approved);
                self.record_event(event).await;
                self.tell_approved(user).await;
                Ok(true)
            }
            Approval::Before => Ok(false),
            Approval::UserGone => Err(ApproveUserError::NoSuchUser),
        }
    }
}

/// Why the user is not approved.
#[derive(Debug, thiserror::Error)]
pub enum ApproveUserError {
    /// No user has this id.
    #[error("there is no such user")]
    NoSuchUser,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
