//! From a row to a record and back: UUIDs as 16 bytes, instants as milliseconds.

use std::{error::Error, str::FromStr, time::Duration};

use guestlist::{
    Census, Client, Email, Epoch, Key, KeyCensus, PasswordHash, Salt, Session, SessionId,
    Timestamp, Token, TokenHash, TokenId, TokenName, TokenOwner, User, UserId, UserName,
};
use rusqlite::{
    Params, Row,
    types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Type, ValueRef},
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
        verified_at: optional_instant(row, first + 6)?,
        disabled_at: optional_instant(row, first + 7)?,
        epoch: Epoch(row.get(first + 8)?),
        token_epoch: Epoch(row.get(first + 9)?),
    })
}

/// The parameters of the statements that insert a user.
pub(crate) fn of_user(user: &User) -> impl Params + Send + use<> {
    (
        Id(user.id.as_uuid()),
        user.email.key().to_owned(),
        user.email.as_given().to_owned(),
        user.password_hash
            .as_ref()
            .map(|hash| hash.as_stored().to_owned()),
        user.name.as_ref().map(|name| name.as_str().to_owned()),
        Instant(user.created_at),
        user.verified_at.map(Instant),
        user.disabled_at.map(Instant),
        user.epoch.0,
        user.token_epoch.0,
    )
}

/// The columns of [`sql::FIND_SESSION`](crate::sql).
pub(crate) fn session_and_user(row: &Row<'_>) -> rusqlite::Result<(Session, User)> {
    Ok((session(row)?, user(row, 21)?))
}

/// The columns of `session!` in [`sql`](crate::sql), which come first.
pub(crate) fn session(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: SessionId::from(row.get::<_, Id>(0)?.0),
        user_id: UserId::from(row.get::<_, Id>(1)?.0),
        epoch: Epoch(row.get(2)?),
        secret_hash: optional_hash(row, 3)?,
        secret_expires_at: optional_instant(row, 4)?,
        refresh_hash: optional_hash(row, 5)?,
        generation: row.get(6)?,
        refreshed_at: optional_instant(row, 7)?,
        salt: Salt::from_stored(row.get(8)?),
        scope: word(row, 9)?,
        created_at: row.get::<_, Instant>(10)?.0,
        last_seen_at: row.get::<_, Instant>(11)?.0,
        proven_at: row.get::<_, Instant>(12)?.0,
        expires_at: row.get::<_, Instant>(13)?.0,
        idle_for: Duration::from_millis(row.get::<_, i64>(14)?.try_into().unwrap_or(0)),
        how: word(row, 15)?,
        client: client(row, 16)?,
        refreshed_by: client(row, 18)?,
        retries: row.get(20)?,
    })
}

/// The columns of [`sql::FIND_TOKEN`](crate::sql).
pub(crate) fn token_and_owner(row: &Row<'_>) -> rusqlite::Result<(Token, Option<User>)> {
    let has_owner = row.get::<_, Option<Id>>(10)?.is_some();
    let owner = has_owner.then(|| user(row, 10)).transpose()?;
    Ok((token(row)?, owner))
}

/// The columns of `token!` in [`sql`](crate::sql), which come first.
pub(crate) fn token(row: &Row<'_>) -> rusqlite::Result<Token> {
    let name = |at| row.get(at).map(TokenName::from_stored);
    Ok(Token {
        id: TokenId::from(row.get::<_, Id>(0)?.0),
        owner: match row.get::<_, Option<Id>>(1)? {
            Some(id) => TokenOwner::User(id.0.into()),
            None => TokenOwner::Service(name(2)?),
        },
        token_epoch: Epoch(row.get(3)?),
        hash: TokenHash::from_stored(row.get_ref(4)?.as_blob()?),
        name: name(5)?,
        scope: word(row, 6)?,
        created_at: row.get::<_, Instant>(7)?.0,
        expires_at: optional_instant(row, 8)?,
        last_used_at: optional_instant(row, 9)?,
    })
}

/// The parameters of the statements that insert a token.
pub(crate) fn of_token(token: &Token) -> impl Params + Send + use<> {
    let service = match &token.owner {
        TokenOwner::User(_) => None,
        TokenOwner::Service(name) => Some(name.as_str().to_owned()),
    };
    (
        Id(token.id.as_uuid()),
        token.owner.user().map(|user| Id(user.as_uuid())),
        service,
        token.token_epoch.0,
        token.hash.as_stored().to_vec(),
        token.name.as_str().to_owned(),
        token.scope.as_str(),
        Instant(token.created_at),
        token.expires_at.map(Instant),
        token.last_used_at.map(Instant),
    )
}

/// The columns of [`sql::LIST_KEYS`](crate::sql).
pub(crate) fn key(row: &Row<'_>) -> rusqlite::Result<Key> {
    Ok(Key {
        kid: row.get(0)?,
        algorithm: row.get(1)?,
        sealed: row.get(2)?,
        public: row.get(3)?,
        created_at: row.get::<_, Instant>(4)?.0,
        signs_from: row.get::<_, Instant>(5)?.0,
        signs_until: row.get::<_, Instant>(6)?.0,
        verifies_until: row.get::<_, Instant>(7)?.0,
    })
}

/// The parameters of the statements that insert a key.
pub(crate) fn of_key(key: &Key) -> impl Params + Send + use<> {
    (
        key.kid.clone(),
        key.algorithm.clone(),
        key.sealed.clone(),
        key.public.clone(),
        Instant(key.created_at),
        Instant(key.signs_from),
        Instant(key.signs_until),
        Instant(key.verifies_until),
    )
}

/// The columns of [`sql::CENSUS`](crate::sql).
pub(crate) fn census(row: &Row<'_>) -> rusqlite::Result<Census> {
    let count = |at| {
        row.get::<_, i64>(at)
            .map(|count| count.try_into().unwrap_or(0))
    };
    Ok(Census {
        sessions: count(0)?,
        personal_tokens: count(1)?,
        service_tokens: count(2)?,
        keys: count(3)?,
        over: count(4)?,
    })
}

/// The columns of [`sql::CENSUS_OF_KEY`](crate::sql).
pub(crate) fn census_of_key(row: &Row<'_>) -> rusqlite::Result<KeyCensus> {
    let count = |at| {
        row.get::<_, i64>(at)
            .map(|count| count.try_into().unwrap_or(0))
    };
    Ok(KeyCensus {
        sessions: count(0)?,
        personal_tokens: count(1)?,
        service_tokens: count(2)?,
    })
}

/// A device, and then its address.
fn client(row: &Row<'_>, first: usize) -> rusqlite::Result<Client> {
    let address = row.get_ref(first + 1)?.as_str_or_null()?;
    Ok(Client {
        device: row.get(first)?,
        address: address.and_then(|address| address.parse().ok()),
    })
}

fn optional_instant(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<Instant>>(at)?.map(|instant| instant.0))
}

fn optional_hash(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<TokenHash>> {
    let stored = row.get_ref(at)?.as_blob_or_null()?;
    Ok(stored.map(TokenHash::from_stored))
}

/// One of a few words; another was written by a newer version.
fn word<T>(row: &Row<'_>, at: usize) -> rusqlite::Result<T>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    let text: String = row.get(at)?;
    text.parse()
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(error)))
}
