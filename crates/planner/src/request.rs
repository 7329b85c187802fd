//! Idempotency: tells a repeated request from a new one. The id of what a request creates is
//! derived from the caller and the request's key, so a store keeps only one. A fingerprint of the
//! requested fields is stored beside it. Nothing else is stored.

mod fingerprint;

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use guestlist::UserId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Builder;

pub use fingerprint::Fingerprint;

use crate::{EventFields, EventId};

/// The longest key, in bytes. Random keys are shorter.
const MOST: usize = 255;
const RANDOM_BYTES: usize = 16;

/// A name that a client chooses for one request, such as a random text in a form: 1 to 255 visible
/// ASCII characters. Each user has separate keys.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestKey(String);

/// The text is not a valid [`RequestKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 255 visible ASCII characters")]
pub struct RequestKeyError;

impl RequestKey {
    /// Creates a key of 128 random bits.
    ///
    /// # Panics
    /// If the operating system cannot provide random bytes.
    pub fn random() -> Self {
        let mut bytes = [0; RANDOM_BYTES];
        getrandom::fill(&mut bytes).expect("the operating system has randomness");
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Returns the key as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RequestKey {
    type Err = RequestKeyError;

    fn from_str(text: &str) -> Result<Self, RequestKeyError> {
        let is_key = (1..=MOST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        is_key.then(|| Self(text.to_owned())).ok_or(RequestKeyError)
    }
}

/// Hides the key, because a client that knows it can repeat the request.
impl fmt::Debug for RequestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestKey(…)")
    }
}

/// Computes ids and fingerprints of requests. The secret stops clients from computing an event's id
/// from an easily guessed key, and from testing guesses of its fields against a fingerprint.
#[derive(Clone)]
pub(crate) struct RequestSecret(Hmac<Sha256>);

impl RequestSecret {
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes a key of any length"))
    }

    /// Returns the id of the event that this user creates with this key: a version 8 UUID (RFC
    /// 9562, section 5.8).
    pub(crate) fn event_id(&self, caller: UserId, key: &RequestKey) -> EventId {
        let mac = self.of(&[b"event", caller.as_uuid().as_bytes(), key.0.as_bytes()]);
        let bytes: [u8; 16] = std::array::from_fn(|at| mac[at]);
        EventId::from(Builder::from_custom_bytes(bytes).into_uuid())
    }

    pub(crate) fn fingerprint(&self, fields: &EventFields) -> Fingerprint {
        let fields = fingerprint::digest(fields);
        Fingerprint::from(self.of(&[b"fields", &fields]))
    }

    /// Computes the HMAC of the parts. The parts are unambiguous: all except the last have fixed
    /// lengths for each first part.
    fn of(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut hmac = self.0.clone();
        for part in parts {
            hmac.update(part);
        }
        hmac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for RequestSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use guestlist::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn key(text: &str) -> RequestKey {
        text.parse().expect("is a key")
    }

    #[test]
    fn an_id_depends_on_secret_caller_and_key() {
        let [ada, bob] = [1, 2].map(|number| UserId::from(Uuid::from_u128(number)));
        let (secret, other) = (RequestSecret::new(b"one"), RequestSecret::new(b"another"));
        let id = secret.event_id(ada, &key("a"));
        assert_eq!(id, secret.event_id(ada, &key("a")));
        assert_eq!(id.as_uuid().get_version_num(), 8);
        for another in [
            secret.event_id(ada, &key("b")),
            secret.event_id(bob, &key("a")),
            other.event_id(ada, &key("a")),
            EventId::new(Timestamp::from_millis(0)),
        ] {
            assert_ne!(another, id);
        }
    }

    #[test]
    fn a_key_has_visible_characters_and_a_limit() {
        for text in ["", "a b", "ä", "a\n", &"x".repeat(256)] {
            assert_eq!(text.parse::<RequestKey>(), Err(RequestKeyError), "{text}");
        }
        for text in [
            "1",
            "8e03978e-40d5-43dd-bc93-6894a57f9324",
            &"x".repeat(255),
        ] {
            assert_eq!(key(text).as_str(), text);
        }
        let (one, two) = (RequestKey::random(), RequestKey::random());
        assert_ne!(one, two);
        assert_eq!(key(one.as_str()), one);
    }
}
