//! Encrypts drafts for the browser to keep: text that a user typed, while the user signs in again.
//! AES-256-GCM (NIST SP 800-38D) with a key derived from the secret. A draft is bound to its user,
//! so that another user who signs in cannot read it. Nothing is stored.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{SecretKey, Timestamp, UserId, secret_key::Secrets};

/// The version of the format: nonce, ciphertext, tag. The plaintext starts with the time in
/// milliseconds.
const VERSION: u8 = 1;

/// Encrypts and decrypts drafts.
pub(crate) struct DraftKeys(Vec<RandomizedNonceKey>);

impl DraftKeys {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        let derive = |secret: &SecretKey| {
            let key = secret.derive("drafts, AES-256-GCM");
            RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).expect("32 bytes are its length")
        };
        Self(
            secrets
                .newest_first()
                .map(|(_, secret)| derive(secret))
                .collect(),
        )
    }

    /// Encrypts a text. Returns `None` if the system gives no randomness.
    pub(crate) fn seal(&self, of: UserId, now: Timestamp, text: &[u8]) -> Option<String> {
        let moment = now.as_millis().to_be_bytes();
        let mut sealed = Vec::with_capacity(moment.len() + text.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&moment);
        sealed.extend_from_slice(text);
        let aad = Aad::from(*of.as_uuid().as_bytes());
        let nonce = self
            .0
            .first()?
            .seal_in_place_append_tag(aad, &mut sealed)
            .ok()?;
        let whole = [&[VERSION], &nonce.as_ref()[..], &sealed].concat();
        Some(URL_SAFE_NO_PAD.encode(whole))
    }

    /// Returns the time of encryption and the text. Returns `None` if the draft was encrypted
    /// elsewhere or for another user, or was changed since.
    pub(crate) fn open(&self, of: UserId, sealed: &str) -> Option<(Timestamp, Vec<u8>)> {
        let whole = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (version, rest) = whole.split_first()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>()?;
        if *version != VERSION {
            return None;
        }
        self.0.iter().find_map(|key| {
            let mut text = sealed.to_vec();
            let aad = Aad::from(*of.as_uuid().as_bytes());
            let text = key.open_in_place(Nonce::from(nonce), aad, &mut text).ok()?;
            let (moment, text) = text.split_first_chunk()?;
            let moment = Timestamp::from_millis(i64::from_be_bytes(*moment));
            Some((moment, text.to_vec()))
        })
    }
}

impl std::fmt::Debug for DraftKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DraftKeys(…)")
    }
}
