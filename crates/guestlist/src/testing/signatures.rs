//! Access tokens of every algorithm without a `Guestlist`.

use std::time::Duration;

use crate::{
    Algorithm, Clock, SecretKey, SessionId, SystemClock, UserId,
    secret_key::Secrets,
    token::{Claims, Jwt, Keyring, Rotation},
};

/// Signs and verifies access tokens by one algorithm, as a `Guestlist` does: for benchmarks.
#[derive(Debug)]
pub struct Signatures {
    jwt: Jwt,
    clock: SystemClock,
}

impl Signatures {
    /// Returns a signer with a new key.
    ///
    /// # Panics
    /// If the operating system gives no randomness.
    pub fn new(algorithm: Algorithm) -> Self {
        let clock = SystemClock::new();
        let secret = SecretKey::new(*b"0123456789abcdef0123456789abcdef").expect("32 bytes");
        let ring = Keyring::new(algorithm, Secrets::new(secret, None));
        let rotation = Rotation::of_tokens_that_live(Duration::from_secs(600));
        let life = ring.due(&rotation, clock.now());
        let key = life.map(|life| ring.make(life).expect("makes a key"));
        let (ring, unusable) = ring.with_stored(key.as_slice());
        assert_eq!(unusable, []);
        Self {
            jwt: Jwt::new(ring, "https://party.example", "https://party.example"),
            clock,
        }
    }

    /// Returns a token that is valid for ten minutes.
    ///
    /// # Panics
    /// If the operating system gives no randomness.
    pub fn sign(&self) -> String {
        let now = self.clock.now();
        let claims = Claims {
            user: UserId::new(now),
            session: SessionId::new(now),
            expires_at: now.plus(Duration::from_secs(600)),
        };
        self.jwt.sign(&claims, now).expect("signs")
    }

    /// Whether the token is valid.
    pub fn verify(&self, token: &str) -> bool {
        self.jwt.verify(token, self.clock.now()).is_ok()
    }
}
