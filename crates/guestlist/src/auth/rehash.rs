//! What is stored of tokens, and how a token that outlives sessions comes under the current secret.

use crate::{Guestlist, HashExchange, KeyCensus, OpaqueToken, StoreError, Token, TokenHash};

impl Guestlist {
    /// Whether that hash, if there is one, was stored of that token, under the current secret or the previous one.
    pub(super) fn is_stored(&self, hash: Option<&TokenHash>, token: &str) -> bool {
        hash.is_some_and(|hash| self.token_keys().matches(hash, token))
    }

    /// After the token was presented and verified: stores its hash under the current secret, if it is under the previous
    /// one. So a token that is used while both count goes on without the previous one.
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
        // Where it was not the expected one, another node has done it, or the token has just ended.
        if exchange.await? == HashExchange::Replaced {
            tracing::info!(token = %token.id, "hashed a token under the current secret");
        }
        Ok(Token { hash, ..token })
    }

    /// How many sessions and tokens open something only as long as the previous secret is named; none without one.
    pub async fn previous_key_census(&self) -> Result<Option<KeyCensus>, StoreError> {
        match self.token_keys().previous() {
            Some(key) => self.store().census_of_key(key).await.map(Some),
            None => Ok(None),
        }
    }

    /// How many sessions and tokens are stored under the current secret.
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
        auth::scene::{self, SECRET, Scene, opens, refresh_token},
    };

    const NEW: &str = "a new secret";

    fn secret(text: &str) -> SecretKey {
        SecretKey::weak(text).expect("is a key")
    }

    /// Under the new secret alone, and under the new one beside the old one.
    fn changed(scene: &Scene) -> [Guestlist; 2] {
        let both = scene.door(NEW, |door| door.previous_secret(secret(SECRET)));
        [scene.door(NEW, |door| door), both]
    }

    async fn service_token(door: &Guestlist) -> String {
        let name = TokenName::parse("gateway").expect("is a name");
        let issued = door.issue_service_token(name, None).await;
        issued.expect("issues").secret.expose().to_owned()
    }

    async fn serves(door: &Guestlist, token: &str) -> bool {
        match door.identify_service(token).await {
            Ok(_) => true,
            Err(IdentifyError::InvalidToken) => false,
            Err(error) => panic!("{error}"),
        }
    }

    async fn opens_as_a_cookie(door: &Guestlist, cookie: &str) -> bool {
        match door.identify_cookie(cookie).await {
            Ok(_) => true,
            Err(IdentifyError::InvalidToken) => false,
            Err(error) => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn without_the_previous_secret_nothing_that_was_stored_opens_anything() {
        let scene = Scene::new().await;
        let access = scene.sign_in(Wanted::DATABASE).await;
        let cookie = scene.sign_in(Wanted::Cookie).await;
        let personal = scene.personal_token().await;
        let service = service_token(&scene.guestlist).await;
        let [alone, both] = changed(&scene);
        for (door, opened) in [(&alone, false), (&both, true)] {
            let cookie = cookie.access_token.expose();
            assert_eq!(opens_as_a_cookie(door, cookie).await, opened);
            assert_eq!(opens(door, access.access_token.expose()).await, opened);
            assert_eq!(opens(door, personal.secret.expose()).await, opened);
            assert_eq!(serves(door, &service).await, opened);
            let refreshed = scene::refresh(door, refresh_token(&access)).await;
            assert_eq!(refreshed.is_some(), opened);
        }
    }

    /// An attacker who knows a token of another secret ends nothing with it, either.
    #[tokio::test]
    async fn without_the_previous_secret_nothing_is_revoked_by_an_old_token() {
        let scene = Scene::new().await;
        let access = scene.sign_in(Wanted::DATABASE).await;
        let personal = scene.personal_token().await;
        let [alone, both] = changed(&scene);
        for token in [access.access_token.expose(), personal.secret.expose()] {
            alone.revoke(token).await.expect("is no error");
            assert!(scene.opens(token).await);
            both.revoke(token).await.expect("revokes");
            scene.advance(2);
            assert!(!scene.opens(token).await);
        }
    }

    #[tokio::test]
    async fn personal_and_service_tokens_come_under_the_current_secret_when_they_are_used() {
        let scene = Scene::new().await;
        let (used, unused) = (scene.personal_token().await, scene.personal_token().await);
        let service = service_token(&scene.guestlist).await;
        let session = scene.sign_in(Wanted::DATABASE).await;
        let [alone, both] = changed(&scene);
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
        assert!(!opens(&alone, token).await, "a session is not hashed anew");
        let census = alone.current_key_census().await.expect("counts");
        assert_eq!((census.personal_tokens, census.service_tokens), (1, 1));
        assert_eq!(alone.previous_key_census().await.expect("answers"), None);
    }

    /// Of two nodes that do it at once, each lets the token in.
    #[tokio::test]
    async fn a_token_that_another_node_has_hashed_anew_opens_all_the_same() {
        let scene = Scene::new().await;
        let made = scene.personal_token().await;
        let [alone, both] = changed(&scene);
        let id = made.token.id;
        let (stale, _) = scene
            .store
            .find_token(id)
            .await
            .expect("answers")
            .expect("is there");
        assert!(opens(&both, made.secret.expose()).await);
        let rehashed = both.rehash(stale, &made.secret).await.expect("answers");
        assert_eq!(rehashed.hash, alone.token_keys().hash(made.secret.expose()));
        scene.advance(2);
        assert!(opens(&both, made.secret.expose()).await);
    }

    /// The place in the cache is by the current key, and the tombstone by what was stored: under the previous one.
    #[tokio::test]
    async fn a_token_of_the_previous_secret_is_dead_at_once_when_it_is_replaced() {
        let scene = Scene::new().await;
        let held = scene.sign_in(Wanted::DATABASE).await;
        let cookie = scene.sign_in(Wanted::Cookie).await;
        let [_, both] = changed(&scene);
        let (token, old_cookie) = (held.access_token.expose(), cookie.access_token.expose());
        assert!(opens(&both, token).await, "it is in the cache now");
        let next = scene::refresh(&both, refresh_token(&held)).await;
        assert!(next.is_some());
        assert!(!opens(&both, token).await);
        assert!(
            opens_as_a_cookie(&both, old_cookie).await,
            "it is in the cache now"
        );
        let password = scene::password(scene::PASSWORD);
        let proven = both.prove(cookie.session.id, password).await;
        assert!(proven.expect("proves").is_some());
        assert!(!opens_as_a_cookie(&both, old_cookie).await);
    }

    /// A retry is made and hashed under one and the same secret, whichever node made what it repeats.
    #[tokio::test]
    async fn a_lost_answer_is_given_again_by_a_node_with_the_secrets_the_other_way_round() {
        for wanted in [Wanted::DATABASE, Wanted::JWT] {
            let scene = Scene::new().await;
            let before = scene.door(SECRET, |door| door.previous_secret(secret(NEW)));
            let [_, after] = changed(&scene);
            for (first, second) in [(&before, &after), (&after, &before)] {
                let held = scene.sign_in(wanted).await;
                let lost = scene::refresh(first, refresh_token(&held)).await;
                let lost = lost.expect("refreshes");
                let again = scene::refresh(second, refresh_token(&held)).await;
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
    async fn what_the_store_does_not_hash_anew_lets_nobody_in() {
        use crate::{
            operations,
            testing::{Fault, FaultyStore},
        };
        let scene = Scene::new().await;
        let made = scene.personal_token().await;
        let faulty = std::sync::Arc::new(FaultyStore::over(scene.store.clone()));
        let door = Guestlist::builder_over(faulty.clone(), secret(NEW))
            .previous_secret(secret(SECRET))
            .clock(scene.clock.clone())
            .build()
            .expect("builds");
        for fault in [Fault::NotDone, Fault::AnswerLost] {
            faulty.faults.at(operations::rehash_token(), fault);
            let identified = door.identify(made.secret.expose()).await;
            assert!(
                matches!(identified, Err(IdentifyError::Store(_))),
                "{fault:?}"
            );
            faulty.faults.end();
        }
        assert!(opens(&door, made.secret.expose()).await);
    }
}
