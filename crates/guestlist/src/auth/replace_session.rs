//! Replaces the session of a user who ends all sessions, so that a stolen copy of the old one ends
//! with the others.

use super::SignedIn;
use crate::{Client, Epoch, Guestlist, Salt, Session, SessionId, StoreError, User, Wanted};

impl Guestlist {
    /// Call this after the user's epoch was raised to `epoch`. Opens a session of the same kind in
    /// place of the caller's, unless the caller's session was ended in the meantime.
    pub(super) async fn replace_session(
        &self,
        (old, mut user): (Session, User),
        epoch: Epoch,
    ) -> Result<Option<SignedIn>, StoreError> {
        if self.store().end_session(old.id).await? == crate::Ended::Before {
            return Ok(None);
        }
        user.epoch = epoch;
        let (now, wanted) = (self.now(), Wanted::of(&old));
        let new = Session {
            id: SessionId::new(now),
            epoch,
            generation: 0,
            refreshed_at: None,
            refreshed_by: Client::default(),
            retries: 0,
            salt: Salt::new(),
            created_at: now,
            last_seen_at: now,
            ..old
        };
        self.open_session(user, new, wanted).await
    }
}

#[cfg(test)]
mod tests {
    use crate::{SessionStore, Wanted, auth::fixture::Fixture};

    /// The user ended the session from another device while it was ending all others: no session is
    /// left.
    #[tokio::test]
    async fn a_session_that_was_ended_in_between_is_not_replaced() {
        let fixture = Fixture::new().await;
        let old = fixture.sign_in(Wanted::DATABASE).await.session;
        fixture.store.end_session(old.id).await.expect("ends");
        let epoch = old.epoch.next();
        let found = (old, fixture.user.clone());
        let replaced = fixture.guestlist.replace_session(found, epoch).await;
        assert!(replaced.expect("answers").is_none());
        let left = fixture.store.list_sessions(fixture.user.id, None, 9).await;
        assert!(left.expect("lists").is_empty());
    }
}
