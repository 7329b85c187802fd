//! Creates a session and its credentials, at the end of every sign-in.

use std::time::Duration;

use crate::{
    AccessToken, Actor, Guestlist, OpaqueToken, SecurityEventKind, Session, SessionInsertion,
    StoreError, Strategy, Timestamp, TokenKind, User, Wanted, detail, identity_cache::Tombstone,
    token::Claims,
};

/// The metric that counts sessions which were ended because their user had too many.
const ENDED: &str = "guestlist_sessions_over_quota_total";

/// A signed-in user, and the credentials to return.
#[derive(Debug)]
pub struct SignedIn {
    /// The user.
    pub user: User,
    /// The session.
    pub session: Session,
    /// The access token, or the cookie's value if [`Session::is_cookie_session`].
    pub access_token: AccessToken,
    /// How long the access token or cookie is valid.
    pub expires_in: Duration,
    /// The refresh token, if the client wanted one.
    pub refresh_token: Option<OpaqueToken>,
}

impl Guestlist {
    /// Creates the credentials of a new session and stores the session. Returns `None` if the user
    /// no longer exists.
    pub(super) async fn open_session(
        &self,
        user: User,
        mut session: Session,
        wanted: Wanted,
    ) -> Result<Option<SignedIn>, StoreError> {
        let now = session.created_at;
        let access_ends = self.access_ends(&session, wanted, now);
        let secret = wanted.secret();
        let secret = secret.map(|kind| OpaqueToken::new(kind, session.id.as_uuid()));
        let hash = |token: &OpaqueToken| self.token_keys().hash(token.expose());
        session.secret_hash = secret.as_ref().map(hash);
        let expires = wanted.secret() == Some(TokenKind::Access);
        session.secret_expires_at = expires.then_some(access_ends);
        let refresh_token = wanted
            .refresh()
            .then(|| self.refresh_keys().first(session.id));
        session.refresh_hash = refresh_token.as_ref().map(hash);
        if !wanted.refresh() {
            session.expires_at = access_ends;
        }
        // The token is made first, so that no session is stored whose token cannot be made.
        let access_token = self.access_token(&session, secret.as_ref(), access_ends, now)?;
        let quota = self.sessions_per_user();
        let ended = match self.store().insert_session(&session, quota).await? {
            SessionInsertion::UserGone => return Ok(None),
            SessionInsertion::Done { ended } => ended,
        };
        self.have_ended(ended.iter().copied().map(Tombstone::Session));
        for session in ended {
            metrics::counter!(ENDED).increment(1);
            let event = self.event_by(Actor::System, user.id, SecurityEventKind::SessionEnded);
            let event = event
                .with(detail::SESSION, session)
                .with(detail::REASON, detail::QUOTA);
            self.record_in_background(event);
        }
        Ok(Some(SignedIn {
            access_token,
            expires_in: now.until(access_ends),
            user,
            session,
            refresh_token,
        }))
    }

    /// Returns when an access token expires that is created now for this session.
    pub(super) fn access_ends(
        &self,
        session: &Session,
        wanted: Wanted,
        now: Timestamp,
    ) -> Timestamp {
        let lifetimes = self.lifetimes();
        let lifetime = match wanted {
            Wanted::Cookie => return session.expires_at,
            Wanted::Tokens { strategy, refresh } => match (strategy, refresh) {
                (Strategy::Database, _) => lifetimes.access_database,
                (Strategy::Jwt, true) => lifetimes.access_jwt,
                (Strategy::Jwt, false) => lifetimes.access_jwt_alone,
            },
        };
        now.plus(lifetime).min(session.expires_at)
    }

    /// Returns the session's opaque token, or signs a JWT that names the session. A missing signing
    /// key counts as a failure of the store, which holds the keys.
    pub(super) fn access_token(
        &self,
        session: &Session,
        secret: Option<&OpaqueToken>,
        ends: Timestamp,
        now: Timestamp,
    ) -> Result<AccessToken, StoreError> {
        Ok(AccessToken::new(match secret {
            Some(secret) => secret.expose().to_owned(),
            None => {
                let claims = Claims {
                    user: session.user_id,
                    session: session.id,
                    expires_at: ends,
                };
                self.jwt().sign(&claims, now).map_err(StoreError::failed)?
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicI64, Ordering},
        },
        time::Duration,
    };

    use super::*;
    use crate::{
        BuildError, Clock, Guestlist, SecretKey,
        auth::fixture::{self, Fixture, refresh_token},
        testing::MemoryStore,
    };

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    /// A clock that is a millisecond later at each reading.
    #[derive(Debug, Default)]
    struct Ticking(AtomicI64);

    impl Clock for Ticking {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.fetch_add(1, Ordering::Relaxed))
        }

        fn monotonic(&self) -> Duration {
            Duration::ZERO
        }
    }

    #[tokio::test]
    async fn a_sign_in_beyond_the_quota_ends_the_session_that_was_unused_longest() {
        for wanted in [Wanted::DATABASE, Wanted::JWT] {
            let fixture = Fixture::with(|builder| builder.sessions_per_user(2)).await;
            let first = fixture.sign_in(wanted).await;
            fixture.advance(60);
            let second = fixture.sign_in(wanted).await;
            // Both are cached now, and the first session was used last.
            fixture.advance(500);
            for held in [&second, &first] {
                assert!(fixture.opens(held.access_token.expose()).await);
                fixture.advance(1);
            }
            fixture
                .guestlist
                .purge()
                .await
                .expect("writes what was seen");
            assert!(fixture.opens(second.access_token.expose()).await);
            let first_is_seen = fixture.session(first.session.id).await;
            assert!(first_is_seen.is_some_and(|it| it.last_seen_at > second.session.last_seen_at));
            let third = fixture.sign_in(wanted).await;
            assert!(
                !fixture.opens(second.access_token.expose()).await,
                "{wanted:?}"
            );
            assert!(fixture.refresh(refresh_token(&second)).await.is_none());
            for held in [&first, &third] {
                assert!(
                    fixture.opens(held.access_token.expose()).await,
                    "{wanted:?}"
                );
            }
        }
    }

    #[tokio::test]
    async fn a_quota_of_zero_sessions_is_refused() {
        let store = Arc::new(MemoryStore::new());
        let secret = SecretKey::weak("a secret").expect("is a key");
        let builder = Guestlist::builder_over(store, secret).sessions_per_user(0);
        assert!(matches!(builder.build(), Err(BuildError::NoSessions)));
    }

    #[tokio::test]
    async fn credentials_last_their_whole_lifetime_however_long_their_creation_took() {
        for (wanted, lasts) in [
            (Wanted::DATABASE, DAY),
            (Wanted::JWT, Duration::from_secs(600)),
            (Wanted::Cookie, 30 * DAY),
        ] {
            let clock = Arc::new(Ticking::default());
            let fixture = Fixture::with(|builder| builder.clock(clock)).await;
            let held = fixture.sign_in(wanted).await;
            assert_eq!(held.expires_in, lasts);
            if wanted == Wanted::Cookie {
                continue;
            }
            let next = fixture.refresh(refresh_token(&held)).await;
            assert_eq!(next.expect("refreshes").expires_in, lasts);
            let instead = fixture.guestlist.change_password(
                held.session.id,
                fixture::password(fixture::PASSWORD),
                fixture::password("another exemplary one"),
            );
            assert_eq!(instead.await.expect("changes").expires_in, lasts);
        }
    }
}
