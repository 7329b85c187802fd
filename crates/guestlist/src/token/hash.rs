//! The stored form of a token, which is a different type from the token.
//!
//! It is a MAC with a key derived from the server's secret, with that key's id in front. So a
//! copied database contains no valid tokens for a server with another secret. An attacker who can
//! write to the database cannot add a valid token.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{SecretKey, secret_key::Secrets};

const KEY_ID: usize = 8;
const MAC: usize = 32;
const LEN: usize = KEY_ID + MAC;

/// The stored form of a token: the id of a key (8 bytes), and the HMAC-SHA-256 (RFC 2104) of the
/// whole token, with its prefix, under that key (32 bytes). Tokens have 256 random bits, so no slow
/// hash is needed. `==` takes constant time.
#[derive(Clone, Copy)]
pub struct TokenHash([u8; LEN]);

/// The id of the key of a [`TokenHash`]. It is derived from the same secret as the key (HKDF, RFC
/// 5869) and reveals neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenKeyId([u8; KEY_ID]);

/// The keys that hash this server's tokens.
pub(crate) struct TokenKeys {
    current: TokenKey,
    previous: Option<TokenKey>,
}

/// The key of one secret.
pub(crate) struct TokenKey {
    id: TokenKeyId,
    /// The state before any input; each token starts from a copy.
    mac: Hmac<Sha256>,
}

impl TokenHash {
    /// Restores a hash from its stored bytes ([`as_stored`](Self::as_stored)). Bytes of another
    /// length, as earlier versions stored them, become a hash that no token has.
    pub fn from_stored(bytes: &[u8]) -> Self {
        Self(bytes.try_into().unwrap_or([0; LEN]))
    }

    /// Returns the bytes to store: the id of the key, and the MAC.
    pub fn as_stored(&self) -> &[u8; LEN] {
        &self.0
    }

    /// Returns the id of the key that made this hash.
    pub fn key(&self) -> TokenKeyId {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        TokenKeyId([a, b, c, d, e, f, g, h])
    }
}

impl TokenKeyId {
    /// Returns the bytes with which every stored hash of this key starts.
    pub fn as_bytes(&self) -> &[u8; KEY_ID] {
        &self.0
    }

    /// Returns the smallest and the largest possible hash under this key, compared byte by byte. A
    /// store finds all hashes under the key by this range of its index.
    pub fn range(&self) -> [TokenHash; 2] {
        [0, u8::MAX].map(|fill| {
            let mut bytes = [fill; LEN];
            bytes[..KEY_ID].copy_from_slice(&self.0);
            TokenHash(bytes)
        })
    }
}

impl TokenKeys {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        Self {
            current: TokenKey::derive(secrets.current()),
            previous: secrets.previous().map(TokenKey::derive),
        }
    }

    /// Returns the stored form of a new token.
    pub(crate) fn hash(&self, token: &str) -> TokenHash {
        self.current.hash(token)
    }

    /// Whether `stored` is the hash of this token, under the current key or the previous one. A
    /// hash of any other key matches no token.
    pub(crate) fn matches(&self, stored: &TokenHash, token: &str) -> bool {
        let key = stored.key();
        let mut newest_first = std::iter::once(&self.current).chain(&self.previous);
        newest_first
            .find(|known| known.id == key)
            .is_some_and(|known| known.hash(token) == *stored)
    }

    /// Returns the id of the key for new hashes.
    pub(crate) fn current(&self) -> TokenKeyId {
        self.current.id
    }

    /// Returns the id of the previous secret's key, if there is one.
    pub(crate) fn previous(&self) -> Option<TokenKeyId> {
        self.previous.as_ref().map(|key| key.id)
    }
}

impl TokenKey {
    pub(crate) fn derive(secret: &SecretKey) -> Self {
        let id = secret.derive("stored tokens, HMAC-SHA-256, key id");
        let key = secret.derive("stored tokens, HMAC-SHA-256");
        Self {
            id: TokenKeyId(*id.first_chunk().expect("a key is longer than its id")),
            mac: Hmac::new_from_slice(key.as_ref()).expect("HMAC takes a key of any length"),
        }
    }

    pub(crate) fn hash(&self, token: &str) -> TokenHash {
        let mac = self.mac.clone().chain_update(token).finalize();
        let mut bytes = [0; LEN];
        bytes[..KEY_ID].copy_from_slice(&self.id.0);
        bytes[KEY_ID..].copy_from_slice(&mac.into_bytes());
        TokenHash(bytes)
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenHash {}

impl Hash for TokenHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.0);
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

impl fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKeys(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str =
        "gla_AYkKXSwAcACAAAAAAAAAACgABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fglMgJtJh";

    fn keys(current: &str, previous: Option<&str>) -> TokenKeys {
        let secret = |text| SecretKey::weak(text).expect("is a key");
        TokenKeys::new(&Secrets::new(secret(current), previous.map(secret)))
    }

    /// The expected value was computed with `hmac` and `hashlib` of Python's standard library.
    #[test]
    fn the_stored_form_never_changes() {
        let stored = keys("HI5HL3V3L$3CR3T", None).hash(TOKEN);
        let hex: String = stored
            .as_stored()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            hex,
            "83ba7b2bd6ffc7b4d34bf7e2e586e246b6a851815cc874477cd4fda4cbe18cf007abbf0a28514481"
        );
        assert_eq!(stored.key().as_bytes()[..], stored.as_stored()[..8]);
    }

    #[test]
    fn a_hash_matches_one_token_under_one_secret() {
        let one = keys("a secret", None);
        let stored = one.hash(TOKEN);
        assert!(one.matches(&stored, TOKEN));
        assert!(!one.matches(&stored, &TOKEN[1..]));
        assert!(!keys("another", None).matches(&stored, TOKEN));
        let changed = keys("another", Some("a secret"));
        assert!(changed.matches(&stored, TOKEN));
        assert_ne!(changed.hash(TOKEN).key(), stored.key());
        assert_eq!(changed.previous(), Some(stored.key()));
        assert_eq!(keys("a secret", Some("a secret")).previous(), None);
    }

    /// A hash with the right key id is not enough: all its bytes have to be equal.
    #[test]
    fn a_hash_with_a_changed_bit_or_another_length_matches_no_token() {
        let keys = keys("another", Some("a secret"));
        let stored = *keys.hash(TOKEN).as_stored();
        for bit in 0..LEN * 8 {
            let mut changed = stored;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(
                !keys.matches(&TokenHash::from_stored(&changed), TOKEN),
                "bit {bit}"
            );
        }
        for bytes in [
            &[][..],
            &stored[..32],
            &stored[8..],
            &[0; LEN],
            &[0; LEN + 1],
        ] {
            assert!(
                !keys.matches(&TokenHash::from_stored(bytes), TOKEN),
                "{}",
                bytes.len()
            );
        }
        assert!(keys.matches(&TokenHash::from_stored(&stored), TOKEN));
    }

    #[test]
    fn keys_and_hashes_cannot_be_printed() {
        let keys = keys("a secret", None);
        assert_eq!(format!("{keys:?}"), "TokenKeys(…)");
        assert_eq!(format!("{:?}", keys.hash(TOKEN)), "TokenHash(…)");
    }

    #[test]
    fn a_range_contains_the_hashes_of_its_key_only() {
        let stored = keys("a secret", None).hash(TOKEN);
        let [least, greatest] = stored.key().range();
        let within = |hash: &TokenHash| {
            (least.as_stored()..=greatest.as_stored()).contains(&hash.as_stored())
        };
        assert!(within(&stored));
        assert!(!within(&keys("another", None).hash(TOKEN)));
    }
}
