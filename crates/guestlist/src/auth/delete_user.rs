//! An administrator or the user deletes an account.

use crate::{
    Actor, Guestlist, Role, SecurityEventKind, StoreError, User, UserId, identity_cache::Tombstone,
};

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

    /// Whether the user may delete the own account. An application that stores records of its own
    /// for each user asks before it deletes these.
    ///
    /// # Errors
    ///
    /// [`DeleteUserError::OwnAccount`] for an administrator: a site could be left without one.
    pub fn check_own_deletion(&self, user: &User) -> Result<(), DeleteUserError> {
        match user.role {
            Role::Member => Ok(()),
            Role::Admin => Err(DeleteUserError::OwnAccount),
        }
    }
}

/// Why the user may still exist.
#[derive(Debug, thiserror::Error)]
pub enum DeleteUserError {
    /// Administrators cannot delete their own account.
    #[error("administrators cannot delete their own account; ask another administrator")]
    OwnAccount,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        DisableUserError, Password,
        testing::{email, guestlist},
    };

    #[tokio::test]
    async fn administrators_do_not_disable_or_delete_their_own_account() {
        let guestlist = guestlist();
        let mut ids = vec![];
        for address in ["ada@example.com", "bob@example.com"] {
            let user = guestlist.sign_up(email(address), Password::new("exemplary"));
            ids.push(user.await.expect("signs up").id);
        }
        let set = guestlist.set_role(ids[0], Role::Admin).await;
        set.expect("sets");
        let disabled = guestlist.disable_user_as(ids[0], ids[0]).await;
        assert!(matches!(disabled, Err(DisableUserError::OwnAccount)));
        let kept = guestlist.find_user(ids[0]).await.expect("answers");
        let kept = kept.expect("is there");
        assert!(kept.is_active_admin());
        let deleted = guestlist.check_own_deletion(&kept);
        assert!(matches!(deleted, Err(DeleteUserError::OwnAccount)));
        let member = guestlist.find_user(ids[1]).await.expect("answers");
        let member = member.expect("is there");
        assert!(guestlist.check_own_deletion(&member).is_ok());
        let disabled = guestlist.disable_user_as(ids[0], ids[1]).await;
        disabled.expect("disables");
        let deleted = guestlist.delete_user(ids[1]).await;
        deleted.expect("deletes");
        let gone = guestlist.find_user(ids[1]).await.expect("answers");
        assert!(gone.is_none());
    }
}
