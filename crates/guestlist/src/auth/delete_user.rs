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

    /// Deletes the user, as the administrator `admin`.
    ///
    /// # Errors
    ///
    /// [`DeleteUserError::OwnAccount`] if administrators would delete their own account.
    pub async fn delete_user_as(&self, admin: UserId, user: UserId) -> Result<(), DeleteUserError> {
        if admin == user {
            return Err(DeleteUserError::OwnAccount);
        }
        self.delete_user(user).await
    }
}

/// Why the user may still exist.
#[derive(Debug, thiserror::Error)]
pub enum DeleteUserError {
    /// Administrators cannot delete their own account as administrators.
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
        DisableUserError, Password, Role,
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
        let deleted = guestlist.delete_user_as(ids[0], ids[0]).await;
        assert!(matches!(deleted, Err(DeleteUserError::OwnAccount)));
        let kept = guestlist.find_user(ids[0]).await.expect("answers");
        assert!(kept.expect("is there").is_active_admin());
        let disabled = guestlist.disable_user_as(ids[0], ids[1]).await;
        disabled.expect("disables");
        let deleted = guestlist.delete_user_as(ids[0], ids[1]).await;
        deleted.expect("deletes");
        let gone = guestlist.find_user(ids[1]).await.expect("answers");
        assert!(gone.is_none());
    }
}
