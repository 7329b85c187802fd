//! The record of a stored key that signs tokens.

use std::fmt;

use crate::{Timestamp, token::KeyLife};

/// A signing key as it is stored: plain text and bytes, which are useless without the server's
/// secret. Other modules interpret it. There are no records for HS256, whose keys are derived.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The name in the header of tokens (RFC 7515, section 4.1.4): the key's thumbprint (RFC 7638).
    /// Unique.
    pub kid: String,
    /// The one algorithm of the key, as RFC 7518 and RFC 8037 write it.
    pub algorithm: String,
    /// The private half, encrypted with a key derived from the secret: about 80 bytes for EdDSA,
    /// 170 for ES256 and 1,250 for RS256.
    pub sealed: Vec<u8>,
    /// The public half as a JSON Web Key (RFC 7517). It must belong to the private half.
    pub public: String,
    /// When the key was created and published.
    pub created_at: Timestamp,
    /// When the key starts to sign, unless a newer one signs. By then every node has read it.
    pub signs_from: Timestamp,
    /// When the key stops signing.
    pub signs_until: Timestamp,
    /// When the key stops verifying and is no longer published, because its last token has expired.
    pub verifies_until: Timestamp,
}

impl Key {
    /// Returns the dates of the key.
    pub(crate) fn life(&self) -> KeyLife {
        KeyLife {
            created_at: self.created_at,
            signs_from: self.signs_from,
            signs_until: self.signs_until,
            verifies_until: self.verifies_until,
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Key");
        shown.field("kid", &self.kid);
        shown.field("algorithm", &self.algorithm);
        shown.field("life", &self.life()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_private_half_of_a_key_cannot_be_printed() {
        let at = Timestamp::from_millis;
        let key = Key {
            kid: "a key".to_owned(),
            algorithm: "EdDSA".to_owned(),
            sealed: b"sealed".to_vec(),
            public: "{}".to_owned(),
            created_at: at(1),
            signs_from: at(2),
            signs_until: at(3),
            verifies_until: at(4),
        };
        let shown = format!("{key:?}");
        assert!(
            shown.contains("a key") && shown.contains("EdDSA"),
            "{shown}"
        );
        assert!(
            !shown.contains("115, 101") && !shown.contains("sealed"),
            "{shown}"
        );
    }
}
