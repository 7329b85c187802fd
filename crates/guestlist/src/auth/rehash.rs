//! Compares tokens with their stored hashes, and hashes long-lived tokens again with the current
//! secret.

use crate::{Guestlist, HashExchange, KeyCensus, OpaqueToken, StoreError, Token, TokenHash};

impl Guestlist {
    /// Whether this hash is one of this token, under the current secret or the previous one.
    pub(super) fn is_stored(&self, hash: Option<&TokenHash>, token: &str) -> bool {
        hash.is_some_and(|hash| self.token_keys().matches(hash, token))
    }

    /// Call this after the token was verified. If its hash is one under the previous secret, stores
    /// a hash under the current one. So a token that is used while both secrets are set stays valid
    /// without the previous one.
    pub(super) async fn rehash(
        &self,
        token: Token,
        presented: &OpaqueToken,
    ) -> Result<Token, StoreError> {
        if token.hash.key() == self.token_keys().current() {
            return Ok(token);
        }
        let hash = self.token_keys().hash(presented.expose());
        let exchange = self.store().rehash_token(token.id, &token.hash, &hash);
        // If the hash was another one, another node has replaced it, or the token has just ended.
        if exchange.await? == HashExchange::Replaced {
            tracing::info!(token = %token.id, "hashed a token under the current secret");
        }
        Ok(Token { hash, ..token })
    }

    /// Counts the sessions and tokens that are valid only with the previous secret. Returns `None`
    /// if there is no previous secret.
    pub async fn previous_key_census(&self) -> Result<Option<KeyCensus>, StoreError> {
        match self.token_keys().previous() {
            Some(key) => self.store().census_of_key(key).await.map(Some),
            None => Ok(None),
        }
    }

    /// Counts the sessions and tokens whose hashes are under the current secret.
    pub async fn current_key_census(&self) -> Result<KeyCensus, StoreError> {
        let key = self.token_keys().current();
        self.store().census_of_key(key).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        IdentifyError, SecretKey, TokenName, TokenStore, Wanted,
        auth::fixture::{self, Fixture, SECRET, opens, refresh_token},
    };

    const NEW: &str = "a new secret";

    fn secret(text: &str) -> SecretKey {
        SecretKey::weak(text).expect("is a key")
    }

    /// Returns two nodes: one with the new secret alone, and one with the old secret as the
    /// previous one.
    fn changed(fixture: &Fixture) -> [Guestlist; 2] {
        let both = fixture.node(NEW, |builder| builder.previous_secret(secret(SECRET)));
        [fixture.node(NEW, |builder| builder), both]
    }

    async fn service_token(guestlist: &Guestlist) -> String {
        let name = TokenName::parse("gateway").expect("is a name");
        let issued = guestlist.issue_service_token(name, None).await;
        issued.expect("issues").secret.expose().to_owned()
    }

    async fn serves(guestlist: &Guestlist, token: &str) -> bool {
        match guestlist.identify_service(token).await {
            Ok(_) => true,
            Err(IdentifyError::InvalidToken) => false,
            Err(error) => panic!("{error}"),
        }
    }

    async fn opens_as_a_cookie(guestlist: &Guestlist, cookie: &str) -> bool {
        match guestlist.identify_cookie(cookie).await {
            Ok(_) => true,
            Err(IdentifyError::InvalidToken) => false,
            Err(error) => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn without_the_previous_secret_all_old_credentials_are_refused() {
        let fixture = Fixture::new().await;
        let access = fixture.sign_in(Wanted::DATABASE).await;
        let cookie = fixture.sign_in(Wanted::Cookie).await;
        let personal = fixture.personal_token().await;
        let service = service_token(&fixture.guestlist).await;
        let [alone, both] = changed(&fixture);
        for (guestlist, opened) in [(&alone, false), (&both, true)] {
            let cookie = cookie.access_token.expose();
            assert_eq!(opens_as_a_cookie(guestlist, cookie).await, opened);
            assert_eq!(opens(guestlist, access.access_token.expose()).await, opened);
            assert_eq!(opens(guestlist, personal.secret.expose()).await, opened);
            assert_eq!(serves(guestlist, &service).await, opened);
            let refreshed = fixture::refresh(guestlist, refresh_token(&access)).await;
            assert_eq!(refreshed.is_some(), opened);
        }
    }

    /// An attacker who knows a token of another secret cannot revoke anything with it.
    #[tokio::test]
    async fn without_the_previous_secret_an_old_token_revokes_nothing() {
        let fixture = Fixture::new().await;
        let access = fixture.sign_in(Wanted::DATABASE).await;
        let personal = fixture.personal_token().await;
        let [alone, both] = changed(&fixture);
        for token in [access.access_token.expose(), personal.secret.expose()] {
            alone.revoke(token).await.expect("is no error");
            assert!(fixture.opens(token).await);
            both.revoke(token).await.expect("revokes");
            fixture.advance(2);
            assert!(!fixture.opens(token).await);
        }
    }

    #[tokio::test]
    async fn personal_and_service_tokens_are_rehashed_with_the_current_secret_when_used() {
        let fixture = Fixture::new().await;
        let (used, unused) = (
            fixture.personal_token().await,
            fixture.personal_token().await,
        );
        let service = service_token(&fixture.guestlist).await;
        let session = fixture.sign_in(Wanted::DATABASE).await;
        let [alone, both] = changed(&fixture);
        let left = async || {
            let census = both.previous_key_census().await.expect("counts");
            let census = census.expect("there is a previous secret");
            (census.personal_tokens, census.service_tokens)
        };
        assert_eq!(left().await, (2, 1));
        for _ in 0..2 {
            assert!(opens(&both, used.secret.expose()).await);
            assert!(serves(&both, &service).await);
            assert!(opens(&both, session.access_token.expose()).await);
            assert_eq!(left().await, (1, 0));
        }
        assert!(opens(&alone, used.secret.expose()).await);
        assert!(serves(&alone, &service).await);
        assert!(!opens(&alone, unused.secret.expose()).await);
        let token = session.access_token.expose();
        assert!(!opens(&alone, token).await, "a session is not hashed again");
        let census = alone.current_key_census().await.expect("counts");
        assert_eq!((census.personal_tokens, census.service_tokens), (1, 1));
        assert_eq!(alone.previous_key_census().await.expect("answers"), None);
    }

    /// If two nodes do this at the same time, both accept the token.
    #[tokio::test]
    async fn a_token_that_another_node_has_rehashed_is_accepted() {
        let fixture = Fixture::new().await;
        let made = fixture.personal_token().await;
        let [alone, both] = changed(&fixture);
        let id = made.token.id;
        let (stale, _) = fixture
            .store
            .find_token(id)
            .await
            .expect("answers")
            .expect("is there");
        assert!(opens(&both, made.secret.expose()).await);
        let rehashed = both.rehash(stale, &made.secret).await.expect("answers");
        assert_eq!(rehashed.hash, alone.token_keys().hash(made.secret.expose()));
        fixture.advance(2);
        assert!(opens(&both, made.secret.expose()).await);
    }

    /// The cache's key is under the current secret, and the tombstone is the stored hash, under the
    /// previous one.
    #[tokio::test]
    async fn a_replaced_token_of_the_previous_secret_is_refused_at_once() {
        let fixture = Fixture::new().await;
        let held = fixture.sign_in(Wanted::DATABASE).await;
        let cookie = fixture.sign_in(Wanted::Cookie).await;
        let [_, both] = changed(&fixture);
        let (token, old_cookie) = (held.access_token.expose(), cookie.access_token.expose());
        assert!(opens(&both, token).await, "it is in the cache now");
        let next = fixture::refresh(&both, refresh_token(&held)).await;
        assert!(next.is_some());
        assert!(!opens(&both, token).await);
        assert!(
            opens_as_a_cookie(&both, old_cookie).await,
            "it is in the cache now"
        );
        let password = fixture::password(fixture::PASSWORD);
        let answer = both.reauthenticate(cookie.session.id, password, None).await;
        assert!(answer.expect("reauthenticates").is_some());
        assert!(!opens_as_a_cookie(&both, old_cookie).await);
    }

    /// A retry is made and hashed with the secret of the first answer, on whichever node.
    #[tokio::test]
    async fn a_lost_answer_is_repeated_by_a_node_with_the_two_secrets_swapped() {
        for wanted in [Wanted::DATABASE, Wanted::JWT] {
            let fixture = Fixture::new().await;
            let before = fixture.node(SECRET, |builder| builder.previous_secret(secret(NEW)));
            let [_, after] = changed(&fixture);
            for (first, second) in [(&before, &after), (&after, &before)] {
                let held = fixture.sign_in(wanted).await;
                let lost = fixture::refresh(first, refresh_token(&held)).await;
                let lost = lost.expect("refreshes");
                let again = fixture::refresh(second, refresh_token(&held)).await;
                let again = again.expect("is given again");
                assert_eq!(refresh_token(&again), refresh_token(&lost));
                if wanted == Wanted::DATABASE {
                    assert_eq!(again.access_token.expose(), lost.access_token.expose());
                }
                assert!(opens(second, lost.access_token.expose()).await);
            }
        }
    }

    #[tokio::test]
    async fn a_token_that_the_store_fails_to_rehash_is_not_accepted() {
        use crate::{
            operations,
            testing::{Fault, FaultyStore},
        };
        let fixture = Fixture::new().await;
        let made = fixture.personal_token().await;
        let faulty = std::sync::Arc::new(FaultyStore::over(fixture.store.clone()));
        let guestlist = Guestlist::builder_over(faulty.clone(), secret(NEW))
            .previous_secret(secret(SECRET))
            .clock(fixture.clock.clone())
            .build()
            .expect("builds");
        for fault in [Fault::NotDone, Fault::AnswerLost] {
            faulty.faults.at(operations::rehash_token(), fault);
            let identified = guestlist.identify(made.secret.expose()).await;
            assert!(
                matches!(identified, Err(IdentifyError::Store(_))),
                "{fault:?}"
            );
            faulty.faults.end();
        }
        assert!(opens(&guestlist, made.secret.expose()).await);
    }
}
