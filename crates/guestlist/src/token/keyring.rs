//! Which keys there are, which of them signs, and which verify.
//!
//! The algorithm that is configured decides what signs, and nothing else: a key that was published verifies
//! until its time is over, whatever is configured now, and so does HS256. A change of the algorithm, of the
//! secret or of a key signs nobody out, and nodes may be restarted one by one.

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
    /// HS256, from the current secret and from the previous one, which only verifies.
    derived: Vec<SigningKey>,
    stored: Vec<HeldKey>,
}

/// A key of a store, opened.
#[derive(Debug)]
struct HeldKey {
    key: SigningKey,
    life: KeyLife,
    opened_by: Which,
}

/// Why a stored key is not used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnusableKey {
    /// It is for something else, which a newer version may know.
    #[error(transparent)]
    Algorithm(#[from] NoSuchAlgorithm),
    /// Its seal does not open: the secret was changed twice since, or somebody else wrote the record.
    #[error(transparent)]
    Sealed(#[from] OpenError),
    /// What was sealed is no key of its algorithm.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Its name or its public half belongs to another key.
    #[error("the record names another key than the one that is sealed")]
    Mismatch,
    /// It is there already.
    #[error("the key is there twice")]
    Twice,
}

/// Why there is no new key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NewKeyError {
    /// None could be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl Keyring {
    /// A ring without stored keys: HS256 verifies and, if it is the algorithm, signs.
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

    /// The same ring with these stored keys and no others, and what is wrong with the rest by name.
    ///
    /// A record counts only if its seal opens: nobody who can merely write to the store adds a key.
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

    /// The algorithm that is configured.
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key that signs: the newest that may. Of HS256 there always is one.
    pub(crate) fn signing(&self, now: Timestamp) -> Option<&SigningKey> {
        if self.algorithm == Algorithm::Hs256 {
            return self.derived.first();
        }
        let mut signing = self.of_the_algorithm().filter(|held| held.life.signs(now));
        signing.next().map(|held| &held.key)
    }

    /// The key of that name, if it verifies. There is no key without a name, and no name is looked up
    /// anywhere else.
    pub(crate) fn verifying(&self, kid: &str, now: Timestamp) -> Option<&VerifyingKey> {
        let living = self.stored.iter().filter(|held| held.life.verifies(now));
        self.derived
            .iter()
            .chain(living.map(|held| &held.key))
            .map(SigningKey::verifying)
            .find(|key| key.kid() == kid)
    }

    /// What others verify with: every key that verifies, and those that will sign soon. The newest stands
    /// first.
    pub(crate) fn jwks(&self, now: Timestamp) -> JwkSet {
        let living = self.stored.iter().filter(|held| held.life.verifies(now));
        let keys = living.filter_map(|held| held.key.verifying().jwk().cloned());
        JwkSet {
            keys: keys.collect(),
        }
    }

    /// The dates of the key that has to be made now, if one has to be. None of HS256.
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

    /// The dates of a key that is made now, due or not.
    pub(crate) fn next(&self, rotation: &Rotation, now: Timestamp) -> KeyLife {
        rotation.next(self.of_the_algorithm().map(|held| &held.life), now)
    }

    /// The keys whose dates have to be changed, because newer ones are there: names and new dates.
    ///
    /// Keys of another algorithm end by their own dates: while nodes are restarted one by one, some still
    /// sign with them. A key that passes with the previous secret succeeds none that lasts.
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

    /// A new key of the algorithm with those dates, for the store. It is in this ring only once the store
    /// has it.
    ///
    /// Takes tenths of a second for RS256: not for a thread that serves.
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
