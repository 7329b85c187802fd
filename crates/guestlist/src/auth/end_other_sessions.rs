//! A user ends all other sessions.

use super::SignedIn;
use crate::{
    EpochRaise, Extent, Guestlist, SecurityEventKind, SessionId, StoreError, detail,
    identity_cache::Tombstone,
};

impl Guestlist {
    /// Ends all sessions of the session's user, and opens a new one in place of the caller's. The
    /// new session has the same kind, expiry and reauthentication time, and new tokens. Personal
    /// access tokens stay valid with [`Extent::Sessions`], and end in the same operation with
    /// [`Extent::SessionsAndTokens`].
    ///
    /// If two sessions do this at the same time, one ends the other.
    pub async fn end_other_sessions(
        &self,
        current: SessionId,
        extent: Extent,
    ) -> Result<SignedIn, EndOtherSessionsError> {
        let found = self.active_session(current).await?;
        let (session, mut user) = found.ok_or(EndOtherSessionsError::SessionEnded)?;
        let raised = self.store().end_sessions_of(user.id, session.epoch, extent);
        let EpochRaise::Raised(epoch) = raised.await? else {
            return Err(EndOtherSessionsError::SessionEnded);
        };
        self.has_ended(Tombstone::User(user.id));
        let mut event = self.event(user.id, SecurityEventKind::OtherSessionsEnded);
        if extent == Extent::SessionsAndTokens {
            user.token_epoch = user.token_epoch.next();
            event = event.with(detail::TOKENS_ENDED, true);
        }
        self.record_event(event).await;
        let replaced = self.replace_session((session, user), epoch).await?;
        replaced.ok_or(EndOtherSessionsError::SessionEnded)
    }
}

/// Why there is no new session.
#[derive(Debug, thiserror::Error)]
pub enum EndOtherSessionsError {
    /// The caller's session has ended.
    #[error("the session has ended")]
    SessionEnded,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Wanted,
        auth::fixture::{Fixture, refresh_token},
    };

    #[tokio::test]
    async fn the_new_session_has_the_kind_and_expiry_of_the_callers_session() {
        for wanted in [
            Wanted::DATABASE,
            Wanted::JWT,
            Wanted::JWT_ALONE,
            Wanted::Cookie,
        ] {
            let fixture = Fixture::new().await;
            let old = fixture.sign_in(wanted).await;
            fixture.advance(60);
            let new = fixture
                .guestlist
                .end_other_sessions(old.session.id, Extent::Sessions)
                .await;
            let new = new.expect("ends");
            let session = &new.session;
            assert_ne!(session.id, old.session.id);
            assert_eq!(session.epoch, old.session.epoch.next());
            assert_eq!(session.created_at, fixture.now());
            assert_eq!(session.expires_at, old.session.expires_at);
            assert_eq!(session.proven_at, old.session.proven_at);
            assert_eq!(session.client, old.session.client);
            assert_eq!((session.generation, session.refreshed_at), (0, None));
            assert_ne!(session.salt, old.session.salt);
            assert_eq!(
                session.secret_hash.is_some(),
                old.session.secret_hash.is_some()
            );
            assert_eq!(fixture.session(session.id).await.as_ref(), Some(session));
            assert_eq!(session.is_cookie_session(), wanted == Wanted::Cookie);
            assert_eq!(new.refresh_token.is_some(), old.refresh_token.is_some());
            if new.refresh_token.is_some() {
                assert!(fixture.refresh(refresh_token(&new)).await.is_some());
            }
        }
    }

    #[tokio::test]
    async fn personal_tokens_end_only_with_the_extent_that_includes_them() {
        for (extent, stays) in [(Extent::Sessions, true), (Extent::SessionsAndTokens, false)] {
            let fixture = Fixture::new().await;
            let made = fixture.personal_token().await;
            let session = fixture.sign_in(Wanted::DATABASE).await.session.id;
            assert!(
                fixture.opens(made.secret.expose()).await,
                "it is in the cache now"
            );
            let ended = fixture.guestlist.end_other_sessions(session, extent).await;
            let user = ended.expect("ends").user;
            assert_eq!(
                fixture.opens(made.secret.expose()).await,
                stays,
                "{extent:?}"
            );
            let listed = fixture.guestlist.list_tokens(user.id, None, 9).await;
            assert_eq!(listed.expect("lists").len(), usize::from(stays));
            let kept = fixture.guestlist.find_user(user.id).await.expect("answers");
            assert_eq!(kept.expect("is there").token_epoch, user.token_epoch);
        }
    }

    #[tokio::test]
    async fn of_two_sessions_that_end_all_others_one_ends_the_other() {
        let fixture = Fixture::new().await;
        let [owner, thief] = [
            fixture.sign_in(Wanted::DATABASE).await,
            fixture.sign_in(Wanted::DATABASE).await,
        ];
        let first = fixture
            .guestlist
            .end_other_sessions(owner.session.id, Extent::Sessions)
            .await;
        let second = fixture
            .guestlist
            .end_other_sessions(thief.session.id, Extent::Sessions)
            .await;
        assert!(matches!(second, Err(EndOtherSessionsError::SessionEnded)));
        let first = first.expect("ends");
        assert!(fixture.opens(first.access_token.expose()).await);
    }

    #[tokio::test]
    async fn an_ended_session_cannot_end_other_sessions() {
        let fixture = Fixture::new().await;
        let [owner, stolen] = [
            fixture.sign_in(Wanted::DATABASE).await,
            fixture.sign_in(Wanted::DATABASE).await,
        ];
        let ended = fixture.guestlist.sign_out(stolen.session.id).await;
        ended.expect("ends");
        let refused = fixture
            .guestlist
            .end_other_sessions(stolen.session.id, Extent::Sessions)
            .await;
        assert!(matches!(refused, Err(EndOtherSessionsError::SessionEnded)));
        assert!(fixture.opens(owner.access_token.expose()).await);
    }
}
