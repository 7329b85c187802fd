//! Gives a user another role.

use crate::{
    Actor, Guestlist, Role, RoleChange, SecurityEventKind, StoreError, UserId, detail,
    identity_cache::Tombstone,
};

impl Guestlist {
    /// Gives the user that role, at once and for all sessions. For the command line, which may do
    /// anything; administrators call [`set_role_as`](Self::set_role_as).
    pub async fn set_role(&self, user: UserId, role: Role) -> Result<(), SetRoleError> {
        let changed = self.store().set_role(user, role).await?;
        // No session ends: each is looked up again.
        self.has_ended(Tombstone::User(user));
        match changed {
            RoleChange::Done => {
                let kind = SecurityEventKind::RoleChanged;
                let event = self.event_by(Actor::System, user, kind);
                self.record_and_tell_id(event.with(detail::ROLE, role))
                    .await;
                Ok(())
            }
            RoleChange::UserGone => Err(SetRoleError::NoSuchUser),
        }
    }

    /// Gives the user that role, as the administrator `admin`.
    ///
    /// # Errors
    ///
    /// [`SetRoleError::OwnAccount`] if administrators would take their own role.
    pub async fn set_role_as(
        &self,
        admin: UserId,
        user: UserId,
        role: Role,
    ) -> Result<(), SetRoleError> {
        if admin == user && role != Role::Admin {
            return Err(SetRoleError::OwnAccount);
        }
        self.set_role(user, role).await
    }
}

/// Why the user has no other role.
#[derive(Debug, thiserror::Error)]
pub enum SetRoleError {
    /// No user has this id.
    #[error("there is no such user")]
    NoSuchUser,
    /// Administrators cannot take their own role.
    #[error("administrators cannot change their own role; ask another administrator")]
    OwnAccount,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Client, Password, SystemClock, Wanted,
        clock::Clock,
        testing::{email, guestlist},
    };

    /// The second look-up follows within a second, so without the tombstone it is the cached one.
    #[tokio::test]
    async fn a_role_counts_at_once_and_ends_no_session() {
        let (guestlist, ada) = (guestlist(), email("ada@example.com"));
        let password = || Password::new("exemplary");
        let user = guestlist.sign_up(ada.clone(), password()).await;
        let user = user.expect("signs up");
        assert_eq!(user.role, Role::Member);
        let signed_in =
            guestlist.sign_in(Some(&ada), password(), Client::default(), Wanted::DATABASE);
        let token = signed_in.await.expect("signs in").access_token;
        for role in [Role::Member, Role::Admin, Role::Member] {
            guestlist.set_role(user.id, role).await.expect("sets");
            let identity = guestlist.identify(token.expose()).await;
            assert_eq!(identity.expect("is valid").user.role, role);
        }
        let unknown = guestlist.set_role(UserId::new(SystemClock::new().now()), Role::Admin);
        assert!(matches!(unknown.await, Err(SetRoleError::NoSuchUser)));
    }

    #[tokio::test]
    async fn administrators_keep_their_own_role() {
        let guestlist = guestlist();
        let mut ids = vec![];
        for address in ["ada@example.com", "bob@example.com"] {
            let user = guestlist.sign_up(email(address), Password::new("exemplary"));
            let id = user.await.expect("signs up").id;
            guestlist.set_role(id, Role::Admin).await.expect("sets");
            ids.push(id);
        }
        let own = guestlist.set_role_as(ids[0], ids[0], Role::Member).await;
        assert!(matches!(own, Err(SetRoleError::OwnAccount)));
        let again = guestlist.set_role_as(ids[0], ids[0], Role::Admin).await;
        again.expect("changes nothing");
        let other = guestlist.set_role_as(ids[0], ids[1], Role::Member).await;
        other.expect("sets");
        let found = guestlist.find_user(ids[0]).await.expect("answers");
        assert_eq!(found.expect("is there").role, Role::Admin);
    }
}
