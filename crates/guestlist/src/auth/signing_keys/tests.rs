use std::{sync::Arc, time::Duration};

use super::*;
use crate::{
    Client, KeyStanding, KeyStore, Password, RotateKeysError, SecretKey, SignInError, SignedIn,
    Wanted,
    testing::{ManualClock, MemoryStore, email},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const SECOND: Duration = Duration::from_secs(1);

/// Several nodes with one store and one clock.
struct Installation {
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
}

fn secret(of: &str) -> SecretKey {
    SecretKey::weak(of).expect("is a key")
}

impl Installation {
    async fn new() -> Self {
        let installation = Self {
            store: Arc::default(),
            clock: Arc::default(),
        };
        let node = installation.node(Algorithm::Hs256, "one", None);
        let signed_up = node.sign_up(email("ada@example.com"), Password::new("exemplary"));
        signed_up.await.expect("signs up");
        installation
    }

    /// Returns a node that has not read the keys yet.
    fn node(&self, algorithm: Algorithm, current: &str, previous: Option<&str>) -> Guestlist {
        let mut builder = Guestlist::builder_over(self.store.clone(), secret(current))
            .clock(self.clock.clone())
            .password_cost(crate::PasswordCost::for_tests())
            .recheck(Duration::ZERO)
            .algorithm(algorithm);
        if let Some(previous) = previous {
            builder = builder.previous_secret(secret(previous));
        }
        builder.build().expect("builds")
    }

    async fn started(&self, algorithm: Algorithm) -> Guestlist {
        let node = self.node(algorithm, "one", None);
        tend(&node).await;
        node
    }

    async fn keys(&self) -> Vec<Key> {
        self.store.list_keys().await.expect("lists")
    }
}

async fn tend(node: &Guestlist) {
    node.tend_keys().await.expect("tends");
}

async fn sign_in(node: &Guestlist) -> Result<SignedIn, SignInError> {
    let address = email("ada@example.com");
    let password = Password::new("exemplary");
    node.sign_in(
        Some(&address),
        password,
        Client::default(),
        Wanted::JWT_ALONE,
    )
    .await
}

async fn opens(node: &Guestlist, signed_in: &SignedIn) -> bool {
    node.identify(signed_in.access_token.expose()).await.is_ok()
}

fn kid_that_signs(node: &Guestlist) -> String {
    let keyring = node.jwt().keyring();
    let key = keyring.signing(node.now()).expect("signs");
    key.verifying().kid().to_owned()
}

async fn standings(node: &Guestlist) -> Vec<KeyStanding> {
    let listed = node.list_keys().await.expect("lists");
    listed.into_iter().map(|listed| listed.standing).collect()
}

#[tokio::test]
async fn a_change_of_the_algorithm_signs_no_user_out() {
    let installation = Installation::new().await;
    let before = installation.started(Algorithm::Hs256).await;
    let old = sign_in(&before).await.expect("signs in");
    assert_eq!(before.jwks().keys, []);
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256] {
        let node = installation.started(algorithm).await;
        let new = sign_in(&node).await.expect("signs in");
        assert!(opens(&node, &new).await && opens(&node, &old).await);
        // A node that has not been restarted yet.
        installation.clock.advance(SECOND);
        assert!(opens(&before, &new).await, "{algorithm}");
    }
    assert_eq!(before.jwks().keys.len(), 3);
    tend(&before).await;
    assert_eq!(installation.keys().await.len(), 3, "HS256 creates none");
}

#[tokio::test]
async fn without_a_key_a_sign_in_fails_and_creates_no_session() {
    let installation = Installation::new().await;
    let node = installation.node(Algorithm::EdDsa, "one", None);
    assert!(matches!(sign_in(&node).await, Err(SignInError::Store(_))));
    installation.clock.advance(DAY);
    let purged = node.purge().await.expect("sweeps");
    assert_eq!(purged, 0);
}

#[tokio::test]
async fn a_token_of_another_nodes_first_key_is_accepted_at_once() {
    let installation = Installation::new().await;
    let [one, other] = [1, 2].map(|_| installation.node(Algorithm::EdDsa, "one", None));
    tend(&one).await;
    let held = sign_in(&one).await.expect("signs in");
    assert!(opens(&other, &held).await, "it has never read the keys");
}

#[tokio::test]
async fn unknown_keys_are_looked_for_at_most_once_a_second() {
    let installation = Installation::new().await;
    let node = installation.started(Algorithm::EdDsa).await;
    let first_of = async |algorithm| {
        let elsewhere = installation.started(algorithm).await;
        sign_in(&elsewhere).await.expect("signs in")
    };
    let held = first_of(Algorithm::Es256).await;
    assert!(opens(&node, &held).await, "although it has just started");
    let another = first_of(Algorithm::Rs256).await;
    installation
        .clock
        .advance(SECOND - Duration::from_millis(1));
    assert!(!opens(&node, &another).await, "it has just looked");
    installation.clock.advance(Duration::from_millis(1));
    assert!(opens(&node, &another).await);
}

#[tokio::test]
async fn a_change_of_the_secret_signs_no_user_out() {
    for algorithm in [Algorithm::Hs256, Algorithm::EdDsa] {
        let installation = Installation::new().await;
        let before = installation.started(algorithm).await;
        let old = sign_in(&before).await.expect("signs in");
        let after = installation.node(algorithm, "two", Some("one"));
        assert!(opens(&after, &old).await, "{algorithm}");
        tend(&after).await;
        assert!(opens(&after, &old).await, "{algorithm}");
        // By then no token of the previous secret is valid any more.
        installation.clock.advance(HOUR);
        let new = sign_in(&after).await.expect("signs in");
        let later = installation.node(algorithm, "two", None);
        assert!(opens(&later, &new).await, "{algorithm}");
        let stranger = installation.node(algorithm, "three", None);
        assert!(!opens(&stranger, &new).await, "{algorithm}");
    }
}

#[tokio::test]
async fn over_a_year_every_token_is_accepted_until_it_expires() {
    let installation = Installation::new().await;
    let nodes = [1, 2].map(|_| installation.node(Algorithm::EdDsa, "one", None));
    // A node that starts reads the keys, and creates the first one if the store has no key.
    for node in &nodes {
        tend(node).await;
    }
    for _ in 0..4 {
        installation.clock.advance(DAY * 88);
        let mut held: Option<SignedIn> = None;
        for step in 0..3 * 24 * 2 {
            // Each node reads the keys in turn, half an hour after the other.
            let node = &nodes[step % 2];
            tend(node).await;
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
    assert_eq!(installation.keys().await.len(), 5, "one for each 90 days");
}

/// This happens while only some nodes have been restarted.
#[tokio::test]
async fn nodes_with_two_algorithms_or_secrets_keep_each_others_keys() {
    let installation = Installation::new().await;
    for (one, other) in [
        (
            installation.node(Algorithm::EdDsa, "one", None),
            installation.node(Algorithm::Es256, "one", None),
        ),
        (
            installation.node(Algorithm::Rs256, "one", None),
            installation.node(Algorithm::Rs256, "two", Some("one")),
        ),
    ] {
        let before = installation.keys().await.len();
        for _ in 0..9 {
            for node in [&one, &other] {
                node.read_keys().await.expect("reads");
                tend(node).await;
                sign_in(node).await.expect("signs in");
                installation.clock.advance(HOUR / 6);
            }
        }
        let made = installation.keys().await.len() - before;
        assert!(made <= 3, "{made} keys in three hours");
    }
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs() {
    let installation = Installation::new().await;
    let node = installation.started(Algorithm::Es256).await;
    let first = kid_that_signs(&node);
    installation.clock.advance(DAY);
    let asked_for = node.rotate_keys().await.expect("makes a key").kid;
    assert_eq!(node.jwks().keys.len(), 2);
    assert_eq!(kid_that_signs(&node), first);
    let signs = [KeyStanding::Signs, KeyStanding::Verifies];
    assert_eq!(standings(&node).await, signs);
    installation.clock.advance(HOUR - SECOND);
    let last = sign_in(&node).await.expect("signs in");
    assert_eq!(kid_that_signs(&node), first);
    installation.clock.advance(SECOND);
    assert_eq!(kid_that_signs(&node), asked_for);
    assert_eq!(standings(&node).await[1], KeyStanding::Signs);
    assert!(opens(&node, &last).await);
    installation.clock.advance(HOUR * 2);
    assert_eq!(node.jwks().keys.len(), 1);
    assert_eq!(standings(&node).await[0], KeyStanding::Expired);
    installation.clock.advance(SECOND);
    assert_eq!(
        node.purge().await.expect("purges"),
        2,
        "a session and a key"
    );
}

#[tokio::test]
async fn hs256_has_no_key_to_rotate() {
    let installation = Installation::new().await;
    let node = installation.started(Algorithm::Hs256).await;
    let refused = node.rotate_keys().await;
    assert!(matches!(refused, Err(RotateKeysError::Derived)));
    assert_eq!(installation.keys().await, []);
}

#[tokio::test]
async fn a_key_of_a_removed_secret_is_listed_as_unusable_and_replaced_at_once() {
    let installation = Installation::new().await;
    installation.started(Algorithm::EdDsa).await;
    installation.clock.advance(SECOND);
    let after = installation.node(Algorithm::EdDsa, "two", None);
    tend(&after).await;
    sign_in(&after).await.expect("signs in");
    let standings = standings(&after).await;
    let [KeyStanding::Unusable(why), KeyStanding::Signs] = &standings[..] else {
        panic!("{standings:?}");
    };
    assert!(why.contains("secret"), "{why}");
}
