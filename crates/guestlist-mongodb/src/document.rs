//! From a document to a record and back.
//!
//! Ids are UUIDs as text, times are milliseconds since 1970 as in every engine, hashes are binary. What is none is left out.
//! Sessions and tokens carry their end a second time, as a date in `expires`, for the index by which MongoDB removes
//! them.

mod copy;
mod key;
mod session;
mod token;
mod user;

use std::{fmt::Display, str::FromStr};

use guestlist::{StoreError, Timestamp, TokenHash};
use mongodb::bson::{Binary, DateTime, spec::BinarySubtype};

pub(crate) use self::{
    copy::CopyDocument, key::KeyDocument, session::SessionDocument, token::TokenDocument,
    user::UserDocument,
};

pub(crate) fn binary(bytes: impl Into<Vec<u8>>) -> Binary {
    Binary {
        subtype: BinarySubtype::Generic,
        bytes: bytes.into(),
    }
}

pub(crate) fn hash(hash: &TokenHash) -> Binary {
    binary(*hash.as_stored())
}

fn read_hash(stored: &Binary) -> TokenHash {
    TokenHash::from_stored(&stored.bytes)
}

fn array<const N: usize>(stored: &Binary) -> Result<[u8; N], StoreError> {
    let array = stored.bytes.as_slice().try_into();
    array.map_err(|_| unreadable(&format!("{} bytes where {N} belong", stored.bytes.len())))
}

/// One of a few words, or an id; another was written by a newer version, or by hand.
pub(crate) fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, StoreError> {
    text.parse()
        .map_err(|error: T::Err| unreadable(&error.to_string()))
}

fn unreadable(why: &str) -> StoreError {
    StoreError::failed(format!("a document cannot be read: {why}"))
}

pub(crate) fn date(at: Timestamp) -> DateTime {
    DateTime::from_millis(at.as_millis())
}
