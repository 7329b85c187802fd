//! The keys that sign access tokens, between the store that keeps them and the ring that uses them.
//!
//! A store does not keep them yet, so nothing but tests calls most of this: HS256 needs none of it.

use crate::{
    Guestlist, JwkSet,
    token::{KeyLife, NewKeyError, Rotation, StoredKey, UnusableKey},
};

impl Guestlist {
    /// The public keys that verify our access tokens, for other services (RFC 7517, section 5). A key
    /// stands here an hour before it signs, unless no other key could until then, and until its last token
    /// has expired. Whoever keeps a copy has to read it again within that hour.
    pub fn jwks(&self) -> JwkSet {
        self.jwt().keyring().jwks(self.now())
    }

    /// From now on these stored keys count and no others. Answers which of them cannot be used, and why.
    #[cfg_attr(not(test), expect(dead_code, reason = "no store keeps keys yet"))]
    pub(crate) fn use_keys(&self, keys: &[StoredKey]) -> Vec<(String, UnusableKey)> {
        let (keyring, unusable) = self.jwt().keyring().with_stored(keys);
        self.jwt().replace_keyring(keyring);
        unusable
    }

    /// The key that has to be stored now, if it is time for one, or if `at_once` asks for it.
    ///
    /// Takes tenths of a second for RS256: not for a thread that serves.
    #[cfg_attr(not(test), expect(dead_code, reason = "no store keeps keys yet"))]
    pub(crate) fn next_key(&self, at_once: bool) -> Result<Option<StoredKey>, NewKeyError> {
        let (keyring, rotation, now) = (self.jwt().keyring(), self.rotation(), self.now());
        let due = keyring.due(&rotation, now);
        let life = due.or_else(|| at_once.then(|| keyring.next(&rotation, now)));
        life.map(|life| keyring.make(life)).transpose()
    }

    /// The stored keys whose dates end earlier, because there are newer ones: names and new dates.
    #[cfg_attr(not(test), expect(dead_code, reason = "no store keeps keys yet"))]
    pub(crate) fn succeeded_keys(&self) -> Vec<(String, KeyLife)> {
        self.jwt().keyring().succeeded(&self.rotation())
    }

    fn rotation(&self) -> Rotation {
        let lifetimes = self.lifetimes();
        let longest = lifetimes.access_jwt.max(lifetimes.access_jwt_alone);
        Rotation::of_tokens_that_live(longest)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::*;
    use crate::{
        Algorithm, Client, Password, SecretKey, SignInError, SignedIn, Wanted,
        testing::{ManualClock, MemoryStore, email},
    };

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    const HOUR: Duration = Duration::from_secs(60 * 60);

    /// Nodes of one installation: a store and a clock, and the keys in that store.
    struct Installation {
        store: Arc<MemoryStore>,
        clock: Arc<ManualClock>,
        keys: Vec<StoredKey>,
    }

    fn secret(of: &str) -> SecretKey {
        SecretKey::weak(of).expect("is a key")
    }

    impl Installation {
        async fn new() -> Self {
            let installation = Self {
                store: Arc::default(),
                clock: Arc::default(),
                keys: Vec::new(),
            };
            let node = installation.node(Algorithm::Hs256, "one", None);
            let signed_up = node.sign_up(email("ada@example.com"), Password::new("exemplary"));
            signed_up.await.expect("signs up");
            installation
        }

        fn node(&self, algorithm: Algorithm, current: &str, previous: Option<&str>) -> Guestlist {
            let mut builder = Guestlist::builder_over(self.store.clone(), secret(current))
                .clock(self.clock.clone())
                .password_cost(crate::PasswordCost::for_tests())
                .recheck(Duration::ZERO)
                .algorithm(algorithm);
            if let Some(previous) = previous {
                builder = builder.previous_secret(secret(previous));
            }
            let node = builder.build().expect("builds");
            node.use_keys(&self.keys);
            node
        }

        /// What a node does from time to time.
        fn tend(&mut self, node: &Guestlist) {
            assert_eq!(node.use_keys(&self.keys), []);
            self.keys.extend(node.next_key(false).expect("makes a key"));
            assert_eq!(node.use_keys(&self.keys), []);
            for (kid, life) in node.succeeded_keys() {
                let key = self.keys.iter_mut().find(|key| key.kid == kid);
                key.expect("is there").life = life;
            }
            assert_eq!(node.use_keys(&self.keys), []);
        }
    }

    async fn sign_in(node: &Guestlist) -> Result<SignedIn, SignInError> {
        let address = email("ada@example.com");
        let password = Password::new("exemplary");
        node.sign_in(Some(&address), password, Client::default(), Wanted::JWT_ALONE)
            .await
    }

    async fn opens(node: &Guestlist, signed_in: &SignedIn) -> bool {
        node.identify(signed_in.access_token.expose()).await.is_ok()
    }

    #[tokio::test]
    async fn a_change_of_the_algorithm_signs_nobody_out() {
        let mut installation = Installation::new().await;
        let before = installation.node(Algorithm::Hs256, "one", None);
        let old = sign_in(&before).await.expect("signs in");
        assert_eq!(before.jwks().keys, []);
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256] {
            let node = installation.node(algorithm, "one", None);
            installation.tend(&node);
            let new = sign_in(&node).await.expect("signs in");
            assert!(opens(&node, &new).await && opens(&node, &old).await);
            // A node that was not restarted yet, but has read the keys.
            before.use_keys(&installation.keys);
            assert!(opens(&before, &new).await, "{algorithm}");
        }
        assert_eq!(before.jwks().keys.len(), 3);
    }

    #[tokio::test]
    async fn without_a_key_nobody_signs_in_and_no_session_is_made() {
        let installation = Installation::new().await;
        let node = installation.node(Algorithm::EdDsa, "one", None);
        assert!(matches!(sign_in(&node).await, Err(SignInError::Store(_))));
        installation.clock.advance(DAY);
        let swept = node.sweep().await.expect("sweeps");
        assert_eq!(swept, 0);
    }

    #[tokio::test]
    async fn the_secret_can_be_changed_without_signing_anyone_out() {
        for algorithm in [Algorithm::Hs256, Algorithm::EdDsa] {
            let mut installation = Installation::new().await;
            let before = installation.node(algorithm, "one", None);
            installation.tend(&before);
            let old = sign_in(&before).await.expect("signs in");
            let after = installation.node(algorithm, "two", Some("one"));
            assert!(opens(&after, &old).await, "{algorithm}");
            installation.tend(&after);
            assert!(opens(&after, &old).await, "{algorithm}");
            // By then what the previous secret opens is not needed any more.
            installation.clock.advance(HOUR);
            let new = sign_in(&after).await.expect("signs in");
            let later = installation.node(algorithm, "two", None);
            assert!(opens(&later, &new).await, "{algorithm}");
            let stranger = installation.node(algorithm, "three", None);
            assert!(!opens(&stranger, &new).await, "{algorithm}");
        }
    }

    #[tokio::test]
    async fn over_a_year_every_token_opens_for_as_long_as_it_lives() {
        let mut installation = Installation::new().await;
        let nodes = [1, 2].map(|_| installation.node(Algorithm::EdDsa, "one", None));
        // A node that starts reads the keys, and makes the first if there is none.
        for node in &nodes {
            installation.tend(node);
        }
        for _ in 0..4 {
            installation.clock.advance(DAY * 88);
            let mut held: Option<SignedIn> = None;
            for step in 0..3 * 24 * 2 {
                // Each node reads the keys when it is its turn, half an hour after the other.
                let node = &nodes[step % 2];
                installation.tend(node);
                let new = sign_in(node).await.expect("signs in");
                for node in &nodes {
                    assert!(opens(node, &new).await, "step {step}");
                    if let Some(held) = &held {
                        assert!(opens(node, held).await, "step {step}");
                    }
                    let published = node.jwks().keys.len();
                    assert!((1..=2).contains(&published), "{published} at step {step}");
                }
                held = Some(new);
                installation.clock.advance(HOUR / 2);
            }
        }
        assert_eq!(installation.keys.len(), 5, "one for each 90 days");
    }

    #[tokio::test]
    async fn a_key_that_is_asked_for_is_published_before_it_signs() {
        let mut installation = Installation::new().await;
        let node = installation.node(Algorithm::Es256, "one", None);
        installation.tend(&node);
        assert!(node.next_key(false).expect("looks").is_none());
        installation.clock.advance(DAY);
        let asked_for = node.next_key(true).expect("makes a key");
        let asked_for = asked_for.expect("is one");
        let kid = |signed_in: &SignedIn| {
            let token = signed_in.access_token.expose().to_owned();
            let keyring = node.jwt().keyring();
            let key = keyring.signing(node.now()).expect("signs");
            (token, key.verifying().kid().to_owned())
        };
        installation.keys.push(asked_for.clone());
        installation.tend(&node);
        assert_eq!(node.jwks().keys.len(), 2);
        let old = sign_in(&node).await.expect("signs in");
        assert_ne!(kid(&old).1, asked_for.kid);
        installation.clock.advance(HOUR - Duration::from_secs(1));
        let last = sign_in(&node).await.expect("signs in");
        assert_ne!(kid(&last).1, asked_for.kid);
        installation.clock.advance(Duration::from_secs(1));
        let new = sign_in(&node).await.expect("signs in");
        assert_eq!(kid(&new).1, asked_for.kid);
        assert!(opens(&node, &last).await);
        installation.clock.advance(HOUR * 2);
        assert_eq!(node.jwks().keys.len(), 1);
    }
}
