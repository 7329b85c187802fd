//! The names of counters of tries.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{LimitKey, secret_key::Secrets};

/// The length of each of the two MACs of a [`LimitKey`].
const HALF: usize = 8;

/// The key of the names of counters. Another secret starts all counters anew.
pub(crate) struct LimitKeys(Zeroizing<[u8; 32]>);

impl LimitKeys {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        Self(secrets.current().derive("limits, MAC"))
    }

    /// Returns the name of a counter. All counters of one `group` have names that start alike.
    pub(crate) fn key(&self, group: &[u8], limit: &str, of: &[u8]) -> LimitKey {
        let mut key = [0; 2 * HALF];
        key[..HALF].copy_from_slice(&self.mac(&[group]));
        key[HALF..].copy_from_slice(&self.mac(&[group, limit.as_bytes(), of]));
        LimitKey::from_stored(key)
    }

    /// Returns the first and the last possible name of a group.
    pub(crate) fn range(&self, group: &[u8]) -> [LimitKey; 2] {
        [0, u8::MAX].map(|fill| {
            let mut key = [fill; 2 * HALF];
            key[..HALF].copy_from_slice(&self.mac(&[group]));
            LimitKey::from_stored(key)
        })
    }

    fn mac(&self, parts: &[&[u8]]) -> [u8; HALF] {
        let mut hmac =
            Hmac::<Sha256>::new_from_slice(&*self.0).expect("HMAC takes a key of any length");
        for part in parts {
            // Without the lengths, two lists of parts could have one name.
            hmac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hmac.update(part);
        }
        let mac = hmac.finalize().into_bytes();
        std::array::from_fn(|at| mac[at])
    }
}

impl std::fmt::Debug for LimitKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LimitKeys(…)")
    }
}
