//! A user changes the password, and all the user's credentials end.

use super::{SignedIn, tries::checks_passwords};
use crate::{
    EpochRaise, Guestlist, HashError, NewPasswordError, Password, RetryAfter, SecurityEventKind,
    SessionId, StoreError, identity_cache::Tombstone,
};

impl Guestlist {
    /// Changes the password of the session's user, if the current one is right. All sessions and
    /// personal access tokens end. A new session of the same kind replaces the caller's.
    pub async fn change_password(
        &self,
        current_session: SessionId,
        current: Password,
        new: Password,
    ) -> Result<SignedIn, ChangePasswordError> {
        let found = self.active_session(current_session).await?;
        let (session, user) = found.ok_or(ChangePasswordError::SessionEnded)?;
        // A session from before the second factor was set up was opened without it.
        if !self
            .covers_second_factor(user.id, session.proven_at)
            .await?
        {
            return Err(ChangePasswordError::CodeRequired);
        }
        if !self.is_password_of(&user, current).await? {
            return Err(ChangePasswordError::WrongPassword);
        }
        let hash = self.hash_new_password(new, &user.email).await?;
        let set = self.store().set_password(user.id, session.epoch, &hash);
        let EpochRaise::Raised(epoch) = set.await? else {
            return Err(ChangePasswordError::SessionEnded);
        };
        self.has_ended(Tombstone::User(user.id));
        let event = self.event(user.id, SecurityEventKind::PasswordChanged);
        self.record_and_tell(&user, event).await;
        let replaced = self.replace_session((session, user), epoch).await?;
        replaced.ok_or(ChangePasswordError::SessionEnded)
    }
}

/// Why the password was not changed, or why there is no new session.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The current password is wrong.
    #[error("wrong password")]
    WrongPassword,
    /// The user has set up a second factor since the session reauthenticated.
    #[error("reauthenticate with a code of the second factor first")]
    CodeRequired,
    /// The new password was refused.
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    /// The caller's session has ended.
    #[error("the session has ended")]
    SessionEnded,
    /// There were too many tries in the sessions of this account.
    #[error("too many tries; try again in {0}")]
    TooManyTries(RetryAfter),
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

checks_passwords!(ChangePasswordError);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        PasswordError, Wanted,
        auth::fixture::{Fixture, PASSWORD, password},
    };

    #[tokio::test]
    async fn the_new_password_signs_in_and_the_old_one_does_not() {
        let fixture = Fixture::new().await;
        let session = fixture.sign_in(Wanted::JWT).await.session.id;
        let new = || password("another one");
        let changed = fixture
            .guestlist
            .change_password(session, password(PASSWORD), new());
        let changed = changed.await.expect("changes");
        assert!(fixture.opens(changed.access_token.expose()).await);
        let with = async |typed| fixture.try_sign_in(typed, Wanted::JWT).await.is_some();
        assert!(with("another one").await);
        assert!(!with(PASSWORD).await);
    }

    #[tokio::test]
    async fn a_wrong_current_password_or_a_weak_new_one_changes_nothing() {
        let fixture = Fixture::new().await;
        let signed_in = fixture.sign_in(Wanted::DATABASE).await;
        let change = |session, current: &str, new: &str| {
            let (current, new) = (password(current), password(new));
            fixture.guestlist.change_password(session, current, new)
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
        let unknown = SessionId::new(fixture.now());
        let refused = change(unknown, PASSWORD, "another one").await;
        assert!(matches!(refused, Err(ChangePasswordError::SessionEnded)));
        assert!(fixture.opens(signed_in.access_token.expose()).await);
        assert!(fixture.try_sign_in(PASSWORD, Wanted::JWT).await.is_some());
    }

    #[tokio::test]
    async fn a_session_from_before_a_password_change_cannot_change_it_back() {
        let fixture = Fixture::new().await;
        let stolen = fixture.sign_in(Wanted::DATABASE).await.session.id;
        let owner = fixture.sign_in(Wanted::DATABASE).await.session.id;
        let change = |session, new: &str| {
            let (current, new) = (password(PASSWORD), password(new));
            fixture.guestlist.change_password(session, current, new)
        };
        change(owner, "the owner's choice").await.expect("changes");
        let refused = change(stolen, "the thief's choice").await;
        assert!(matches!(refused, Err(ChangePasswordError::SessionEnded)));
        let signed_in = fixture.try_sign_in("the owner's choice", Wanted::JWT).await;
        assert!(signed_in.is_some());
    }
}
