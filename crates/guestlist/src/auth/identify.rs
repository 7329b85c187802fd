//! Somebody shows a credential: whose is it, and does it still open anything?

use std::sync::Arc;

use crate::{
    Guestlist, Session, StoreError, User, identity_cache::IdentityCache, token::InvalidJwt,
};

/// Who somebody is, and by which session.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who it is. The password hash is left out: nobody who is inside needs it.
    pub user: User,
    /// The session the credential belongs to.
    pub session: Session,
}

impl Guestlist {
    /// Who holds that access token, if it is ours, has not expired, and its session lives.
    ///
    /// The answer is never older than [`Builder::recheck`](crate::Builder::recheck).
    pub async fn identify(&self, access_token: &str) -> Result<Arc<Identity>, IdentifyError> {
        let started_at = self.clock().monotonic();
        let now = self.now();
        let hash = IdentityCache::hash(access_token);
        if let Some(identity) = self.identities().find(&hash, now, started_at) {
            return Ok(identity);
        }
        let claims = self.jwt().verify(access_token, now)?;
        let found = self.store().find_session(claims.session).await?;
        let (session, mut user) = found.ok_or(IdentifyError::InvalidToken)?;
        user.password_hash = None;
        if claims.user != user.id || !session.lives(&user, now) {
            return Err(IdentifyError::InvalidToken);
        }
        let expires_at = claims.expires_at.min(session.expires_at);
        let identity = Arc::new(Identity { user, session });
        self.identities()
            .keep(hash, &identity, started_at, expires_at);
        Ok(identity)
    }
}

/// Why a credential opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum IdentifyError {
    /// It is expired, ended, forged or no token at all: we never say which.
    #[error("the access token is invalid")]
    InvalidToken,
    /// We could not look.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<InvalidJwt> for IdentifyError {
    fn from(_: InvalidJwt) -> Self {
        Self::InvalidToken
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        Client, Clock, Password, SecretKey, SignedIn, Store,
        testing::{ManualClock, MemoryStore, email, guestlist_over},
    };

    /// A door at a time of our own, and somebody signed in.
    async fn signed_in(
        recheck: Duration,
    ) -> (Guestlist, Arc<MemoryStore>, Arc<ManualClock>, SignedIn) {
        let store = Arc::new(MemoryStore::new());
        let clock = Arc::new(ManualClock::new());
        let secret = SecretKey::weak("a secret").expect("is a key");
        let guestlist = Guestlist::builder_over(store.clone(), secret)
            .clock(clock.clone())
            .password_cost(crate::PasswordCost::for_tests())
            .recheck(recheck)
            .build()
            .expect("builds");
        let address = email("ada@example.com");
        let signed_up = guestlist.sign_up(address.clone(), Password::new("exemplary"));
        signed_up.await.expect("signs up");
        let password = Password::new("exemplary");
        let signed_in = guestlist
            .sign_in(Some(&address), password, Client::default())
            .await;
        (guestlist, store, clock, signed_in.expect("signs in"))
    }

    async fn comes_in(guestlist: &Guestlist, signed_in: &SignedIn) -> bool {
        match guestlist.identify(signed_in.access_token.expose()).await {
            Ok(identity) => identity.user.id == signed_in.user.id,
            Err(IdentifyError::InvalidToken) => false,
            Err(error) => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn a_token_opens_its_session_until_it_expires() {
        let (guestlist, _, clock, signed_in) = signed_in(Duration::from_secs(1)).await;
        assert!(comes_in(&guestlist, &signed_in).await);
        clock.advance(Duration::from_secs(60 * 60 - 1));
        assert!(comes_in(&guestlist, &signed_in).await);
        clock.advance(Duration::from_millis(999));
        assert!(comes_in(&guestlist, &signed_in).await);
        clock.advance(Duration::from_millis(1));
        assert!(!comes_in(&guestlist, &signed_in).await);
    }

    #[tokio::test]
    async fn what_this_node_ends_is_over_at_once() {
        for end in ["session", "disable", "delete"] {
            let (guestlist, _, _, signed_in) = signed_in(Duration::from_secs(1)).await;
            assert!(comes_in(&guestlist, &signed_in).await);
            match end {
                "session" => guestlist
                    .sign_out(signed_in.session.id)
                    .await
                    .expect("ends"),
                "disable" => guestlist
                    .disable_user(signed_in.user.id)
                    .await
                    .expect("ends"),
                _ => guestlist
                    .delete_user(signed_in.user.id)
                    .await
                    .expect("ends"),
            }
            assert!(!comes_in(&guestlist, &signed_in).await, "{end}");
        }
    }

    #[tokio::test]
    async fn what_another_node_ends_is_over_within_recheck() {
        let (guestlist, store, clock, signed_in) = signed_in(Duration::from_secs(1)).await;
        assert!(comes_in(&guestlist, &signed_in).await);
        store.end_session(signed_in.session.id).await.expect("ends");
        clock.advance(Duration::from_millis(999));
        assert!(comes_in(&guestlist, &signed_in).await);
        clock.advance(Duration::from_millis(1));
        assert!(!comes_in(&guestlist, &signed_in).await);
    }

    #[tokio::test]
    async fn without_recheck_the_store_is_asked_every_time() {
        let (guestlist, store, _, signed_in) = signed_in(Duration::ZERO).await;
        assert!(comes_in(&guestlist, &signed_in).await);
        store.end_session(signed_in.session.id).await.expect("ends");
        assert!(!comes_in(&guestlist, &signed_in).await);
    }

    #[tokio::test]
    async fn a_look_up_that_began_before_the_end_is_no_answer_after_it() {
        let (guestlist, store, clock, signed_in) = signed_in(Duration::from_secs(1)).await;
        let token = signed_in.access_token.expose();
        let before = clock.monotonic();
        let found = store
            .find_session(signed_in.session.id)
            .await
            .expect("answers");
        let (session, user) = found.expect("is there");
        guestlist.sign_out(session.id).await.expect("ends");
        let late = Arc::new(Identity { user, session });
        let hash = IdentityCache::hash(token);
        let expires_at = late.session.expires_at;
        guestlist.identities().keep(hash, &late, before, expires_at);
        assert!(!comes_in(&guestlist, &signed_in).await);
    }

    #[tokio::test]
    async fn a_session_of_another_epoch_is_dead() {
        let (guestlist, store, _, signed_in) = signed_in(Duration::ZERO).await;
        let mut user = signed_in.user.clone();
        store.delete_user(user.id).await.expect("deletes");
        user.epoch = user.epoch.next();
        store.insert_user(&user).await.expect("inserts");
        store
            .insert_session(&signed_in.session)
            .await
            .expect("inserts");
        assert!(!comes_in(&guestlist, &signed_in).await);
    }

    #[tokio::test]
    async fn a_token_of_another_secret_or_issuer_is_none() {
        let (guestlist, store, _, signed_in) = signed_in(Duration::ZERO).await;
        let other = guestlist_over(store);
        assert!(!comes_in(&other, &signed_in).await);
        for garbage in [
            "",
            ".",
            "..",
            "null",
            "undefined",
            "[object Object]",
            "a.b.c",
        ] {
            let refused = guestlist.identify(garbage).await;
            assert!(
                matches!(refused, Err(IdentifyError::InvalidToken)),
                "{garbage}"
            );
        }
    }
}
