use guestlist::{Key, Timestamp};
use mongodb::bson::Binary;
use serde::{Deserialize, Serialize};

use super::binary;

/// A key that signs tokens; the private part is sealed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct KeyDocument {
    #[serde(rename = "_id")]
    kid: String,
    algorithm: String,
    sealed: Binary,
    public: String,
    created_at: i64,
    signs_from: i64,
    signs_until: i64,
    verifies_until: i64,
}

impl From<&Key> for KeyDocument {
    fn from(key: &Key) -> Self {
        Self {
            kid: key.kid.clone(),
            algorithm: key.algorithm.clone(),
            sealed: binary(key.sealed.clone()),
            public: key.public.clone(),
            created_at: key.created_at.as_millis(),
            signs_from: key.signs_from.as_millis(),
            signs_until: key.signs_until.as_millis(),
            verifies_until: key.verifies_until.as_millis(),
        }
    }
}

impl From<KeyDocument> for Key {
    fn from(stored: KeyDocument) -> Self {
        Self {
            kid: stored.kid,
            algorithm: stored.algorithm,
            sealed: stored.sealed.bytes,
            public: stored.public,
            created_at: Timestamp::from_millis(stored.created_at),
            signs_from: Timestamp::from_millis(stored.signs_from),
            signs_until: Timestamp::from_millis(stored.signs_until),
            verifies_until: Timestamp::from_millis(stored.verifies_until),
        }
    }
}
