//! A session as the store has it now, for whoever must not take a cache's word.

use crate::{Guestlist, Session, SessionId, StoreError, User};

impl Guestlist {
    /// The session and its user, if it lives.
    pub(super) async fn live_session(
        &self,
        id: SessionId,
    ) -> Result<Option<(Session, User)>, StoreError> {
        let now = self.now();
        let found = self.store().find_session(id).await?;
        let found = found.map(|(session, user)| (self.as_last_seen(session), user));
        Ok(found.filter(|(session, user)| session.is_active(user, now)))
    }

    /// The store may not know yet when it was last seen.
    pub(super) fn as_last_seen(&self, mut session: Session) -> Session {
        if let Some(seen_at) = self.seen_sessions().of(session.id) {
            session.last_seen_at = session.last_seen_at.max(seen_at);
        }
        session
    }
}
