//! Keys that sign and verify. Each key has one algorithm and one name (`kid`) for its whole life.
//!
//! Keys are parsed once, so that a signature costs only its arithmetic. Other modules decide where
//! keys come from, how long they are valid and how they are stored.

mod roca;

use std::fmt;

use aws_lc_rs::{
    encoding::AsDer,
    hmac,
    rand::SystemRandom,
    rsa::{KeySize, PublicKeyComponents},
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
        Ed25519KeyPair, KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
        RsaKeyPair,
    },
};
use zeroize::Zeroizing;

use crate::{
    Algorithm,
    token::jwk::{Jwk, JwkError, PublicNumbers, thumbprint},
};

/// The fewest bytes of a key for HMAC-SHA-256 (RFC 7518, section 3.2).
const MIN_HMAC_BYTES: usize = 32;
/// The fewest bits of a modulus for RS256 (RFC 7518, section 3.3).
const MIN_RSA_BITS: usize = 2048;
/// The exponent of every key that we create: 65537. A key with another one is refused.
const RSA_EXPONENT: [u8; 3] = [1, 0, 1];
/// The size of new RSA keys. It is large enough for a key that signs for months: a signature
/// matters only as long as its token is valid, so breaking last year's key gains nothing. With 3072
/// bits, signing would take 2.6 times as long, and every token would be 170 characters longer.
const RSA_SIZE: KeySize = KeySize::Rsa2048;

/// A private key in PKCS#8 (RFC 5208), unencrypted. It exists only while a key is encrypted or
/// decrypted.
pub(crate) type Pkcs8 = Zeroizing<Vec<u8>>;

/// A key that signs and verifies.
pub(crate) struct SigningKey {
    private: Private,
    verifying: VerifyingKey,
}

enum Private {
    Hs256(Box<hmac::Key>),
    EdDsa(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

/// A key that verifies.
pub(crate) struct VerifyingKey {
    kid: String,
    public: Public,
    jwk: Option<Jwk>,
}

enum Public {
    Hs256(Box<hmac::Key>),
    EdDsa(ParsedPublicKey),
    Es256(ParsedPublicKey),
    Rs256(ParsedPublicKey),
}

/// Why a key is refused or cannot be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyError {
    /// The text or bytes are not a key of its algorithm.
    #[error("the key is malformed, or for another use")]
    Malformed,
    /// The key is well-formed, and easy to break.
    #[error("the key is weak")]
    Weak,
    /// An HS256 key is derived from the secret; it is neither created nor read.
    #[error("HS256 keys are derived from the secret")]
    Derived,
    /// The operating system gave no randomness or memory.
    #[error("failed to create a key")]
    NotMade,
}

impl From<JwkError> for KeyError {
    fn from(_: JwkError) -> Self {
        Self::Malformed
    }
}

/// The signature was not made by this key, or this key cannot sign.
#[derive(Debug, thiserror::Error)]
#[error("the key cannot sign")]
pub(crate) struct SignatureError;

/// Creates a private key.
///
/// For RS256 this finds two primes, which takes tenths of a second.
pub(crate) fn generate(algorithm: Algorithm) -> Result<Pkcs8, KeyError> {
    let failed = |_| KeyError::NotMade;
    let bytes = match algorithm {
        Algorithm::Hs256 => return Err(KeyError::Derived),
        Algorithm::EdDsa => {
            let pair = Ed25519KeyPair::generate().map_err(failed)?;
            pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec()
        }
        Algorithm::Es256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
            pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec()
        }
        Algorithm::Rs256 => {
            let pair = RsaKeyPair::generate(RSA_SIZE).map_err(failed)?;
            pair.as_der().map_err(failed)?.as_ref().to_vec()
        }
    };
    Ok(Zeroizing::new(bytes))
}

impl SigningKey {
    /// Creates an HS256 key from a secret of at least 32 bytes, with a name.
    pub(crate) fn hs256(kid: String, secret: &[u8]) -> Result<Self, KeyError> {
        if secret.len() < MIN_HMAC_BYTES {
            return Err(KeyError::Weak);
        }
        let key = Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret));
        Ok(Self {
            private: Private::Hs256(key.clone()),
            verifying: VerifyingKey {
                kid,
                public: Public::Hs256(key),
                jwk: None,
            },
        })
    }

    /// Reads a private key of this algorithm from an unencrypted PKCS#8 document.
    pub(crate) fn from_pkcs8(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let (private, numbers) = match algorithm {
            Algorithm::Hs256 => return Err(KeyError::Derived),
            Algorithm::EdDsa => {
                let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError::Malformed)?;
                let x = pair.public_key().as_ref().try_into();
                let x = x.map_err(|_| KeyError::Malformed)?;
                (Private::EdDsa(pair), PublicNumbers::Ed25519(x))
            }
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
                    .map_err(|_| KeyError::Malformed)?;
                let numbers = coordinates(pair.public_key().as_ref())?;
                (Private::Es256(pair), numbers)
            }
            Algorithm::Rs256 => {
                let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError::Malformed)?;
                let public = pair.public_key();
                let n = public.modulus().big_endian_without_leading_zero().to_vec();
                let e = public.exponent().big_endian_without_leading_zero().to_vec();
                (Private::Rs256(pair), PublicNumbers::Rsa(n, e))
            }
        };
        Ok(Self {
            private,
            verifying: VerifyingKey::new(&numbers)?,
        })
    }

    /// Returns the verifying half.
    pub(crate) fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// Signs a message. The signature has the form of a JWS: for ES256 the two numbers side by side
    /// (RFC 7518, section 3.4).
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        match &self.private {
            Private::Hs256(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
            Private::EdDsa(pair) => {
                let signature = pair.try_sign(message).map_err(|_| SignatureError)?;
                Ok(signature.as_ref().to_vec())
            }
            Private::Es256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message);
                Ok(signature.map_err(|_| SignatureError)?.as_ref().to_vec())
            }
            Private::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    message,
                    &mut signature,
                )
                .map_err(|_| SignatureError)?;
                Ok(signature)
            }
        }
    }
}

/// Returns the coordinates of an uncompressed point (SEC 1, section 2.3.3).
fn coordinates(point: &[u8]) -> Result<PublicNumbers, KeyError> {
    match point.split_first_chunk::<33>() {
        Some(([4, x @ ..], y)) => {
            let y = y.try_into().map_err(|_| KeyError::Malformed)?;
            Ok(PublicNumbers::P256(*x, y))
        }
        _ => Err(KeyError::Malformed),
    }
}

impl VerifyingKey {
    /// Reads a public key of this algorithm from a JWK (RFC 7517). Its name is its thumbprint; a
    /// `kid` in the JWK is ignored.
    pub(crate) fn from_jwk(algorithm: Algorithm, json: &str) -> Result<Self, KeyError> {
        Self::new(&Jwk::parse(json)?.numbers(algorithm)?)
    }

    fn new(numbers: &PublicNumbers) -> Result<Self, KeyError> {
        let public = match numbers {
            PublicNumbers::Ed25519(x) => {
                let key = ParsedPublicKey::new(&ED25519, x).map_err(|_| KeyError::Malformed)?;
                Public::EdDsa(key)
            }
            PublicNumbers::P256(x, y) => {
                let point = [&[4][..], x, y].concat();
                let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                    .map_err(|_| KeyError::Malformed)?;
                Public::Es256(key)
            }
            PublicNumbers::Rsa(n, e) => {
                if bits(n) < MIN_RSA_BITS || *e != RSA_EXPONENT || roca::is_weak(n) {
                    return Err(KeyError::Weak);
                }
                let key = PublicKeyComponents { n, e }
                    .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
                    .map_err(|_| KeyError::Malformed)?;
                Public::Rs256(key)
            }
        };
        Ok(Self {
            kid: thumbprint(numbers),
            public,
            jwk: Some(Jwk::from(numbers)),
        })
    }

    /// Returns the key's name, as it stands in the header of a token.
    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// Returns the one algorithm that this key verifies.
    pub(crate) fn algorithm(&self) -> Algorithm {
        match self.public {
            Public::Hs256(_) => Algorithm::Hs256,
            Public::EdDsa(_) => Algorithm::EdDsa,
            Public::Es256(_) => Algorithm::Es256,
            Public::Rs256(_) => Algorithm::Rs256,
        }
    }

    /// Returns the public key, or `None` for HS256, which has only a secret key.
    pub(crate) fn jwk(&self) -> Option<&Jwk> {
        self.jwk.as_ref()
    }

    /// Checks that this key signed the message.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let verified = match &self.public {
            Public::Hs256(key) => hmac::verify(key, message, signature),
            Public::EdDsa(key) | Public::Es256(key) | Public::Rs256(key) => {
                key.verify_sig(message, signature)
            }
        };
        verified.map_err(|_| SignatureError)
    }
}

/// Returns the number of bits of a number without leading zero bytes.
fn bits(number: &[u8]) -> usize {
    let unused = number.first().map_or(0, |first| first.leading_zeros());
    number.len() * 8 - usize::try_from(unused).expect("eight at most")
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.verifying).finish()
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.algorithm(), self.kid)
    }
}

#[cfg(test)]
mod tests;
