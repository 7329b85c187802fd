//! The stored form of a private key: encrypted by AES-256-GCM (NIST SP 800-38D) with a key derived
//! from the secret for this purpose only. The name and the algorithm of the key are authenticated,
//! so that ciphertext that was moved to another record cannot be decrypted.
//!
//! Read access to the store reveals no key, and write access cannot add one.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use zeroize::Zeroizing;

use crate::{
    Algorithm, SecretKey,
    secret_key::{Secrets, Which},
    token::key::Pkcs8,
};

/// The version of the format: nonce, ciphertext, tag.
const VERSION: u8 = 1;

/// The system gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("failed to encrypt a key")]
pub(crate) struct SealError;

/// The key was encrypted with another secret or for another record, or it was changed. The
/// error cannot say which.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither the secret nor the previous secret decrypts the key")]
pub(crate) struct OpenError;

/// Encrypts a private key with the secret and a random nonce.
pub(crate) fn seal(
    pkcs8: &Pkcs8,
    kid: &str,
    algorithm: Algorithm,
    secret: &SecretKey,
) -> Result<Vec<u8>, SealError> {
    // The buffer has space for the tag from the start: a buffer that moves would leave a copy of
    // the key behind.
    let bytes = pkcs8.len() + AES_256_GCM.tag_len();
    let mut text = Zeroizing::new(Vec::with_capacity(bytes));
    text.extend_from_slice(pkcs8);
    let aad = Aad::from(associated(kid, algorithm));
    let nonce = key(secret)
        .seal_in_place_append_tag(aad, &mut *text)
        .map_err(|_| SealError)?;
    Ok([&[VERSION], &nonce.as_ref()[..], &text].concat())
}

/// Decrypts a private key. Also returns which secret decrypted it.
pub(crate) fn open(
    sealed: &[u8],
    kid: &str,
    algorithm: Algorithm,
    secrets: &Secrets,
) -> Result<(Pkcs8, Which), OpenError> {
    let associated = associated(kid, algorithm);
    let open = |(which, secret)| Some((open_under(sealed, &associated, secret)?, which));
    secrets.newest_first().find_map(open).ok_or(OpenError)
}

fn open_under(sealed: &[u8], associated: &[u8], secret: &SecretKey) -> Option<Pkcs8> {
    let (version, rest) = sealed.split_first()?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>()?;
    if *version != VERSION {
        return None;
    }
    let mut text = Zeroizing::new(sealed.to_vec());
    let opened = key(secret)
        .open_in_place(Nonce::from(nonce), Aad::from(associated), &mut text)
        .ok()?
        .len();
    text.truncate(opened);
    Some(text)
}

fn key(secret: &SecretKey) -> RandomizedNonceKey {
    let key = secret.derive("signing keys at rest, AES-256-GCM");
    RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).expect("32 bytes are its length")
}

/// A zero byte separates the two parts, because no algorithm's name contains one.
fn associated(kid: &str, algorithm: Algorithm) -> Vec<u8> {
    [algorithm.as_str().as_bytes(), &[0], kid.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KID: &str = "a key";

    fn secret(of: u8) -> SecretKey {
        SecretKey::weak([of; 32]).expect("is a key")
    }

    fn secrets(current: u8, previous: Option<u8>) -> Secrets {
        Secrets::new(secret(current), previous.map(secret))
    }

    fn sealed() -> Vec<u8> {
        let pkcs8 = Zeroizing::new(b"a private key".to_vec());
        seal(&pkcs8, KID, Algorithm::EdDsa, &secret(1)).expect("seals")
    }

    #[test]
    fn an_encrypted_key_is_decrypted_with_the_secret_or_the_previous_one() {
        for (current, previous, which) in [
            (1, None, Which::Current),
            (1, Some(2), Which::Current),
            (2, Some(1), Which::Previous),
        ] {
            let secrets = secrets(current, previous);
            let opened = open(&sealed(), KID, Algorithm::EdDsa, &secrets);
            let (opened, by) = opened.expect("opens");
            assert_eq!((opened.as_slice(), by), (&b"a private key"[..], which));
        }
        for secrets in [secrets(2, None), secrets(2, Some(3))] {
            let opened = open(&sealed(), KID, Algorithm::EdDsa, &secrets);
            assert_eq!(opened, Err(OpenError));
        }
    }

    #[test]
    fn an_encrypted_key_belongs_to_its_record() {
        let secrets = secrets(1, None);
        for kid in ["", "a ke", "a key ", "another key"] {
            let opened = open(&sealed(), kid, Algorithm::EdDsa, &secrets);
            assert_eq!(opened, Err(OpenError), "{kid}");
        }
        for algorithm in [Algorithm::Hs256, Algorithm::Es256, Algorithm::Rs256] {
            let opened = open(&sealed(), KID, algorithm, &secrets);
            assert_eq!(opened, Err(OpenError), "{algorithm}");
        }
    }

    #[test]
    fn an_encrypted_key_with_a_changed_bit_or_a_missing_byte_is_refused() {
        let (secrets, sealed) = (secrets(1, None), sealed());
        let opens = |bytes: &[u8]| open(bytes, KID, Algorithm::EdDsa, &secrets).is_ok();
        let good = sealed.as_slice();
        assert!(opens(good));
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut changed = good.to_vec();
                changed[at] ^= 1 << bit;
                assert!(!opens(&changed), "byte {at} bit {bit}");
            }
            assert!(!opens(&good[..at]), "cut at {at}");
            assert!(!opens(&good[at + 1..]), "cut before {at}");
        }
        assert!(!opens(&[good, &[0]].concat()));
    }

    #[test]
    fn two_encryptions_of_one_key_differ_and_hide_it() {
        let (one, other) = (sealed(), sealed());
        assert_ne!(one, other);
        let shown = one.windows(7).any(|part| part == b"private");
        assert!(!shown);
    }
}
