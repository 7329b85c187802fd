//! Whoever ends all sessions goes on in a new one: what was stolen of the old one dies with the others.

use super::open_session::{SignedIn, Wanted};
use crate::{Client, Epoch, Guestlist, Salt, Session, SessionId, StoreError, User};

impl Guestlist {
    /// After the user's epoch was raised to that one: a session of the same form in place of the one
    /// that asked, if nobody has ended that one meanwhile.
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
    use crate::{SessionStore, Wanted, auth::scene::Scene};

    /// Its owner ended it from elsewhere while it ended all others: nobody is left inside.
    #[tokio::test]
    async fn a_session_that_was_ended_in_between_is_not_replaced() {
        let scene = Scene::new().await;
        let old = scene.sign_in(Wanted::DATABASE).await.session;
        scene.store.end_session(old.id).await.expect("ends");
        let epoch = old.epoch.next();
        let found = (old, scene.user.clone());
        let replaced = scene.guestlist.replace_session(found, epoch).await;
        assert!(replaced.expect("answers").is_none());
        let left = scene.store.list_sessions(scene.user.id, None, 9).await;
        assert!(left.expect("lists").is_empty());
    }
}
