//! Somebody who is inside types the password again.

use std::error::Error;

use super::SignedIn;
use crate::{
    AccessToken, Guestlist, HashError, OpaqueToken, Password, Reauthentication, SecretExchange,
    Session, SessionId, StoreError, TokenKind, User, identity_cache::Tombstone, password::Verdict,
};

impl Guestlist {
    /// Notes that the password was proven in that session, if it is the right one. What opens the
    /// session stays, but for a cookie: in its place comes another one, which is handed out (OWASP ASVS
    /// 5.0, 7.2.4).
    pub async fn prove(
        &self,
        session: SessionId,
        password: Password,
    ) -> Result<Option<SignedIn>, ProveError> {
        let found = self.live_session(session).await?;
        let (session, user) = found.ok_or(ProveError::SessionEnded)?;
        if !self.is_password_of(&user, password).await? {
            return Err(ProveError::WrongPassword);
        }
        let now = self.now();
        let cookie = session
            .is_a_cookies()
            .then(|| OpaqueToken::new(TokenKind::Cookie, session.id.as_uuid()));
        let exchange = cookie
            .as_ref()
            .zip(session.secret_hash)
            .map(|(new, expected)| SecretExchange {
                expected,
                new: self.token_keys().hash(new.expose()),
            });
        let proof =
            self.store()
                .reauthenticate_session(session.id, session.epoch, now, exchange.as_ref());
        let proof = proof.await;
        // Also where the answer got lost: it may have been done.
        self.have_ended(exchange.map(|exchange| Tombstone::Credential(exchange.expected)));
        let proof = match (proof, &exchange) {
            // Whoever holds the cookie of before would be signed out by an answer that got lost.
            (Err(StoreError::Unknown(why)), Some(exchange)) => {
                self.is_exchanged(session.id, exchange, why).await
            }
            (proof, _) => proof,
        };
        match proof? {
            Reauthentication::Done => {
                tracing::info!(user = %user.id, session = %session.id, "proved the password");
                Ok(cookie.map(|cookie| SignedIn {
                    access_token: AccessToken::new(cookie.expose().to_owned()),
                    expires_in: now.until(session.expires_at),
                    session: Session {
                        secret_hash: exchange.map(|exchange| exchange.new),
                        proven_at: now,
                        ..session
                    },
                    refresh_token: None,
                    user,
                }))
            }
            Reauthentication::Stale => Err(ProveError::SessionEnded),
        }
    }

    /// Whether a proof was kept whose answer got lost; the same error if that cannot be told.
    async fn is_exchanged(
        &self,
        session: SessionId,
        exchange: &SecretExchange,
        why: Box<dyn Error + Send + Sync>,
    ) -> Result<Reauthentication, StoreError> {
        match self.store().find_session(session).await {
            Ok(Some((session, _))) if session.secret_hash == Some(exchange.new) => {
                Ok(Reauthentication::Done)
            }
            _ => Err(StoreError::Unknown(why)),
        }
    }

    /// Whether that is the user's password. Nobody has one that is too long to be one.
    pub(super) async fn is_password_of(
        &self,
        user: &User,
        password: Password,
    ) -> Result<bool, HashError> {
        if !self.policy().could_be_hashed(&password) {
            return Ok(false);
        }
        let verdict = self.hasher().verify(password, user.password_hash.clone());
        let is_it = matches!(verdict.await?, Verdict::Match { .. });
        if !is_it {
            tracing::warn!(user = %user.id, "wrong password in a session");
        }
        Ok(is_it)
    }
}

/// Why nothing was proven.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The password is another one.
    #[error("wrong password")]
    WrongPassword,
    /// The session is over.
    #[error("the session has ended")]
    SessionEnded,
    /// Nothing was hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// We could not look.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        FreshError, Wanted,
        auth::scene::{PASSWORD, Scene, password, refresh_token},
    };

    #[tokio::test]
    async fn a_proof_is_fresh_for_ten_minutes_and_can_be_given_again() {
        let scene = Scene::new().await;
        let signed_in = scene.sign_in(Wanted::DATABASE).await;
        let session = signed_in.session.id;
        let fresh = async || scene.guestlist.fresh(session).await;
        assert!(fresh().await.is_ok(), "a sign-in is a proof");
        scene.advance(599);
        assert!(fresh().await.is_ok());
        scene.advance(1);
        assert!(matches!(fresh().await, Err(FreshError::ProofRequired)));
        let proof = scene.guestlist.prove(session, password("wrong password"));
        assert!(matches!(proof.await, Err(ProveError::WrongPassword)));
        assert!(matches!(fresh().await, Err(FreshError::ProofRequired)));
        let proof = scene.guestlist.prove(session, password(PASSWORD));
        assert!(proof.await.expect("proves").is_none(), "no cookie");
        let (found, user) = fresh().await.expect("is fresh");
        assert_eq!((found.proven_at, user.id), (scene.now(), scene.user.id));
        assert!(
            scene.opens(signed_in.access_token.expose()).await,
            "it stays"
        );
    }

    #[tokio::test]
    async fn a_proof_puts_another_cookie_in_the_place_of_one() {
        let scene = Scene::new().await;
        let signed_in = scene.sign_in(Wanted::Cookie).await;
        let session = signed_in.session.id;
        let opens = async |cookie: &SignedIn| {
            let cookie = cookie.access_token.expose();
            scene.guestlist.identify_cookie(cookie).await.is_ok()
        };
        assert!(opens(&signed_in).await, "cached");
        scene.advance(60);
        let proof = scene.guestlist.prove(session, password("wrong password"));
        assert!(matches!(proof.await, Err(ProveError::WrongPassword)));
        assert!(opens(&signed_in).await, "it stays");
        let proof = scene.guestlist.prove(session, password(PASSWORD));
        let proven = proof.await.expect("proves").expect("is a cookie's");
        let kept = scene.session(session).await.expect("is there");
        assert_eq!(kept.secret_hash, proven.session.secret_hash);
        assert_eq!(kept.proven_at, scene.now());
        assert_eq!(proven.session.expires_at, signed_in.session.expires_at);
        let left = scene.now().until(signed_in.session.expires_at);
        assert_eq!(proven.expires_in, left);
        assert!(opens(&proven).await);
        assert!(!opens(&signed_in).await, "at once");
    }

    /// The browser would be left with a cookie that opens nothing.
    #[tokio::test]
    async fn a_cookie_that_was_replaced_is_handed_out_although_the_stores_answer_got_lost() {
        use crate::{
            operations,
            testing::{Fault, FaultyStore},
        };
        let scene = Scene::new().await;
        let signed_in = scene.sign_in(Wanted::Cookie).await;
        let session = signed_in.session.id;
        let faulty = std::sync::Arc::new(FaultyStore::over(scene.store.clone()));
        let secret = crate::SecretKey::weak(crate::auth::scene::SECRET).expect("is a key");
        let door = Guestlist::builder_over(faulty.clone(), secret)
            .clock(scene.clock.clone())
            .password_cost(crate::PasswordCost::for_tests())
            .build()
            .expect("builds");
        faulty
            .faults
            .at(operations::reauthenticate_session(), Fault::NotDone);
        let proof = door.prove(session, password(PASSWORD)).await;
        assert!(matches!(proof, Err(ProveError::Store(_))));
        let cookie = signed_in.access_token.expose();
        assert!(door.identify_cookie(cookie).await.is_ok(), "it stays");
        faulty
            .faults
            .at(operations::reauthenticate_session(), Fault::AnswerLost);
        let proof = door.prove(session, password(PASSWORD)).await;
        let proven = proof.expect("proves").expect("is a cookie's");
        let cookie = proven.access_token.expose();
        assert!(door.identify_cookie(cookie).await.is_ok());
    }

    #[tokio::test]
    async fn a_refresh_proves_nothing() {
        let scene = Scene::new().await;
        let signed_in = scene.sign_in(Wanted::DATABASE).await;
        scene.advance(600);
        let refreshed = scene.refresh(refresh_token(&signed_in)).await;
        let session = refreshed.expect("refreshes").session.id;
        let fresh = scene.guestlist.fresh(session).await;
        assert!(matches!(fresh, Err(FreshError::ProofRequired)));
    }

    #[tokio::test]
    async fn in_a_session_that_is_over_nothing_is_proven_and_nothing_is_fresh() {
        let scene = Scene::new().await;
        let signed_in = scene.sign_in(Wanted::DATABASE).await;
        let session = signed_in.session.id;
        assert!(scene.opens(signed_in.access_token.expose()).await, "cached");
        crate::SessionStore::end_session(&*scene.store, session)
            .await
            .expect("ends");
        let proof = scene.guestlist.prove(session, password(PASSWORD)).await;
        assert!(matches!(proof, Err(ProveError::SessionEnded)));
        let fresh = scene.guestlist.fresh(session).await;
        assert!(matches!(fresh, Err(FreshError::SessionEnded)));
    }
}
