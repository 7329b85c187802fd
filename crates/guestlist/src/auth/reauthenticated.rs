//! Checks that a user reauthenticated a moment ago, before the account is changed.

use crate::{Guestlist, Session, SessionId, StoreError, User};

impl Guestlist {
    /// Returns the session and its user, if the password was entered within
    /// [`Lifetimes::reauthentication`](crate::Lifetimes::reauthentication). If the user has a second
    /// factor, a code was entered too, and not before the factor was set up. The store is asked,
    /// never the cache.
    pub async fn check_reauthenticated(
        &self,
        session: SessionId,
    ) -> Result<(Session, User), ReauthenticatedError> {
        let found = self.active_session(session).await?;
        let (session, user) = found.ok_or(ReauthenticatedError::SessionEnded)?;
        let is_recent = self.now() < session.proven_at.plus(self.lifetimes().reauthentication);
        if is_recent
            && self
                .covers_second_factor(user.id, session.proven_at)
                .await?
        {
            Ok((session, user))
        } else {
            Err(ReauthenticatedError::Required)
        }
    }
}

/// Why the account may not be changed now.
#[derive(Debug, thiserror::Error)]
pub enum ReauthenticatedError {
    /// The user must reauthenticate: [`Guestlist::reauthenticate`].
    #[error("the password must be entered again")]
    Required,
    /// The session has ended.
    #[error("the session has ended")]
    SessionEnded,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
