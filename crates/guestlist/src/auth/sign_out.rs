//! A user signs out.

use crate::{
    Ended, Guestlist, SecurityEventKind, SessionId, StoreError, UserId, detail,
    identity_cache::Tombstone,
};

impl Guestlist {
    /// Ends the session and all its credentials. A session that has ended is not an error.
    pub async fn sign_out(&self, session: SessionId) -> Result<(), SignOutError> {
        // For the log.
        let found = self.store().find_session(session).await?;
        let user = found.map(|(session, _)| session.user_id);
        self.end(session, user, SecurityEventKind::SignOut).await
    }

    /// Ends the session of that user, and records it.
    pub(super) async fn end(
        &self,
        session: SessionId,
        user: Option<UserId>,
        kind: SecurityEventKind,
    ) -> Result<(), SignOutError> {
        let ended = self.store().end_session(session).await?;
        self.has_ended(Tombstone::Session(session));
        if let Some(user) = user
            && ended == Ended::Now
        {
            let event = self.event(user, kind).with(detail::SESSION, session);
            self.record_event(event).await;
        }
        Ok(())
    }
}

/// Why the session may still be active.
#[derive(Debug, thiserror::Error)]
pub enum SignOutError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
