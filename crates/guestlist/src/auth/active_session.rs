//! Reads a session from the store, for callers that must not use the cache.

use crate::{Guestlist, Session, SessionId, StoreError, User};

impl Guestlist {
    /// Returns the session and its user, if the session is active.
    pub(super) async fn active_session(
        &self,
        id: SessionId,
    ) -> Result<Option<(Session, User)>, StoreError> {
        let now = self.now();
        let found = self.store().find_session(id).await?;
        let found = found.map(|(session, user)| (self.as_last_seen(session), user));
        Ok(found.filter(|(session, user)| session.is_active(user, now)))
    }

    /// Adds the last-seen time that is not written to the store yet.
    pub(super) fn as_last_seen(&self, mut session: Session) -> Session {
        if let Some(seen_at) = self.seen_sessions().of(session.id) {
            session.last_seen_at = session.last_seen_at.max(seen_at);
        }
        session
    }
}
