//! How documents store values: ids are UUIDs as text, times are milliseconds since 1970 as in every
//! engine, hashes are binary. A field without a value is left out.
//!
//! Sessions and tokens store their end a second time, as a date in `expires`, for the index by
//! which MongoDB removes them.

use std::{fmt::Display, str::FromStr};

use guestlist::{StoreError, Timestamp, TokenHash};
use mongodb::bson::{Binary, DateTime, spec::BinarySubtype};

pub(crate) fn binary(bytes: impl Into<Vec<u8>>) -> Binary {
    Binary {
        subtype: BinarySubtype::Generic,
        bytes: bytes.into(),
    }
}

pub(crate) fn hash(hash: &TokenHash) -> Binary {
    binary(*hash.as_stored())
}

pub(crate) fn read_hash(stored: &Binary) -> TokenHash {
    TokenHash::from_stored(&stored.bytes)
}

pub(crate) fn array<const N: usize>(stored: &Binary) -> Result<[u8; N], StoreError> {
    let array = stored.bytes.as_slice().try_into();
    array.map_err(|_| unreadable(&format!("{} bytes where {N} belong", stored.bytes.len())))
}

/// Parses an id, or one of a few known words. A newer version may have written another one.
pub(crate) fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, StoreError> {
    text.parse()
        .map_err(|error: T::Err| unreadable(&error.to_string()))
}

pub(crate) fn unreadable(why: &str) -> StoreError {
    StoreError::failed(format!("a document cannot be read: {why}"))
}

pub(crate) fn date(at: Timestamp) -> DateTime {
    DateTime::from_millis(at.as_millis())
}
