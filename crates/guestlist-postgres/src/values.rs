//! How PostgreSQL stores values: UUIDs as they are, instants as milliseconds.

use std::{borrow::Cow, error::Error, str::FromStr};

use guestlist::{Client, StoreError, Timestamp, TokenHash};
use tokio_postgres::{
    Row,
    types::{FromSql, ToSql},
};
use uuid::Uuid;

/// Why this version cannot read a row.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error(transparent)]
    Column(#[from] tokio_postgres::Error),
    #[error("column {0} has another length or word than it may")]
    Form(usize, #[source] Box<dyn Error + Send + Sync>),
}

/// A value for a column.
pub(crate) type Column = Box<dyn ToSql + Sync + Send>;

/// Borrows the values as the parameters of a statement.
pub(crate) fn lent(columns: &[Column]) -> Vec<&(dyn ToSql + Sync)> {
    columns.iter().map(lend).collect()
}

fn lend(column: &Column) -> &(dyn ToSql + Sync) {
    &**column
}

/// Parses the id at which a page of an archive ended.
pub(crate) fn id(text: Option<&str>) -> Result<Option<Uuid>, StoreError> {
    text.map(Uuid::parse_str)
        .transpose()
        .map_err(StoreError::failed)
}

/// Reads the name of a client's device, and the address in the next column.
pub(crate) fn client(row: &Row, first: usize) -> Result<Client, Unreadable> {
    let address: Option<&str> = row.try_get(first + 1)?;
    Ok(Client {
        device: row.try_get(first)?,
        address: address.and_then(|address| address.parse().ok()),
    })
}

pub(crate) fn instant(row: &Row, at: usize) -> Result<Timestamp, Unreadable> {
    Ok(Timestamp::from_millis(row.try_get(at)?))
}

pub(crate) fn optional_instant(row: &Row, at: usize) -> Result<Option<Timestamp>, Unreadable> {
    let millis: Option<i64> = row.try_get(at)?;
    Ok(millis.map(Timestamp::from_millis))
}

pub(crate) fn optional_hash(row: &Row, at: usize) -> Result<Option<TokenHash>, Unreadable> {
    let stored: Option<&[u8]> = row.try_get(at)?;
    Ok(stored.map(TokenHash::from_stored))
}

pub(crate) fn bytes<const N: usize>(stored: &[u8], at: usize) -> Result<[u8; N], Unreadable> {
    let bytes = stored.try_into();
    bytes.map_err(|error: std::array::TryFromSliceError| Unreadable::Form(at, error.into()))
}

/// Reads a number that is never negative, from a `bigint`.
pub(crate) fn number<T>(row: &Row, at: usize) -> Result<T, Unreadable>
where
    T: TryFrom<i64, Error: Error + Send + Sync + 'static>,
{
    let number = T::try_from(get(row, at)?);
    number.map_err(|error| Unreadable::Form(at, error.into()))
}

/// Reads one of a few known words. A newer version may have written another one.
pub(crate) fn word<T>(row: &Row, at: usize) -> Result<T, Unreadable>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    let word = get::<&str>(row, at)?.parse();
    word.map_err(|error: T::Err| Unreadable::Form(at, error.into()))
}

fn get<'r, T: FromSql<'r>>(row: &'r Row, at: usize) -> Result<T, Unreadable> {
    Ok(row.try_get(at)?)
}

pub(crate) fn device(client: &Client) -> Option<String> {
    let device = client.device.as_deref();
    device.map(|device| without_nul(device).into_owned())
}

pub(crate) fn address(client: &Client) -> Option<String> {
    client.address.map(|address| address.to_string())
}

/// Replaces U+0000, which PostgreSQL cannot store in a text. The device name that a client sends
/// and the answer of a mail server may contain it.
pub(crate) fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}").into()
    } else {
        text.into()
    }
}
