//! From a row to a record: UUIDs as they are, instants as milliseconds.

use std::{error::Error, str::FromStr, time::Duration};

use guestlist::{
    Census, Client, Email, Epoch, Key, KeyCensus, PasswordHash, Salt, Session, SessionId,
    SessionInsertion, Timestamp, Token, TokenHash, TokenId, TokenName, TokenOwner, User, UserId,
    UserName,
};
use tokio_postgres::{Row, types::FromSql};
use uuid::Uuid;

/// A row that says something nobody here understands.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error(transparent)]
    Column(#[from] tokio_postgres::Error),
    #[error("column {0} has another length or word than it may")]
    Form(usize, #[source] Box<dyn Error + Send + Sync>),
}

/// The columns of `user!` in [`sql`](crate::sql) from `first` on.
pub(crate) fn user(row: &Row, first: usize) -> Result<User, Unreadable> {
    Ok(User {
        id: UserId::from(row.try_get::<_, Uuid>(first)?),
        email: Email::from_stored(row.try_get(first + 1)?, row.try_get(first + 2)?),
        password_hash: row
            .try_get::<_, Option<String>>(first + 3)?
            .map(PasswordHash::from_stored),
        name: row
            .try_get::<_, Option<String>>(first + 4)?
            .map(UserName::from_stored),
        created_at: instant(row, first + 5)?,
        verified_at: optional_instant(row, first + 6)?,
        disabled_at: optional_instant(row, first + 7)?,
        epoch: Epoch(row.try_get(first + 8)?),
        token_epoch: Epoch(row.try_get(first + 9)?),
    })
}

/// The columns of [`sql::FIND_SESSION`](crate::sql).
pub(crate) fn session_and_user(row: &Row) -> Result<(Session, User), Unreadable> {
    Ok((session(row)?, user(row, 21)?))
}

/// The columns of `session!` in [`sql`](crate::sql), which come first.
/// How many sessions were kept, and which were ended for it.
pub(crate) fn session_insertion(row: &Row) -> Result<SessionInsertion, Unreadable> {
    let (kept, ended): (i64, Vec<Uuid>) = (row.try_get(0)?, row.try_get(1)?);
    Ok(match kept {
        0 => SessionInsertion::UserGone,
        _ => SessionInsertion::Done {
            ended: ended.into_iter().map(SessionId::from).collect(),
        },
    })
}

pub(crate) fn session(row: &Row) -> Result<Session, Unreadable> {
    Ok(Session {
        id: SessionId::from(row.try_get::<_, Uuid>(0)?),
        user_id: UserId::from(row.try_get::<_, Uuid>(1)?),
        epoch: Epoch(row.try_get(2)?),
        secret_hash: optional_hash(row, 3)?,
        secret_expires_at: optional_instant(row, 4)?,
        refresh_hash: optional_hash(row, 5)?,
        generation: number(row, 6)?,
        refreshed_at: optional_instant(row, 7)?,
        salt: Salt::from_stored(bytes(row.try_get(8)?, 8)?),
        scope: word(row, 9)?,
        created_at: instant(row, 10)?,
        last_seen_at: instant(row, 11)?,
        proven_at: instant(row, 12)?,
        expires_at: instant(row, 13)?,
        idle_for: Duration::from_millis(number(row, 14)?),
        how: word(row, 15)?,
        client: client(row, 16)?,
        refreshed_by: client(row, 18)?,
        retries: number(row, 20)?,
    })
}

/// The columns of [`sql::FIND_TOKEN`](crate::sql).
pub(crate) fn token_and_owner(row: &Row) -> Result<(Token, Option<User>), Unreadable> {
    let has_owner = row.try_get::<_, Option<Uuid>>(10)?.is_some();
    let owner = has_owner.then(|| user(row, 10)).transpose()?;
    Ok((token(row)?, owner))
}

/// The columns of `token!` in [`sql`](crate::sql), which come first.
pub(crate) fn token(row: &Row) -> Result<Token, Unreadable> {
    let name = |at: usize| row.try_get(at).map(TokenName::from_stored);
    Ok(Token {
        id: TokenId::from(row.try_get::<_, Uuid>(0)?),
        owner: match row.try_get::<_, Option<Uuid>>(1)? {
            Some(id) => TokenOwner::User(id.into()),
            None => TokenOwner::Service(name(2)?),
        },
        token_epoch: Epoch(row.try_get(3)?),
        hash: TokenHash::from_stored(row.try_get(4)?),
        name: name(5)?,
        scope: word(row, 6)?,
        created_at: instant(row, 7)?,
        expires_at: optional_instant(row, 8)?,
        last_used_at: optional_instant(row, 9)?,
    })
}

/// The columns of `key!` in [`sql`](crate::sql).
pub(crate) fn key(row: &Row) -> Result<Key, Unreadable> {
    Ok(Key {
        kid: row.try_get(0)?,
        algorithm: row.try_get(1)?,
        sealed: row.try_get(2)?,
        public: row.try_get(3)?,
        created_at: instant(row, 4)?,
        signs_from: instant(row, 5)?,
        signs_until: instant(row, 6)?,
        verifies_until: instant(row, 7)?,
    })
}

/// The columns of [`sql::CENSUS`](crate::sql).
pub(crate) fn census(row: &Row) -> Result<Census, Unreadable> {
    Ok(Census {
        sessions: number(row, 0)?,
        personal_tokens: number(row, 1)?,
        service_tokens: number(row, 2)?,
        keys: number(row, 3)?,
        over: number(row, 4)?,
    })
}

/// The columns of [`sql::CENSUS_OF_KEY`](crate::sql).
pub(crate) fn census_of_key(row: &Row) -> Result<KeyCensus, Unreadable> {
    Ok(KeyCensus {
        sessions: number(row, 0)?,
        personal_tokens: number(row, 1)?,
        service_tokens: number(row, 2)?,
    })
}

/// A device, and then its address.
fn client(row: &Row, first: usize) -> Result<Client, Unreadable> {
    let address: Option<&str> = row.try_get(first + 1)?;
    Ok(Client {
        device: row.try_get(first)?,
        address: address.and_then(|address| address.parse().ok()),
    })
}

fn instant(row: &Row, at: usize) -> Result<Timestamp, Unreadable> {
    Ok(Timestamp::from_millis(row.try_get(at)?))
}

fn optional_instant(row: &Row, at: usize) -> Result<Option<Timestamp>, Unreadable> {
    let millis: Option<i64> = row.try_get(at)?;
    Ok(millis.map(Timestamp::from_millis))
}

fn optional_hash(row: &Row, at: usize) -> Result<Option<TokenHash>, Unreadable> {
    let stored: Option<&[u8]> = row.try_get(at)?;
    Ok(stored.map(TokenHash::from_stored))
}

fn bytes<const N: usize>(stored: &[u8], at: usize) -> Result<[u8; N], Unreadable> {
    let bytes = stored.try_into();
    bytes.map_err(|error: std::array::TryFromSliceError| Unreadable::Form(at, error.into()))
}

/// What is never negative is kept as a `bigint` all the same.
pub(crate) fn number<T>(row: &Row, at: usize) -> Result<T, Unreadable>
where
    T: TryFrom<i64, Error: Error + Send + Sync + 'static>,
{
    let number = T::try_from(get(row, at)?);
    number.map_err(|error| Unreadable::Form(at, error.into()))
}

/// One of a few words; another was written by a newer version.
fn word<T>(row: &Row, at: usize) -> Result<T, Unreadable>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    let word = get::<&str>(row, at)?.parse();
    word.map_err(|error: T::Err| Unreadable::Form(at, error.into()))
}

fn get<'r, T: FromSql<'r>>(row: &'r Row, at: usize) -> Result<T, Unreadable> {
    Ok(row.try_get(at)?)
}
