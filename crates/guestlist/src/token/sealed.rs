//! A private key as a store keeps it: encrypted by AES-256-GCM (NIST SP 800-38D) under a key derived
//! from the secret for that purpose alone. The name and the algorithm of the key are authenticated with
//! it: a seal that was moved to another record does not open.
//!
//! Whoever has the store has no key, and whoever writes to it cannot slip one in.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use zeroize::Zeroizing;

use crate::{
    Algorithm, SecretKey,
    secret_key::{Secrets, Which},
    token::key::Pkcs8,
};

/// How the rest is to be read: nonce, ciphertext, tag.
const VERSION: u8 = 1;

/// The system has no randomness.
#[derive(Debug, thiserror::Error)]
#[error("failed to seal a key")]
pub(crate) struct SealError;

/// It was sealed under another secret, for another record, or changed since: nobody can tell which.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither the secret nor the previous one opens the seal")]
pub(crate) struct OpenError;

/// The private key, sealed under the secret with a nonce drawn at random.
pub(crate) fn seal(
    pkcs8: &Pkcs8,
    kid: &str,
    algorithm: Algorithm,
    secret: &SecretKey,
) -> Result<Vec<u8>, SealError> {
    // Room for the tag from the start: a text that moves leaves a copy of itself behind.
    let bytes = pkcs8.len() + AES_256_GCM.tag_len();
    let mut text = Zeroizing::new(Vec::with_capacity(bytes));
    text.extend_from_slice(pkcs8);
    let aad = Aad::from(associated(kid, algorithm));
    let nonce = key(secret)
        .seal_in_place_append_tag(aad, &mut *text)
        .map_err(|_| SealError)?;
    Ok([&[VERSION], &nonce.as_ref()[..], &text].concat())
}

/// The private key, and which secret opened the seal.
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

/// The name of an algorithm has no zero, so the two cannot run into each other.
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
    fn what_is_sealed_opens_under_the_secret_and_under_the_previous_one() {
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
    fn a_seal_belongs_to_its_record() {
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
    fn a_seal_with_any_bit_changed_or_byte_missing_does_not_open() {
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
    fn no_two_seals_are_alike_and_none_shows_what_it_holds() {
        let (one, other) = (sealed(), sealed());
        assert_ne!(one, other);
        let shown = one.windows(7).any(|part| part == b"private");
        assert!(!shown);
    }
}
