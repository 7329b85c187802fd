//! What every sign-in ends with: a session, and what its client holds of it.

use std::time::Duration;

use crate::{
    AccessToken, Guestlist, OpaqueToken, Session, SessionInsertion, StoreError, Timestamp,
    TokenKind, User, identity_cache::Tombstone, token::Claims,
};

/// Counts the sessions that were ended because their user had too many.
const ENDED: &str = "guestlist_sessions_over_quota_total";

/// What a client wants to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// An access token, which it sends itself.
    Tokens {
        /// The form of the access token.
        strategy: Strategy,
        /// Whether a refresh token comes with it. Without one, the session ends with the access token.
        refresh: bool,
    },
    /// A cookie, which a browser sends by itself. It opens the session for as long as that lives, and only
    /// where cookies are read: [`Guestlist::identify_cookie`].
    Cookie,
}

/// The form of an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Opaque, and looked up: it opens nothing from the moment on at which the store says so.
    Database,
    /// Signed, short, and readable by other services (RFC 9068).
    Jwt,
}

/// Who came in, and what to hand out.
#[derive(Debug)]
pub struct SignedIn {
    /// Who it is.
    pub user: User,
    /// The session.
    pub session: Session,
    /// What opens the session: an access token, or what its cookie holds
    /// ([`Session::is_a_cookies`]).
    pub access_token: AccessToken,
    /// For how long.
    pub expires_in: Duration,
    /// What is traded for the next access token, if the client wanted it.
    pub refresh_token: Option<OpaqueToken>,
}

impl Wanted {
    /// An opaque access token and a refresh token.
    pub const DATABASE: Self = Self::Tokens {
        strategy: Strategy::Database,
        refresh: true,
    };
    /// An opaque access token and nothing else.
    pub const DATABASE_ALONE: Self = Self::Tokens {
        strategy: Strategy::Database,
        refresh: false,
    };
    /// A JWT and a refresh token.
    pub const JWT: Self = Self::Tokens {
        strategy: Strategy::Jwt,
        refresh: true,
    };
    /// A JWT and nothing else.
    pub const JWT_ALONE: Self = Self::Tokens {
        strategy: Strategy::Jwt,
        refresh: false,
    };

    /// What the client of that session holds.
    pub(super) fn of(session: &Session) -> Self {
        if session.is_a_cookies() {
            return Self::Cookie;
        }
        Self::Tokens {
            strategy: match session.secret_hash {
                Some(_) => Strategy::Database,
                None => Strategy::Jwt,
            },
            refresh: session.refresh_hash.is_some(),
        }
    }

    /// What kind of opaque token opens the session, if one does.
    pub(super) fn secret(self) -> Option<TokenKind> {
        match self {
            Self::Cookie => Some(TokenKind::Cookie),
            Self::Tokens {
                strategy: Strategy::Database,
                ..
            } => Some(TokenKind::Access),
            Self::Tokens {
                strategy: Strategy::Jwt,
                ..
            } => None,
        }
    }

    fn refresh(self) -> bool {
        matches!(self, Self::Tokens { refresh: true, .. })
    }
}

impl Guestlist {
    /// Makes what opens a session that begins, and keeps it; none if the user is gone.
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
        // Nothing is kept that could not be handed out.
        let access_token = self.access_token(&session, secret.as_ref(), access_ends, now)?;
        let quota = self.sessions_per_user();
        let ended = match self.store().insert_session(&session, quota).await? {
            SessionInsertion::UserGone => return Ok(None),
            SessionInsertion::Done { ended } => ended,
        };
        self.have_ended(ended.iter().copied().map(Tombstone::Session));
        for session in ended {
            metrics::counter!(ENDED).increment(1);
            tracing::info!(user = %user.id, %session, quota, "ended a session: the user has too many");
        }
        Ok(Some(SignedIn {
            access_token,
            expires_in: now.until(access_ends),
            user,
            session,
            refresh_token,
        }))
    }

    /// When an access token of that session ends that is handed out now.
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

    /// The session's opaque token, or a JWT that names the session. That no key signs one is the store's
    /// failure, which holds the keys.
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
        auth::scene::{self, Scene, refresh_token},
        testing::MemoryStore,
    };

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    /// A millisecond later each time somebody looks.
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
    async fn a_sign_in_beyond_the_quota_ends_the_session_unused_for_longest_at_once() {
        for wanted in [Wanted::DATABASE, Wanted::JWT] {
            let scene = Scene::settled(|door| door.sessions_per_user(2)).await;
            let first = scene.sign_in(wanted).await;
            scene.advance(60);
            let second = scene.sign_in(wanted).await;
            // Both are known now, and the first one was seen last.
            scene.advance(500);
            for held in [&second, &first] {
                assert!(scene.opens(held.access_token.expose()).await);
                scene.advance(1);
            }
            scene.guestlist.purge().await.expect("writes what was seen");
            assert!(scene.opens(second.access_token.expose()).await);
            let first_is_seen = scene.session(first.session.id).await;
            assert!(first_is_seen.is_some_and(|it| it.last_seen_at > second.session.last_seen_at));
            let third = scene.sign_in(wanted).await;
            assert!(
                !scene.opens(second.access_token.expose()).await,
                "{wanted:?}"
            );
            assert!(scene.refresh(refresh_token(&second)).await.is_none());
            for held in [&first, &third] {
                assert!(scene.opens(held.access_token.expose()).await, "{wanted:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_door_lets_each_user_have_a_session() {
        let store = Arc::new(MemoryStore::new());
        let secret = SecretKey::weak("a secret").expect("is a key");
        let door = Guestlist::builder_over(store, secret).sessions_per_user(0);
        assert!(matches!(door.build(), Err(BuildError::NoSessions)));
    }

    #[tokio::test]
    async fn what_is_handed_out_lasts_as_long_as_settled_however_long_the_making_took() {
        for (wanted, lasts) in [
            (Wanted::DATABASE, DAY),
            (Wanted::JWT, Duration::from_secs(600)),
            (Wanted::Cookie, 30 * DAY),
        ] {
            let clock = Arc::new(Ticking::default());
            let scene = Scene::settled(|door| door.clock(clock)).await;
            let held = scene.sign_in(wanted).await;
            assert_eq!(held.expires_in, lasts);
            if wanted == Wanted::Cookie {
                continue;
            }
            let next = scene.refresh(refresh_token(&held)).await;
            assert_eq!(next.expect("refreshes").expires_in, lasts);
            let instead = scene.guestlist.change_password(
                held.session.id,
                scene::password(scene::PASSWORD),
                scene::password("another exemplary one"),
            );
            assert_eq!(instead.await.expect("changes").expires_in, lasts);
        }
    }
}
