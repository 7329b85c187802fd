//! How tokens are signed. A key serves one algorithm, and the key decides, never the header of a token
//! (RFC 8725, section 3.1).

use std::{fmt, str::FromStr};

/// How access tokens are signed (RFC 7518, section 3.1; RFC 8037, section 3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// HMAC with SHA-256: whoever can verify a token can also make one, so nobody else is given the key.
    #[default]
    Hs256,
    /// Ed25519: others verify with the public key. Of the three that is so of, the fastest to sign.
    EdDsa,
    /// ECDSA on P-256 with SHA-256, for those who cannot verify Ed25519.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, for those who can verify nothing else. The fastest of the three to
    /// verify, by far the slowest to sign, and the longest.
    Rs256,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Hs256, Self::EdDsa, Self::Es256, Self::Rs256];

    /// The name in the header of a token and in a key (`alg`), spelled exactly like that.
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

/// Tokens are not signed that way here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such algorithm; there are HS256, EdDSA, ES256 and RS256")]
pub struct NoSuchAlgorithm;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_in_its_one_spelling() {
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
