//! A user changes the name that others see.

use crate::{
    Guestlist, NameChange, SecurityEventKind, SessionId, StoreError, User, UserName,
    identity_cache::Tombstone,
};

impl Guestlist {
    /// Changes or removes the name of the session's user. Names are not used to sign in, so the
    /// password is not asked for.
    pub async fn change_name(
        &self,
        current_session: SessionId,
        new: Option<UserName>,
    ) -> Result<User, ChangeNameError> {
        let found = self.active_session(current_session).await?;
        let (session, user) = found.ok_or(ChangeNameError::SessionEnded)?;
        let changed = self.store().set_name(user.id, session.epoch, new.as_ref());
        match changed.await? {
            NameChange::Changed => {}
            NameChange::Stale => return Err(ChangeNameError::SessionEnded),
        }
        // Cached identities have the old name.
        self.has_ended(Tombstone::User(user.id));
        let event = self.event(user.id, SecurityEventKind::NameChanged);
        self.record_event(event).await;
        Ok(User {
            name: new,
            password_hash: None,
            ..user
        })
    }
}

/// Why the name was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeNameError {
    /// The caller's session has ended.
    #[error("the session has ended")]
    SessionEnded,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Wanted, auth::fixture::Fixture};

    #[tokio::test]
    async fn a_new_name_is_visible_at_once_and_can_be_removed() {
        let fixture = Fixture::new().await;
        let signed_in = fixture.sign_in(Wanted::DATABASE).await;
        let token = signed_in.access_token.expose();
        assert!(fixture.opens(token).await, "cached");
        for name in [UserName::parse("Ada").ok(), None] {
            let changed = fixture
                .guestlist
                .change_name(signed_in.session.id, name.clone());
            assert_eq!(changed.await.expect("changes").name, name);
            let identity = fixture.guestlist.identify(token).await.expect("goes on");
            assert_eq!(identity.user.name, name);
        }
    }

    #[tokio::test]
    async fn in_an_ended_session_the_name_stays() {
        let fixture = Fixture::new().await;
        let (over, other) = (
            fixture.sign_in(Wanted::DATABASE).await,
            fixture.sign_in(Wanted::DATABASE).await,
        );
        fixture
            .guestlist
            .sign_out(over.session.id)
            .await
            .expect("ends");
        let name = UserName::parse("Eve").ok();
        let refused = fixture.guestlist.change_name(over.session.id, name).await;
        assert!(matches!(refused, Err(ChangeNameError::SessionEnded)));
        let identity = fixture
            .guestlist
            .identify(other.access_token.expose())
            .await;
        assert_eq!(identity.expect("goes on").user.name, None);
    }
}
