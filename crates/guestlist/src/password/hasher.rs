//! The hash context: an ordered list of schemes, of which the first makes hashes and all verify.

use std::sync::Arc;

use super::{
    Password, PasswordHash,
    pool::{Pool, QueueFull},
    schemes::{Argon2idCost, Scheme},
};

/// Hashes and verifies passwords, off the threads that serve.
#[derive(Debug)]
pub(crate) struct Hasher {
    schemes: Arc<[Scheme]>,
    pool: Pool,
    /// A hash no password has, of the current scheme and cost: what a stranger is verified against.
    decoy: PasswordHash,
}

/// What came of a verification.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is the password. A replacement comes with it where the hash is of an older scheme or
    /// a lower cost than the one that hashes now.
    Match { replacement: Option<PasswordHash> },
    /// It is not, or nobody could tell.
    NoMatch,
}

/// Why nothing was hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many passwords are waiting to be hashed.
    #[error("too many sign-ins at once")]
    Busy,
    /// The operating system gives no randomness for a salt.
    #[error("the operating system gives no randomness")]
    Entropy(#[from] getrandom::Error),
}

impl From<QueueFull> for HashError {
    fn from(_: QueueFull) -> Self {
        Self::Busy
    }
}

impl Hasher {
    pub(crate) fn start(cost: Argon2idCost) -> std::io::Result<Self> {
        let preferred = Scheme::Argon2id(cost);
        let decoy = preferred.decoy().map_err(std::io::Error::other)?;
        Ok(Self {
            schemes: Arc::new([preferred, Scheme::Bcrypt]),
            pool: Pool::start()?,
            decoy,
        })
    }

    /// A hash by the first scheme.
    pub(crate) async fn hash(&self, password: Password) -> Result<PasswordHash, HashError> {
        let schemes = Arc::clone(&self.schemes);
        let hash = self
            .pool
            .run(move |memory| schemes[0].hash(&password, memory))
            .await??;
        Ok(hash)
    }

    /// Whether that is the password. Without a hash the work is the same and the answer is no.
    pub(crate) async fn verify(
        &self,
        password: Password,
        expected: Option<PasswordHash>,
    ) -> Result<Verdict, HashError> {
        let schemes = Arc::clone(&self.schemes);
        let known = expected.filter(|hash| {
            let readable = schemes.iter().any(|scheme| scheme.reads(hash));
            if !readable {
                tracing::warn!("a stored password hash has a format or cost that is not read here");
            }
            readable
        });
        let hash = known.unwrap_or_else(|| self.decoy.clone());
        let verdict = self
            .pool
            .run(move |memory| -> Result<Verdict, HashError> {
                let Some(scheme) = schemes.iter().find(|scheme| scheme.reads(&hash)) else {
                    return Ok(Verdict::NoMatch);
                };
                if !scheme.verify(&password, &hash, memory) {
                    return Ok(Verdict::NoMatch);
                }
                let replacement = if schemes[0].would_make(&hash) {
                    None
                } else {
                    scheme
                        .may_replace(&password)
                        .then(|| schemes[0].hash(&password, memory))
                };
                Ok(Verdict::Match {
                    replacement: replacement.transpose()?,
                })
            })
            .await??;
        Ok(verdict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher() -> Hasher {
        Hasher::start(Argon2idCost::for_tests()).expect("starts")
    }

    async fn replacement(hasher: &Hasher, password: &str, hash: &str) -> Option<Option<String>> {
        let hash = PasswordHash::from_stored(hash);
        match hasher.verify(Password::new(password), Some(hash)).await {
            Ok(Verdict::Match { replacement }) => {
                Some(replacement.map(|hash| hash.as_stored().to_owned()))
            }
            Ok(Verdict::NoMatch) => None,
            Err(error) => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_and_no_other_does() {
        let hasher = hasher();
        let hash = hasher
            .hash(Password::new("exemplary"))
            .await
            .expect("hashes");
        let hash = hash.as_stored();
        assert_eq!(replacement(&hasher, "exemplary", hash).await, Some(None));
        for other in ["Exemplary", "exemplary ", " exemplary", "", "exemplar"] {
            assert_eq!(replacement(&hasher, other, hash).await, None, "{other}");
        }
    }

    #[tokio::test]
    async fn nothing_is_cut_from_a_password_we_hash() {
        let hasher = hasher();
        let long = "x".repeat(72);
        for (password, other) in [
            (format!("{long}a"), format!("{long}b")),
            ("abc\0defgh".to_owned(), "abc".to_owned()),
            ("abc\0defgh".to_owned(), "abc\0defgi".to_owned()),
        ] {
            let hash = hasher.hash(Password::new(password)).await.expect("hashes");
            assert_eq!(replacement(&hasher, &other, hash.as_stored()).await, None);
        }
    }

    #[tokio::test]
    async fn the_normal_form_is_c() {
        let hasher = hasher();
        let hash = hasher
            .hash(Password::new("caf\u{e9} ﬁne"))
            .await
            .expect("hashes");
        let hash = hash.as_stored();
        assert_eq!(
            replacement(&hasher, "cafe\u{301} ﬁne", hash).await,
            Some(None)
        );
        assert_eq!(replacement(&hasher, "caf\u{e9} fine", hash).await, None);
    }

    #[tokio::test]
    async fn what_is_older_or_cheaper_is_replaced_once() {
        let hasher = hasher();
        let cheaper = Scheme::Argon2id(Argon2idCost::cheaper_for_tests());
        let cheaper = cheaper.hash(&Password::new("exemplary"), &mut Default::default());
        let cheaper = cheaper.expect("hashes").as_stored().to_owned();
        // Made by `bcrypt` 5.0 of PyPI: `bcrypt.hashpw(b"exemplary", bcrypt.gensalt(4))`.
        for old in [cheaper.as_str(), super::super::schemes::BCRYPT_OF_EXEMPLARY] {
            assert_eq!(replacement(&hasher, "wrong", old).await, None);
            let new = replacement(&hasher, "exemplary", old).await.flatten();
            let new = new.expect("is replaced");
            assert_eq!(replacement(&hasher, "exemplary", &new).await, Some(None));
        }
    }

    #[tokio::test]
    async fn nobody_matches_a_hash_that_cannot_be_read() {
        let hasher = hasher();
        for hash in [
            "",
            "exemplary",
            "$argon2id$",
            "$2x$04$",
            "$1$abc$def",
            "!",
            "*",
        ] {
            assert_eq!(
                replacement(&hasher, "exemplary", hash).await,
                None,
                "{hash}"
            );
        }
        let stranger = hasher.verify(Password::new("exemplary"), None).await;
        assert!(matches!(stranger, Ok(Verdict::NoMatch)));
    }
}
