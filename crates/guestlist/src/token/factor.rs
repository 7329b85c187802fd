//! How a second factor is stored: the secret of an authenticator app encrypted by AES-256-GCM (NIST
//! SP 800-38D), recovery codes as HMAC-SHA-256 (RFC 2104). Both keys are derived from the server's
//! secret, each for its purpose only. Both forms are bound to their user, so that a record that was
//! moved to another user is worthless.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use super::{
    recovery_code::RecoveryCode,
    totp::{SECRET, TotpSecret},
};
use crate::{
    RecoveryCodeHash, SecretKey, UserId,
    secret_key::{Secrets, Which},
};

/// The version of the format: nonce, ciphertext, tag.
const VERSION: u8 = 1;

/// Encrypts secrets and hashes recovery codes, with the keys of the current secret. Reads what the
/// previous secret made, too.
pub(crate) struct FactorKeys(Vec<(Which, Keys)>);

struct Keys {
    seal: RandomizedNonceKey,
    mac: Zeroizing<[u8; 32]>,
}

impl Keys {
    fn derive(secret: &SecretKey) -> Self {
        let seal = secret.derive("second factors at rest, AES-256-GCM");
        Self {
            seal: RandomizedNonceKey::new(&AES_256_GCM, seal.as_ref())
                .expect("32 bytes are its length"),
            mac: secret.derive("recovery codes, HMAC-SHA-256"),
        }
    }

    fn open(&self, of: UserId, sealed: &[u8]) -> Option<TotpSecret> {
        let (version, rest) = sealed.split_first()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>()?;
        if *version != VERSION {
            return None;
        }
        let mut text = Zeroizing::new(sealed.to_vec());
        let aad = Aad::from(*of.as_uuid().as_bytes());
        let opened = self
            .seal
            .open_in_place(Nonce::from(nonce), aad, &mut text)
            .ok()?;
        let secret = <[u8; SECRET]>::try_from(&*opened);
        opened.zeroize();
        Some(TotpSecret::from_bytes(secret.ok()?))
    }

    fn hash(&self, of: UserId, code: &RecoveryCode) -> RecoveryCodeHash {
        let mac = Hmac::<Sha256>::new_from_slice(self.mac.as_ref());
        let mut mac = mac.expect("HMAC takes a key of any length");
        mac.update(of.as_uuid().as_bytes());
        mac.update(code.characters().as_bytes());
        RecoveryCodeHash::from_stored(mac.finalize().into_bytes().into())
    }
}

impl FactorKeys {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        let keys = secrets.newest_first();
        Self(
            keys.map(|(which, secret)| (which, Keys::derive(secret)))
                .collect(),
        )
    }

    /// Encrypts a secret for its user. Returns `None` if the system gives no randomness.
    pub(crate) fn seal(&self, of: UserId, secret: &TotpSecret) -> Option<Vec<u8>> {
        let mut text = Zeroizing::new(Vec::with_capacity(SECRET + AES_256_GCM.tag_len()));
        text.extend_from_slice(secret.as_bytes());
        let aad = Aad::from(*of.as_uuid().as_bytes());
        let (_, keys) = self.0.first()?;
        let nonce = keys.seal.seal_in_place_append_tag(aad, &mut *text).ok()?;
        Some([&[VERSION], &nonce.as_ref()[..], &text].concat())
    }

    /// Decrypts a secret. Also returns which secret of the server decrypted it. Returns `None` if
    /// it was encrypted elsewhere or for another user, or was changed since.
    pub(crate) fn open(&self, of: UserId, sealed: &[u8]) -> Option<(TotpSecret, Which)> {
        let mut keys = self.0.iter();
        keys.find_map(|(which, keys)| Some((keys.open(of, sealed)?, *which)))
    }

    /// Returns the stored form of a new code.
    pub(crate) fn hash(&self, of: UserId, code: &RecoveryCode) -> Option<RecoveryCodeHash> {
        self.hashes(of, code).next()
    }

    /// Returns every form in which the code may be stored, the newest first.
    pub(crate) fn hashes(
        &self,
        of: UserId,
        code: &RecoveryCode,
    ) -> impl Iterator<Item = RecoveryCodeHash> {
        self.0.iter().map(move |(_, keys)| keys.hash(of, code))
    }
}

impl std::fmt::Debug for FactorKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FactorKeys(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    fn keys(current: &str, previous: Option<&str>) -> FactorKeys {
        let secret = |text| SecretKey::weak(text).expect("is a key");
        FactorKeys::new(&Secrets::new(secret(current), previous.map(secret)))
    }

    fn users() -> [UserId; 2] {
        [1, 2].map(|millis| UserId::new(Timestamp::from_millis(millis)))
    }

    #[test]
    fn a_secret_is_opened_for_its_user_under_the_secret_or_the_previous_one() {
        let [ada, bea] = users();
        let secret = TotpSecret::new();
        let sealed = keys("one", None).seal(ada, &secret).expect("seals");
        assert_eq!(sealed.len(), 49);
        for (keys, which) in [
            (keys("one", None), Some(Which::Current)),
            (keys("two", Some("one")), Some(Which::Previous)),
            (keys("two", None), None),
        ] {
            let opened = keys.open(ada, &sealed);
            assert_eq!(opened.as_ref().map(|(_, which)| *which), which);
            let is_it = |(opened, _): (TotpSecret, _)| opened.as_bytes() == secret.as_bytes();
            assert!(opened.is_none_or(is_it));
            assert!(keys.open(bea, &sealed).is_none(), "another user");
        }
        let again = keys("one", None).seal(ada, &secret).expect("seals");
        assert_ne!(again, sealed);
    }

    #[test]
    fn a_changed_secret_is_refused() {
        let ([ada, _], keys) = (users(), keys("one", None));
        let sealed = keys.seal(ada, &TotpSecret::new()).expect("seals");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(keys.open(ada, &changed).is_none(), "{at}");
            assert!(keys.open(ada, &sealed[..at]).is_none(), "cut at {at}");
        }
        assert!(keys.open(ada, &[&sealed[..], &[0]].concat()).is_none());
    }

    /// The expected value was computed with `hmac` and `hashlib` of Python's standard library.
    #[test]
    fn a_code_is_hashed_for_its_user_under_each_secret() {
        let [ada, bea] = users();
        let code = RecoveryCode::parse("ABCDE-FGH23").expect("is a code");
        let hash = |keys: FactorKeys, of| keys.hash(of, &code).expect("hashes");
        let stored = hash(keys("one", None), ada);
        assert_ne!(stored, hash(keys("one", None), bea));
        assert_ne!(stored, hash(keys("two", None), ada));
        let both = keys("two", Some("one"));
        assert!(both.hashes(ada, &code).any(|hash| hash == stored));
        let user = "01890a5d-2c00-7000-8000-00000000000a";
        let user = user.parse().expect("is an id");
        let hex: String = hash(keys("HI5HL3V3L$3CR3T", None), user)
            .as_stored()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            hex,
            "167cf9fc7551a15e5dbe7a9f6fa98d9e6e356d05606a7e3f75c18427563f7004"
        );
    }
}
