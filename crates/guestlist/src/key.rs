//! The record of a key that signs tokens, where keys are kept in the store.

use std::fmt;

use crate::{Timestamp, token::KeyLife};

/// A signing key as it is stored: plain text and bytes, which say nothing without the installation's
/// secret. What they mean is decided elsewhere. There are none of HS256, whose keys are derived.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// The name tokens carry in their header (RFC 7515, section 4.1.4): its thumbprint (RFC 7638). Unique.
    pub kid: String,
    /// The one algorithm it is for, as RFC 7518 and RFC 8037 spell it.
    pub algorithm: String,
    /// The private part, sealed under a key derived from the secret: about 80 bytes for EdDSA, 170 for
    /// ES256 and 1,250 for RS256.
    pub sealed: Vec<u8>,
    /// The public part as a JSON Web Key (RFC 7517): it has to be the one that is sealed.
    pub public: String,
    /// When it was made, and published.
    pub created_at: Timestamp,
    /// From when on it signs, unless a newer one does: later than every node knows it.
    pub signs_from: Timestamp,
    /// From when on it signs nothing.
    pub signs_until: Timestamp,
    /// From when on it verifies nothing, and is not published any more: its last token has expired.
    pub verifies_until: Timestamp,
}

impl Key {
    /// Its dates.
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
    fn a_key_does_not_show_what_is_sealed() {
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
