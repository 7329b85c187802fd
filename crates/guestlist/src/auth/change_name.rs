//! Somebody is to be called by another name.

use crate::{
    Guestlist, NameChange, SessionId, StoreError, User, UserName, identity_cache::Tombstone,
};

impl Guestlist {
    /// Calls whose session that is by another name, or by none. Nobody signs in by a name, so no
    /// password is asked for.
    pub async fn change_name(
        &self,
        current_session: SessionId,
        new: Option<UserName>,
    ) -> Result<User, ChangeNameError> {
        let found = self.live_session(current_session).await?;
        let (session, user) = found.ok_or(ChangeNameError::SessionEnded)?;
        let changed = self.store().set_name(user.id, session.epoch, new.as_ref());
        match changed.await? {
            NameChange::Changed => {}
            NameChange::Stale => return Err(ChangeNameError::SessionEnded),
        }
        // Whoever was identified before was so by the old name.
        self.has_ended(Tombstone::User(user.id));
        Ok(User {
            name: new,
            password_hash: None,
            ..user
        })
    }
}

/// Why somebody still has the old name.
#[derive(Debug, thiserror::Error)]
pub enum ChangeNameError {
    /// The session that asks is over.
    #[error("the session has ended")]
    SessionEnded,
    /// We could not look.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Wanted, auth::scene::Scene};

    #[tokio::test]
    async fn the_new_name_is_known_at_once_and_can_be_taken_back() {
        let scene = Scene::new().await;
        let signed_in = scene.sign_in(Wanted::DATABASE).await;
        let token = signed_in.access_token.expose();
        assert!(scene.opens(token).await, "cached");
        for name in [UserName::parse("Ada").ok(), None] {
            let changed = scene
                .guestlist
                .change_name(signed_in.session.id, name.clone());
            assert_eq!(changed.await.expect("changes").name, name);
            let identity = scene.guestlist.identify(token).await.expect("goes on");
            assert_eq!(identity.user.name, name);
        }
    }

    #[tokio::test]
    async fn in_a_session_that_is_over_nothing_changes() {
        let scene = Scene::new().await;
        let (over, other) = (
            scene.sign_in(Wanted::DATABASE).await,
            scene.sign_in(Wanted::DATABASE).await,
        );
        scene
            .guestlist
            .sign_out(over.session.id)
            .await
            .expect("ends");
        let name = UserName::parse("Eve").ok();
        let refused = scene.guestlist.change_name(over.session.id, name).await;
        assert!(matches!(refused, Err(ChangeNameError::SessionEnded)));
        let identity = scene.guestlist.identify(other.access_token.expose()).await;
        assert_eq!(identity.expect("goes on").user.name, None);
    }
}
