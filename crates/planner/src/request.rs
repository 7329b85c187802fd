//! One request sent several times: how the second is told from a new one. What is made by it has an id that
//! follows from the caller and the key of the request, so a store keeps one of them, and carries a fingerprint
//! of what was asked for. Nothing else is stored.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use guestlist::{Checksum, UserId};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Builder;

use crate::{EventFields, EventId};

/// Longer than any key that is made at random.
const MOST: usize = 255;
const RANDOM_BYTES: usize = 16;

/// A name that a client makes up for one request, such as a random one in a form: 1 to 255 visible ASCII
/// characters. It counts for the caller alone.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestKey(String);

/// The text is no [`RequestKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 255 visible ASCII characters")]
pub struct RequestKeyError;

impl RequestKey {
    /// A key of 128 random bits.
    ///
    /// # Panics
    /// When the operating system has no randomness to give.
    pub fn random() -> Self {
        let mut bytes = [0; RANDOM_BYTES];
        getrandom::fill(&mut bytes).expect("the operating system has randomness");
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The key as it is sent.
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

/// Whoever knows the key of a request may send it again.
impl fmt::Debug for RequestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestKey(…)")
    }
}

/// What was asked for by a request that had a key. It tells nothing else of it, and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// For a store to keep.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Fingerprint {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// Makes ids and fingerprints of requests. Without the secret nobody computes the id of an event from a key
/// that is easy to guess, nor tests by a fingerprint what an event once said.
#[derive(Clone)]
pub(crate) struct RequestSecret(Hmac<Sha256>);

impl RequestSecret {
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes a key of any length"))
    }

    /// The id of the event that a user makes by the request of that key: a version 8 UUID (RFC 9562,
    /// section 5.8).
    pub(crate) fn event_id(&self, caller: UserId, key: &RequestKey) -> EventId {
        let mac = self.of(&[b"event", caller.as_uuid().as_bytes(), key.0.as_bytes()]);
        let bytes: [u8; 16] = std::array::from_fn(|at| mac[at]);
        EventId::from(Builder::from_custom_bytes(bytes).into_uuid())
    }

    pub(crate) fn fingerprint(&self, fields: &EventFields) -> Fingerprint {
        let mut sum = Checksum::new();
        fields.add_to(&mut sum);
        Fingerprint(self.of(&[b"fields", &sum.finish().sha256]))
    }

    /// The parts cannot run into each other: all but the last have one length for each first one.
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
    fn an_id_follows_from_secret_caller_and_key() {
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
    fn a_key_is_visible_and_bounded() {
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
