//! The keyring: all keys, the one that signs, and those that verify.
//!
//! The configured algorithm decides only which key signs. A published key verifies until its end,
//! whatever is configured, and so does HS256. So a change of the algorithm, the secret or a key
//! signs no user out, and nodes can be restarted one by one.

use crate::{
    Algorithm, Key, NoSuchAlgorithm, Timestamp,
    secret_key::{Secrets, Which},
    token::{
        jwk::{Jwk, JwkSet},
        key::{KeyError, SigningKey, VerifyingKey, generate},
        rotation::{KeyLife, Rotation},
        sealed::{self, OpenError, SealError},
    },
};

/// The keys of access tokens.
#[derive(Debug)]
pub(crate) struct Keyring {
    algorithm: Algorithm,
    secrets: Secrets,
    /// HS256 keys: from the current secret, and from the previous one, which only verifies.
    derived: Vec<SigningKey>,
    stored: Vec<HeldKey>,
}

/// A stored key, decrypted.
#[derive(Debug)]
struct HeldKey {
    key: SigningKey,
    life: KeyLife,
    opened_by: Which,
}

/// Why a stored key cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnusableKey {
    /// The key is for an algorithm that this version does not know.
    #[error(transparent)]
    Algorithm(#[from] NoSuchAlgorithm),
    /// The key cannot be decrypted: the secret was changed twice since the key was made, or another
    /// program wrote the record.
    #[error(transparent)]
    Sealed(#[from] OpenError),
    /// The decrypted key is not a key of its algorithm.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The name or the public half belongs to another key.
    #[error("the record's name or public key does not belong to its private key")]
    Mismatch,
    /// The key is stored twice.
    #[error("the key is stored twice")]
    Twice,
}

/// Why no key was created.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NewKeyError {
    /// Creating the key failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Encrypting the key failed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl Keyring {
    /// Creates a keyring without stored keys. HS256 verifies and, if it is the configured
    /// algorithm, signs.
    pub(crate) fn new(algorithm: Algorithm, secrets: Secrets) -> Self {
        let derived = secrets.newest_first().map(|(_, secret)| {
            let kid = secret.derive("access token, HS256, key id");
            let key = secret.derive("access token, HS256");
            SigningKey::hs256(encode(&kid[..9]), key.as_ref()).expect("32 bytes are enough")
        });
        Self {
            algorithm,
            derived: derived.collect(),
            secrets,
            stored: Vec::new(),
        }
    }

    /// Returns a keyring with the usable ones of these stored keys, in place of its current stored
    /// keys. Also returns the name of each unusable key, and why it cannot be used.
    ///
    /// A key is usable only if this server can decrypt it. So an attacker who can only write to the
    /// store cannot add a key.
    pub(crate) fn with_stored(&self, records: &[Key]) -> (Self, Vec<(String, UnusableKey)>) {
        let mut ring = Self::new(self.algorithm, self.secrets.clone());
        let mut unusable = Vec::new();
        for record in records {
            match ring.open(record) {
                Ok(held) => ring.stored.push(held),
                Err(why) => unusable.push((record.kid.clone(), why)),
            }
        }
        let dates = |held: &HeldKey| (held.life.signs_from, held.life.created_at);
        ring.stored.sort_by(|one, other| {
            let by_dates = dates(other).cmp(&dates(one));
            by_dates.then_with(|| one.kid().cmp(other.kid()))
        });
        (ring, unusable)
    }

    fn open(&self, record: &Key) -> Result<HeldKey, UnusableKey> {
        let (kid, algorithm) = (&record.kid, record.algorithm.parse()?);
        if self.stored.iter().any(|held| held.kid() == kid) {
            return Err(UnusableKey::Twice);
        }
        let (pkcs8, opened_by) = sealed::open(&record.sealed, kid, algorithm, &self.secrets)?;
        let key = SigningKey::from_pkcs8(algorithm, &pkcs8)?;
        let public = VerifyingKey::from_jwk(algorithm, &record.public)?;
        let verifying = key.verifying();
        if verifying.kid() != kid || public.kid() != kid || public.jwk() != verifying.jwk() {
            return Err(UnusableKey::Mismatch);
        }
        Ok(HeldKey {
            key,
            life: record.life(),
            opened_by,
        })
    }

    /// Returns the configured algorithm.
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the key that signs: the newest one that may. With HS256 there is always one.
    pub(crate) fn signing(&self, now: Timestamp) -> Option<&SigningKey> {
        if self.algorithm == Algorithm::Hs256 {
            return self.derived.first();
        }
        let mut signing = self.of_the_algorithm().filter(|held| held.life.signs(now));
        signing.next().map(|held| &held.key)
    }

    /// Returns the key of this name, if it verifies now. A key without a name does not exist, and
    /// names are looked up only in this keyring.
    pub(crate) fn verifying(&self, kid: &str, now: Timestamp) -> Option<&VerifyingKey> {
        let living = self.stored.iter().filter(|held| held.life.verifies(now));
        self.derived
            .iter()
            .chain(living.map(|held| &held.key))
            .map(SigningKey::verifying)
            .find(|key| key.kid() == kid)
    }

    /// Returns the public keys for other services: all that verify now and those that will sign
    /// soon, newest first.
    pub(crate) fn jwks(&self, now: Timestamp) -> JwkSet {
        let living = self.stored.iter().filter(|held| held.life.verifies(now));
        let keys = living.filter_map(|held| held.key.verifying().jwk().cloned());
        JwkSet {
            keys: keys.collect(),
        }
    }

    /// Returns the dates of the key that must be created now, if one is due. HS256 has no stored
    /// keys, so none is due.
    pub(crate) fn due(&self, rotation: &Rotation, now: Timestamp) -> Option<KeyLife> {
        if self.algorithm == Algorithm::Hs256 {
            return None;
        }
        let opened_by = |which| {
            self.of_the_algorithm()
                .filter(move |held| held.opened_by == which)
                .map(|held| held.life)
                .collect::<Vec<_>>()
        };
        let (lasting, passing) = (opened_by(Which::Current), opened_by(Which::Previous));
        rotation.due(&lasting, &passing, now)
    }

    /// Returns the dates of a key that is created now, due or not.
    pub(crate) fn next(&self, rotation: &Rotation, now: Timestamp) -> KeyLife {
        rotation.next(self.of_the_algorithm().map(|held| &held.life), now)
    }

    /// Returns the keys whose dates must change because a newer key exists, with the new dates.
    ///
    /// Keys of another algorithm end by their own dates: while nodes are restarted one by one, some
    /// still sign with them. A key under the previous secret never replaces a key under the current
    /// one.
    pub(crate) fn succeeded(&self, rotation: &Rotation) -> Vec<(String, KeyLife)> {
        let lasts = |held: &&HeldKey| held.opened_by == Which::Current;
        let Some(newest) = self.of_the_algorithm().find(lasts) else {
            return Vec::new();
        };
        let ended = |held: &HeldKey| {
            let life = rotation.succeeded(&held.life, &newest.life)?;
            Some((held.kid().to_owned(), life))
        };
        self.of_the_algorithm().filter_map(ended).collect()
    }

    /// Creates a key of the configured algorithm with these dates, for the store. The keyring
    /// contains it only after it is stored.
    ///
    /// A key of RS256 takes tenths of a second, so the caller must not be a thread that answers
    /// requests.
    pub(crate) fn make(&self, life: KeyLife) -> Result<Key, NewKeyError> {
        let algorithm = self.algorithm;
        let pkcs8 = generate(algorithm)?;
        let key = SigningKey::from_pkcs8(algorithm, &pkcs8)?;
        let public: &Jwk = key.verifying().jwk().ok_or(KeyError::Derived)?;
        let kid = key.verifying().kid().to_owned();
        Ok(Key {
            sealed: sealed::seal(&pkcs8, &kid, algorithm, self.secrets.current())?,
            public: serde_json::to_string(public).expect("strings are JSON"),
            kid,
            algorithm: algorithm.to_string(),
            created_at: life.created_at,
            signs_from: life.signs_from,
            signs_until: life.signs_until,
            verifies_until: life.verifies_until,
        })
    }

    fn of_the_algorithm(&self) -> impl Iterator<Item = &HeldKey> {
        let ours = |held: &&HeldKey| held.key.verifying().algorithm() == self.algorithm;
        self.stored.iter().filter(ours)
    }
}

impl HeldKey {
    fn kid(&self) -> &str {
        self.key.verifying().kid()
    }
}

fn encode(bytes: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests;
