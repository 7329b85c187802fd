//! From a row to a record and back: UUIDs as 16 bytes, instants as milliseconds.

use guestlist::{
    Client, Email, Epoch, PasswordHash, Session, SessionId, Timestamp, User, UserId, UserName,
};
use rusqlite::{
    Row,
    types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef},
};
use uuid::Uuid;

/// A UUID as SQLite keeps it: a BLOB of 16 bytes.
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

/// A [`Timestamp`] as SQLite keeps it: an INTEGER of milliseconds.
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

/// The columns of [`sql::USER`](crate::sql) from `first` on.
pub(crate) fn user(row: &Row<'_>, first: usize) -> rusqlite::Result<User> {
    Ok(User {
        id: UserId::from(row.get::<_, Id>(first)?.0),
        email: Email::from_stored(row.get(first + 1)?, row.get(first + 2)?),
        password_hash: row
            .get::<_, Option<String>>(first + 3)?
            .map(PasswordHash::from_stored),
        name: row
            .get::<_, Option<String>>(first + 4)?
            .map(UserName::from_stored),
        created_at: row.get::<_, Instant>(first + 5)?.0,
        verified_at: row.get::<_, Option<Instant>>(first + 6)?.map(|at| at.0),
        disabled_at: row.get::<_, Option<Instant>>(first + 7)?.map(|at| at.0),
        epoch: Epoch(row.get(first + 8)?),
    })
}

/// The columns of [`sql::FIND_SESSION`](crate::sql).
pub(crate) fn session_and_user(row: &Row<'_>) -> rusqlite::Result<(Session, User)> {
    let user = user(row, 6)?;
    let session = Session {
        id: SessionId::from(row.get::<_, Id>(0)?.0),
        user_id: user.id,
        epoch: Epoch(row.get(1)?),
        created_at: row.get::<_, Instant>(2)?.0,
        expires_at: row.get::<_, Instant>(3)?.0,
        client: Client {
            device: row.get(4)?,
            address: row
                .get::<_, Option<String>>(5)?
                .and_then(|address| address.parse().ok()),
        },
    };
    Ok((session, user))
}
