//! The algorithms that sign tokens. A key serves one algorithm, and the key decides which one
//! verifies a token, never the token's header (RFC 8725, section 3.1).

use std::{fmt, str::FromStr};

/// An algorithm that signs access tokens (RFC 7518, section 3.1; RFC 8037, section 3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// HMAC with SHA-256. The key that verifies a token can also sign one, so no other service gets
    /// it.
    #[default]
    Hs256,
    /// Ed25519: other services verify with the public key. It signs fastest of the three public-key
    /// algorithms.
    EdDsa,
    /// ECDSA on P-256 with SHA-256, for services that cannot verify Ed25519.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, for services that cannot verify the others. Of the three it
    /// verifies fastest, signs by far slowest, and makes the longest tokens.
    Rs256,
}

impl Algorithm {
    /// All algorithms.
    pub const ALL: [Self; 4] = [Self::Hs256, Self::EdDsa, Self::Es256, Self::Rs256];

    /// Returns the name in a token's header and in a key (`alg`), in its exact spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = NoSuchAlgorithm;

    fn from_str(name: &str) -> Result<Self, NoSuchAlgorithm> {
        let named = Self::ALL.into_iter().find(|one| one.as_str() == name);
        named.ok_or(NoSuchAlgorithm)
    }
}

/// The text is not the name of a supported algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown algorithm; use HS256, EdDSA, ES256 or RS256")]
pub struct NoSuchAlgorithm;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_accepted_only_in_its_exact_spelling() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
            let names = NoSuchAlgorithm.to_string();
            assert!(names.contains(algorithm.as_str()), "{names}");
        }
        for name in [
            "", "none", "None", "hs256", "eddsa", "Ed25519", "ES256K", "HS384", "PS256", " HS256",
        ] {
            assert_eq!(name.parse::<Algorithm>(), Err(NoSuchAlgorithm), "{name}");
        }
    }
}
