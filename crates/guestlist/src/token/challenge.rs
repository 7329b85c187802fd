//! What a client holds between the two steps of a sign-in: encrypted by AES-256-GCM (NIST SP
//! 800-38D) with a key derived from the secret for this purpose only. Nothing is stored.
//!
//! A challenge is bound to its user, to the user's epoch, to the purpose and to the device. It is no
//! token: its form is another one, and its key opens nothing else.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{Client, Epoch, SecretKey, Timestamp, UserId, secret_key::Secrets};

/// The version of the format: nonce, ciphertext, tag. The plaintext is the user's id, the epoch and
/// the time in milliseconds.
const VERSION: u8 = 1;
/// The bytes of the plaintext.
const LEN: usize = 32;
/// The first step of a sign-in is done: the password was right.
const SIGN_IN: &[u8] = b"sign-in, second step";

/// Shows that a user gave the right password and has to give a code of the second factor. It signs
/// no user in: only [`Guestlist::finish_sign_in`](crate::Guestlist::finish_sign_in) takes it. It
/// cannot be printed.
#[derive(Clone)]
pub struct SignInChallenge(Zeroizing<String>);

/// What a challenge says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Challenged {
    pub(crate) user: UserId,
    /// The user's epoch before the password was verified.
    pub(crate) epoch: Epoch,
    /// When the password was verified.
    pub(crate) at: Timestamp,
}

/// Encrypts and decrypts challenges.
pub(crate) struct ChallengeKeys(Vec<RandomizedNonceKey>);

impl SignInChallenge {
    /// Takes a challenge that a client sends back. It is not checked yet.
    pub fn from_client(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Returns the text. Use it only for the answer to the user who signs in.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SignInChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignInChallenge(…)")
    }
}

impl ChallengeKeys {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        let derive = |secret: &SecretKey| {
            let key = secret.derive("sign-in challenges, AES-256-GCM");
            RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).expect("32 bytes are its length")
        };
        let secrets = secrets.newest_first();
        Self(secrets.map(|(_, secret)| derive(secret)).collect())
    }

    /// Encrypts a challenge. Returns `None` if the system gives no randomness.
    pub(crate) fn seal(&self, what: Challenged, client: &Client) -> Option<SignInChallenge> {
        let mut text = Vec::with_capacity(LEN + AES_256_GCM.tag_len());
        text.extend_from_slice(what.user.as_uuid().as_bytes());
        text.extend_from_slice(&what.epoch.0.to_be_bytes());
        text.extend_from_slice(&what.at.as_millis().to_be_bytes());
        let aad = Aad::from(associated(client));
        let key = self.0.first()?;
        let nonce = key.seal_in_place_append_tag(aad, &mut text).ok()?;
        let whole = [&[VERSION], &nonce.as_ref()[..], &text].concat();
        let text = URL_SAFE_NO_PAD.encode(whole);
        Some(SignInChallenge(Zeroizing::new(text)))
    }

    /// Decrypts a challenge. Returns `None` if it was made elsewhere, for another device or for
    /// another purpose, or was changed since.
    pub(crate) fn open(&self, challenge: &SignInChallenge, client: &Client) -> Option<Challenged> {
        let whole = URL_SAFE_NO_PAD.decode(challenge.expose()).ok()?;
        let (version, rest) = whole.split_first()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>()?;
        if *version != VERSION {
            return None;
        }
        self.0.iter().find_map(|key| {
            let mut text = sealed.to_vec();
            let aad = Aad::from(associated(client));
            let text = key.open_in_place(Nonce::from(nonce), aad, &mut text).ok()?;
            let (user, rest) = text.split_first_chunk::<16>()?;
            let (epoch, rest) = rest.split_first_chunk()?;
            let at = <[u8; 8]>::try_from(rest).ok()?;
            Some(Challenged {
                user: Uuid::from_bytes(*user).into(),
                epoch: Epoch(i64::from_be_bytes(*epoch)),
                at: Timestamp::from_millis(i64::from_be_bytes(at)),
            })
        })
    }
}

/// The purpose, and the device as the client names it. A hash of fixed length keeps the two apart.
fn associated(client: &Client) -> Vec<u8> {
    let device = Sha256::digest(client.device.as_deref().unwrap_or_default());
    [SIGN_IN, &device[..]].concat()
}

impl fmt::Debug for ChallengeKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChallengeKeys(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(current: &str, previous: Option<&str>) -> ChallengeKeys {
        let secret = |text| SecretKey::weak(text).expect("is a key");
        ChallengeKeys::new(&Secrets::new(secret(current), previous.map(secret)))
    }

    fn client(device: &str) -> Client {
        Client {
            device: Some(device.to_owned()),
            address: None,
        }
    }

    fn challenged() -> Challenged {
        Challenged {
            user: UserId::new(Timestamp::from_millis(7)),
            epoch: Epoch(i64::MAX),
            at: Timestamp::from_millis(-1),
        }
    }

    #[test]
    fn a_challenge_is_opened_by_the_same_device_under_the_secret_or_the_previous_one() {
        let (what, here) = (challenged(), client("a browser"));
        let sealed = keys("one", None).seal(what, &here).expect("seals");
        for (keys, client, expected) in [
            (keys("one", None), &here, Some(what)),
            (keys("two", Some("one")), &here, Some(what)),
            (keys("two", None), &here, None),
            (keys("one", None), &client("another browser"), None),
            (keys("one", None), &Client::default(), None),
        ] {
            assert_eq!(keys.open(&sealed, client), expected);
        }
        assert_eq!(format!("{sealed:?}"), "SignInChallenge(…)");
    }

    #[test]
    fn a_changed_challenge_is_refused() {
        let (keys, here) = (keys("one", None), client("a browser"));
        let sealed = keys.seal(challenged(), &here).expect("seals");
        let text = sealed.expose();
        for at in 0..text.len() - 1 {
            let mut changed = text.to_owned();
            let character = if &text[at..=at] == "A" { "B" } else { "A" };
            changed.replace_range(at..=at, character);
            for text in [&changed[..], &text[..at]] {
                let text = SignInChallenge::from_client(text);
                assert_eq!(keys.open(&text, &here), None, "{at}");
            }
        }
    }

    /// Drafts are encrypted in the same way, under another key.
    #[test]
    fn a_text_with_another_purpose_is_no_challenge() {
        let secret = SecretKey::weak("one").expect("is a key");
        let secrets = Secrets::new(secret, None);
        let (what, here) = (challenged(), client("a browser"));
        let draft = crate::token::DraftKeys::new(&secrets).seal(what.user, what.at, &[7; 24]);
        let draft = SignInChallenge::from_client(draft.expect("seals"));
        assert_eq!(ChallengeKeys::new(&secrets).open(&draft, &here), None);
    }
}
