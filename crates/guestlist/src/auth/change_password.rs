//! Somebody chooses another password: everything that the old one opened ends.

use super::SignedIn;
use crate::{
    EpochRaise, Guestlist, HashError, NewPasswordError, Password, SessionId, StoreError,
    identity_cache::Tombstone,
};

impl Guestlist {
    /// Gives whose session that is another password, if the current one is right. All sessions and
    /// personal tokens end; a new session comes in place of the one that asked, of the same form.
    pub async fn change_password(
        &self,
        current_session: SessionId,
        current: Password,
        new: Password,
    ) -> Result<SignedIn, ChangePasswordError> {
        let found = self.live_session(current_session).await?;
        let (session, user) = found.ok_or(ChangePasswordError::SessionEnded)?;
        if !self.is_password_of(&user, current).await? {
            return Err(ChangePasswordError::WrongPassword);
        }
        let hash = self.hash_new_password(new, &user.email).await?;
        let set = self.store().set_password(user.id, session.epoch, &hash);
        let EpochRaise::Raised(epoch) = set.await? else {
            return Err(ChangePasswordError::SessionEnded);
        };
        self.has_ended(Tombstone::User(user.id));
        tracing::info!(user = %user.id, "password changed");
        let replaced = self.replace_session((session, user), epoch).await?;
        replaced.ok_or(ChangePasswordError::SessionEnded)
    }
}

/// Why somebody still has the old password, or no new session.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The current password is another one.
    #[error("wrong password")]
    WrongPassword,
    /// The new password was not taken.
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    /// The session that asks is over.
    #[error("the session has ended")]
    SessionEnded,
    /// Nothing was hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// We could not look.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        PasswordError, Wanted,
        auth::scene::{PASSWORD, Scene, password},
    };

    #[tokio::test]
    async fn the_new_password_signs_in_and_the_old_one_does_not() {
        let scene = Scene::new().await;
        let session = scene.sign_in(Wanted::JWT).await.session.id;
        let new = || password("another one");
        let changed = scene
            .guestlist
            .change_password(session, password(PASSWORD), new());
        let changed = changed.await.expect("changes");
        assert!(scene.opens(changed.access_token.expose()).await);
        let with = async |typed| scene.try_sign_in(typed, Wanted::JWT).await.is_some();
        assert!(with("another one").await);
        assert!(!with(PASSWORD).await);
    }

    #[tokio::test]
    async fn who_may_not_or_chooses_badly_changes_nothing() {
        let scene = Scene::new().await;
        let signed_in = scene.sign_in(Wanted::DATABASE).await;
        let change = |session, current: &str, new: &str| {
            let (current, new) = (password(current), password(new));
            scene.guestlist.change_password(session, current, new)
        };
        let session = signed_in.session.id;
        for typed in ["wrong password", "", &"x".repeat(5_000)] {
            let refused = change(session, typed, "another one").await;
            assert!(matches!(refused, Err(ChangePasswordError::WrongPassword)));
        }
        let weak = change(session, PASSWORD, "short").await;
        assert!(matches!(
            weak,
            Err(ChangePasswordError::Password(NewPasswordError::Refused {
                reason: PasswordError::TooShort(8),
                ..
            }))
        ));
        let nobody = SessionId::new(scene.now());
        let refused = change(nobody, PASSWORD, "another one").await;
        assert!(matches!(refused, Err(ChangePasswordError::SessionEnded)));
        assert!(scene.opens(signed_in.access_token.expose()).await);
        assert!(scene.try_sign_in(PASSWORD, Wanted::JWT).await.is_some());
    }

    #[tokio::test]
    async fn a_stolen_session_cannot_undo_what_its_owner_did() {
        let scene = Scene::new().await;
        let stolen = scene.sign_in(Wanted::DATABASE).await.session.id;
        let owner = scene.sign_in(Wanted::DATABASE).await.session.id;
        let change = |session, new: &str| {
            let (current, new) = (password(PASSWORD), password(new));
            scene.guestlist.change_password(session, current, new)
        };
        change(owner, "the owner's choice").await.expect("changes");
        let refused = change(stolen, "the thief's choice").await;
        assert!(matches!(refused, Err(ChangePasswordError::SessionEnded)));
        let signed_in = scene.try_sign_in("the owner's choice", Wanted::JWT).await;
        assert!(signed_in.is_some());
    }
}
