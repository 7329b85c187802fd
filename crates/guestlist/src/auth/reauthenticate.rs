//! A signed-in user reauthenticates with the password.

use std::error::Error;

use super::{
    CodeError, SignedIn,
    tries::{TriedFrom, Try, TryError, TryPasswordError, checks_passwords},
};
use crate::{
    AccessToken, Guestlist, HashError, OpaqueToken, Password, Reauthentication, RetryAfter,
    SecretExchange, SecurityEventKind, Session, SessionId, StoreError, TokenKind, User, detail,
    identity_cache::Tombstone, password::Verdict,
};

impl Guestlist {
    /// Checks the password again, and records that the session's user reauthenticated. A user with a
    /// second factor has to give a code, too. Tokens stay valid. A cookie is replaced by a new one,
    /// which is returned (OWASP ASVS 5.0, 7.2.4).
    pub async fn reauthenticate(
        &self,
        session: SessionId,
        password: Password,
        code: Option<&str>,
    ) -> Result<Option<SignedIn>, ReauthenticateError> {
        let found = self.active_session(session).await?;
        let (session, user) = found.ok_or(ReauthenticateError::SessionEnded)?;
        if !self.is_password_of(&user, password).await? {
            return Err(ReauthenticateError::WrongPassword);
        }
        if let Some(factor) = self.confirmed_factor(user.id).await? {
            let code = code.filter(|code| !code.is_empty());
            let code = code.ok_or(ReauthenticateError::CodeRequired)?;
            let tried = Try {
                account: Some(&user.email),
                from: TriedFrom::Session,
            };
            let used = self.use_factor_code(&factor, code, tried).await;
            if let Err(CodeError::WrongCode | CodeError::CodeUsed) = &used {
                let event = self.event(user.id, SecurityEventKind::ReauthenticationRefused);
                self.record_in_background(event.with(detail::REASON, detail::WRONG_CODE));
            }
            used?;
        }
        let now = self.now();
        let cookie = session
            .is_cookie_session()
            .then(|| OpaqueToken::new(TokenKind::Cookie, session.id.as_uuid()));
        let exchange = cookie
            .as_ref()
            .zip(session.secret_hash)
            .map(|(new, expected)| SecretExchange {
                expected,
                new: self.token_keys().hash(new.expose()),
            });
        let done =
            self.store()
                .reauthenticate_session(session.id, session.epoch, now, exchange.as_ref());
        let done = done.await;
        // Also if the store's answer was lost: the operation may have been done.
        self.have_ended(exchange.map(|exchange| Tombstone::Credential(exchange.expected)));
        let done = match (done, &exchange) {
            // If the answer was lost, the client has the old cookie and would be signed out.
            (Err(StoreError::Unknown(why)), Some(exchange)) => {
                self.is_exchanged(session.id, exchange, why).await
            }
            (done, _) => done,
        };
        match done? {
            Reauthentication::Done => {
                tracing::info!(user = %user.id, session = %session.id, "reauthenticated");
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
            Reauthentication::Stale => Err(ReauthenticateError::SessionEnded),
        }
    }

    /// Finds out whether an operation with a lost answer was done. Returns the same error if that
    /// is unknown.
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

    /// Whether this is the user's password. A password over the limit is never right. The try
    /// counts in the limit of all sessions of the account.
    pub(super) async fn is_password_of(
        &self,
        user: &User,
        password: Password,
    ) -> Result<bool, TryPasswordError> {
        if !self.policy().could_be_hashed(&password) {
            return Ok(false);
        }
        let tried = Try {
            account: Some(&user.email),
            from: TriedFrom::Session,
        };
        let tried = self.try_password(tried, password, user.password_hash.clone());
        let (verdict, counted) = tried.await?;
        let is_it = matches!(verdict, Verdict::Match { .. });
        if is_it {
            self.give_back_try(counted).await.map_err(TryError::Store)?;
        } else {
            let kind = SecurityEventKind::ReauthenticationRefused;
            self.record_in_background(self.event(user.id, kind));
        }
        Ok(is_it)
    }
}

/// Why the user was not reauthenticated.
#[derive(Debug, thiserror::Error)]
pub enum ReauthenticateError {
    /// The password is wrong.
    #[error("wrong password")]
    WrongPassword,
    /// The password is right, and a code of the second factor is required.
    #[error("a code of the second factor is required")]
    CodeRequired,
    /// The code was refused.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// The session has ended.
    #[error("the session has ended")]
    SessionEnded,
    /// There were too many tries in the sessions of this account.
    #[error("too many tries; try again in {0}")]
    TooManyTries(RetryAfter),
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

checks_passwords!(ReauthenticateError);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ReauthenticatedError, Wanted,
        auth::fixture::{Fixture, PASSWORD, password, refresh_token},
    };

    #[tokio::test]
    async fn reauthentication_lasts_ten_minutes_and_can_be_repeated() {
        let fixture = Fixture::new().await;
        let signed_in = fixture.sign_in(Wanted::DATABASE).await;
        let session = signed_in.session.id;
        let fresh = async || fixture.guestlist.check_reauthenticated(session).await;
        assert!(fresh().await.is_ok(), "a sign-in counts");
        fixture.advance(599);
        assert!(fresh().await.is_ok());
        fixture.advance(1);
        assert!(matches!(fresh().await, Err(ReauthenticatedError::Required)));
        let reauthentication =
            fixture
                .guestlist
                .reauthenticate(session, password("wrong password"), None);
        assert!(matches!(
            reauthentication.await,
            Err(ReauthenticateError::WrongPassword)
        ));
        assert!(matches!(fresh().await, Err(ReauthenticatedError::Required)));
        let reauthentication = fixture
            .guestlist
            .reauthenticate(session, password(PASSWORD), None);
        assert!(
            reauthentication.await.expect("reauthenticates").is_none(),
            "no cookie"
        );
        let (found, user) = fresh().await.expect("is fresh");
        assert_eq!((found.proven_at, user.id), (fixture.now(), fixture.user.id));
        assert!(
            fixture.opens(signed_in.access_token.expose()).await,
            "it stays"
        );
    }

    #[tokio::test]
    async fn reauthentication_replaces_the_cookie() {
        let fixture = Fixture::new().await;
        let signed_in = fixture.sign_in(Wanted::Cookie).await;
        let session = signed_in.session.id;
        let opens = async |cookie: &SignedIn| {
            let cookie = cookie.access_token.expose();
            fixture.guestlist.identify_cookie(cookie).await.is_ok()
        };
        assert!(opens(&signed_in).await, "cached");
        fixture.advance(60);
        let reauthentication =
            fixture
                .guestlist
                .reauthenticate(session, password("wrong password"), None);
        assert!(matches!(
            reauthentication.await,
            Err(ReauthenticateError::WrongPassword)
        ));
        assert!(opens(&signed_in).await, "it stays");
        let reauthentication = fixture
            .guestlist
            .reauthenticate(session, password(PASSWORD), None);
        let reauthenticated = reauthentication
            .await
            .expect("reauthenticates")
            .expect("is a cookie's");
        let kept = fixture.session(session).await.expect("is there");
        assert_eq!(kept.secret_hash, reauthenticated.session.secret_hash);
        assert_eq!(kept.proven_at, fixture.now());
        assert_eq!(
            reauthenticated.session.expires_at,
            signed_in.session.expires_at
        );
        let left = fixture.now().until(signed_in.session.expires_at);
        assert_eq!(reauthenticated.expires_in, left);
        assert!(opens(&reauthenticated).await);
        assert!(!opens(&signed_in).await, "at once");
    }

    /// Otherwise the browser would keep a cookie that is no longer valid.
    #[tokio::test]
    async fn a_replaced_cookie_is_returned_even_if_the_stores_answer_was_lost() {
        use crate::{
            operations,
            testing::{Fault, FaultyStore},
        };
        let fixture = Fixture::new().await;
        let signed_in = fixture.sign_in(Wanted::Cookie).await;
        let session = signed_in.session.id;
        let faulty = std::sync::Arc::new(FaultyStore::over(fixture.store.clone()));
        let secret = crate::SecretKey::weak(crate::auth::fixture::SECRET).expect("is a key");
        let guestlist = Guestlist::builder_over(faulty.clone(), secret)
            .clock(fixture.clock.clone())
            .password_cost(crate::PasswordCost::for_tests())
            .build()
            .expect("builds");
        faulty
            .faults
            .at(operations::reauthenticate_session(), Fault::NotDone);
        let reauthentication = guestlist
            .reauthenticate(session, password(PASSWORD), None)
            .await;
        assert!(matches!(
            reauthentication,
            Err(ReauthenticateError::Store(_))
        ));
        let cookie = signed_in.access_token.expose();
        assert!(guestlist.identify_cookie(cookie).await.is_ok(), "it stays");
        faulty
            .faults
            .at(operations::reauthenticate_session(), Fault::AnswerLost);
        let reauthentication = guestlist
            .reauthenticate(session, password(PASSWORD), None)
            .await;
        let reauthenticated = reauthentication
            .expect("reauthenticates")
            .expect("is a cookie's");
        let cookie = reauthenticated.access_token.expose();
        assert!(guestlist.identify_cookie(cookie).await.is_ok());
    }

    #[tokio::test]
    async fn a_refresh_does_not_count_as_reauthentication() {
        let fixture = Fixture::new().await;
        let signed_in = fixture.sign_in(Wanted::DATABASE).await;
        fixture.advance(600);
        let refreshed = fixture.refresh(refresh_token(&signed_in)).await;
        let session = refreshed.expect("refreshes").session.id;
        let fresh = fixture.guestlist.check_reauthenticated(session).await;
        assert!(matches!(fresh, Err(ReauthenticatedError::Required)));
    }

    #[tokio::test]
    async fn in_an_ended_session_reauthentication_fails() {
        let fixture = Fixture::new().await;
        let signed_in = fixture.sign_in(Wanted::DATABASE).await;
        let session = signed_in.session.id;
        assert!(
            fixture.opens(signed_in.access_token.expose()).await,
            "cached"
        );
        crate::SessionStore::end_session(&*fixture.store, session)
            .await
            .expect("ends");
        let reauthentication = fixture
            .guestlist
            .reauthenticate(session, password(PASSWORD), None)
            .await;
        assert!(matches!(
            reauthentication,
            Err(ReauthenticateError::SessionEnded)
        ));
        let fresh = fixture.guestlist.check_reauthenticated(session).await;
        assert!(matches!(fresh, Err(ReauthenticatedError::SessionEnded)));
    }
}
