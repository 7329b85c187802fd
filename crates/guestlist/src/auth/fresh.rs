//! Whether somebody proved the password a moment ago: asked before the account is changed.

use crate::{Guestlist, Session, SessionId, StoreError, User};

impl Guestlist {
    /// The session and its user, if the password was proven within
    /// [`Lifetimes::proof`](crate::Lifetimes::proof). The store is asked, never a cache.
    pub async fn fresh(&self, session: SessionId) -> Result<(Session, User), FreshError> {
        let found = self.live_session(session).await?;
        let (session, user) = found.ok_or(FreshError::SessionEnded)?;
        if self.now() < session.proven_at.plus(self.lifetimes().proof) {
            Ok((session, user))
        } else {
            Err(FreshError::ProofRequired)
        }
    }
}

/// Why somebody may not change the account now.
#[derive(Debug, thiserror::Error)]
pub enum FreshError {
    /// The password has to be proven again: [`Guestlist::prove`].
    #[error("the password has to be proven again")]
    ProofRequired,
    /// The session is over.
    #[error("the session has ended")]
    SessionEnded,
    /// We could not look.
    #[error(transparent)]
    Store(#[from] StoreError),
}
