//! How SQLite stores values: UUIDs as 16 bytes, instants as milliseconds.

use std::{error::Error, str::FromStr};

use guestlist::{Client, StoreError, Timestamp, TokenHash};
use rusqlite::{
    Row,
    types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Type, ValueRef},
};
use uuid::Uuid;

/// A UUID as SQLite stores it: a BLOB of 16 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Id(pub Uuid);

impl ToSql for Id {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.as_bytes().as_slice()))
    }
}

impl FromSql for Id {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let uuid = Uuid::from_slice(value.as_blob()?);
        uuid.map(Self).map_err(FromSqlError::other)
    }
}

/// A [`Timestamp`] as SQLite stores it: an INTEGER of milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Instant(pub Timestamp);

impl ToSql for Instant {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.as_millis()))
    }
}

impl FromSql for Instant {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value
            .as_i64()
            .map(|millis| Self(Timestamp::from_millis(millis)))
    }
}

/// Parses the id at which a page of an archive ended.
pub(crate) fn id(text: Option<&str>) -> Result<Option<Id>, StoreError> {
    let id = text.map(Uuid::parse_str).transpose();
    Ok(id.map_err(StoreError::failed)?.map(Id))
}

/// Reads the name of a client's device, and the address in the next column.
pub(crate) fn client(row: &Row<'_>, first: usize) -> rusqlite::Result<Client> {
    let address = row.get_ref(first + 1)?.as_str_or_null()?;
    Ok(Client {
        device: row.get(first)?,
        address: address.and_then(|address| address.parse().ok()),
    })
}

pub(crate) fn optional_instant(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<Instant>>(at)?.map(|instant| instant.0))
}

pub(crate) fn optional_hash(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<TokenHash>> {
    let stored = row.get_ref(at)?.as_blob_or_null()?;
    Ok(stored.map(TokenHash::from_stored))
}

/// Reads one of a few known words. A newer version may have written another one.
pub(crate) fn word<T>(row: &Row<'_>, at: usize) -> rusqlite::Result<T>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    let text: String = row.get(at)?;
    text.parse()
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(error)))
}
