//! Somebody ends all sessions but the one that asks.

use super::SignedIn;
use crate::{EpochRaise, Extent, Guestlist, SessionId, StoreError, identity_cache::Tombstone};

impl Guestlist {
    /// Ends all sessions of the session's user, and opens a new one in place of the one that asks: same
    /// form, same expiry, same proof, and other tokens. Personal tokens go on with [`Extent::Sessions`], and end in
    /// the same step with [`Extent::SessionsAndTokens`].
    ///
    /// Of two sessions that do it at once, one ends the other.
    pub async fn end_other_sessions(
        &self,
        current: SessionId,
        extent: Extent,
    ) -> Result<SignedIn, EndOtherSessionsError> {
        let found = self.live_session(current).await?;
        let (session, mut user) = found.ok_or(EndOtherSessionsError::SessionEnded)?;
        let raised = self.store().end_sessions_of(user.id, session.epoch, extent);
        let EpochRaise::Raised(epoch) = raised.await? else {
            return Err(EndOtherSessionsError::SessionEnded);
        };
        self.has_ended(Tombstone::User(user.id));
        match extent {
            Extent::Sessions => tracing::info!(user = %user.id, "ended all other sessions"),
            Extent::SessionsAndTokens => {
                user.token_epoch = user.token_epoch.next();
                tracing::info!(user = %user.id, "ended all other sessions and all personal tokens");
            }
        }
        let replaced = self.replace_session((session, user), epoch).await?;
        replaced.ok_or(EndOtherSessionsError::SessionEnded)
    }
}

/// Why somebody has no new session.
#[derive(Debug, thiserror::Error)]
pub enum EndOtherSessionsError {
    /// The session that asks is over.
    #[error("the session has ended")]
    SessionEnded,
    /// We could not look.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Wanted,
        auth::scene::{Scene, refresh_token},
    };

    #[tokio::test]
    async fn the_new_session_is_as_the_one_that_asked() {
        for wanted in [
            Wanted::DATABASE,
            Wanted::JWT,
            Wanted::JWT_ALONE,
            Wanted::Cookie,
        ] {
            let scene = Scene::new().await;
            let old = scene.sign_in(wanted).await;
            scene.advance(60);
            let new = scene
                .guestlist
                .end_other_sessions(old.session.id, Extent::Sessions)
                .await;
            let new = new.expect("ends");
            let session = &new.session;
            assert_ne!(session.id, old.session.id);
            assert_eq!(session.epoch, old.session.epoch.next());
            assert_eq!(session.created_at, scene.now());
            assert_eq!(session.expires_at, old.session.expires_at);
            assert_eq!(session.proven_at, old.session.proven_at);
            assert_eq!(session.client, old.session.client);
            assert_eq!((session.generation, session.refreshed_at), (0, None));
            assert_ne!(session.salt, old.session.salt);
            assert_eq!(
                session.secret_hash.is_some(),
                old.session.secret_hash.is_some()
            );
            assert_eq!(scene.session(session.id).await.as_ref(), Some(session));
            assert_eq!(session.is_a_cookies(), wanted == Wanted::Cookie);
            assert_eq!(new.refresh_token.is_some(), old.refresh_token.is_some());
            if new.refresh_token.is_some() {
                assert!(scene.refresh(refresh_token(&new)).await.is_some());
            }
        }
    }

    #[tokio::test]
    async fn personal_tokens_stay_unless_they_are_to_end_too() {
        for (extent, stays) in [(Extent::Sessions, true), (Extent::SessionsAndTokens, false)] {
            let scene = Scene::new().await;
            let made = scene.personal_token().await;
            let session = scene.sign_in(Wanted::DATABASE).await.session.id;
            assert!(
                scene.opens(made.secret.expose()).await,
                "it is in the cache now"
            );
            let ended = scene.guestlist.end_other_sessions(session, extent).await;
            let user = ended.expect("ends").user;
            assert_eq!(scene.opens(made.secret.expose()).await, stays, "{extent:?}");
            let listed = scene.guestlist.list_tokens(user.id, None, 9).await;
            assert_eq!(listed.expect("lists").len(), usize::from(stays));
            let kept = scene.guestlist.find_user(user.id).await.expect("answers");
            assert_eq!(kept.expect("is there").token_epoch, user.token_epoch);
        }
    }

    #[tokio::test]
    async fn of_two_sessions_that_do_it_one_ends_the_other() {
        let scene = Scene::new().await;
        let [owner, thief] = [
            scene.sign_in(Wanted::DATABASE).await,
            scene.sign_in(Wanted::DATABASE).await,
        ];
        let first = scene
            .guestlist
            .end_other_sessions(owner.session.id, Extent::Sessions)
            .await;
        let second = scene
            .guestlist
            .end_other_sessions(thief.session.id, Extent::Sessions)
            .await;
        assert!(matches!(second, Err(EndOtherSessionsError::SessionEnded)));
        let first = first.expect("ends");
        assert!(scene.opens(first.access_token.expose()).await);
    }

    #[tokio::test]
    async fn a_session_that_was_ended_ends_no_other() {
        let scene = Scene::new().await;
        let [owner, stolen] = [
            scene.sign_in(Wanted::DATABASE).await,
            scene.sign_in(Wanted::DATABASE).await,
        ];
        let ended = scene.guestlist.sign_out(stolen.session.id).await;
        ended.expect("ends");
        let refused = scene
            .guestlist
            .end_other_sessions(stolen.session.id, Extent::Sessions)
            .await;
        assert!(matches!(refused, Err(EndOtherSessionsError::SessionEnded)));
        assert!(scene.opens(owner.access_token.expose()).await);
    }
}
