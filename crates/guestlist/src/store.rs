//! What the door needs of a database: each method is one atomic step, named for its meaning.
//!
//! A store returns what is stored and judges nothing; the rules are in the use cases. How to write
//! one: implement [`Store`], then stamp [`store_contract!`](crate::store_contract) onto it.

use std::{error::Error, fmt};

use async_trait::async_trait;

use crate::{Email, Epoch, PasswordHash, Session, SessionId, Timestamp, User, UserId};

/// The promises of the door's store. The same ones hold for every engine.
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// Keeps a new user, unless somebody has that e-mail address already. The database decides.
    async fn insert_user(&self, user: &User) -> Result<UserInsertion, StoreError>;

    /// The user of that id.
    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// The user with that e-mail address, compared by [`Email::key`].
    async fn find_user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError>;

    /// Replaces a hash by a better one of the same password, if it still is the expected one.
    async fn upgrade_password_hash(
        &self,
        user: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<HashExchange, StoreError>;

    /// Keeps the user out and raises the epoch, in one step. The new epoch, or none without such a user.
    async fn disable_user(&self, user: UserId, now: Timestamp)
    -> Result<Option<Epoch>, StoreError>;

    /// Deletes the user and all sessions.
    async fn delete_user(&self, user: UserId) -> Result<Ended, StoreError>;

    /// Keeps a new session, if its user is there.
    async fn insert_session(&self, session: &Session) -> Result<SessionInsertion, StoreError>;

    /// The session of that id together with its user, dead or alive.
    async fn find_session(&self, id: SessionId) -> Result<Option<(Session, User)>, StoreError>;

    /// Ends one session.
    async fn end_session(&self, id: SessionId) -> Result<Ended, StoreError>;

    /// Removes up to `limit` sessions that expired before that moment; how many went.
    async fn sweep(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;

    /// Answers if the database does.
    async fn ready(&self) -> Result<(), StoreError>;
}

/// What became of [`Store::insert_user`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserInsertion {
    /// The user is kept.
    Done,
    /// Somebody else has that address; nothing was changed.
    EmailTaken,
}

/// What became of [`Store::upgrade_password_hash`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashExchange {
    /// The new hash is kept.
    Replaced,
    /// Another hash is there, or the user is gone; nothing was changed.
    SomebodyWasFaster,
}

/// What became of [`Store::insert_session`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionInsertion {
    /// The session is kept.
    Done,
    /// There is no such user (any more); nothing was changed.
    UserGone,
}

/// What became of something that was to be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was there and is gone.
    Now,
    /// It was not there.
    Before,
}

/// The store could not do what was asked. Nobody is let in on it.
#[derive(Debug)]
pub enum StoreError {
    /// It was not done.
    Failed(Box<dyn Error + Send + Sync>),
    /// It may or may not have been done: the answer got lost after the question was sent.
    Unknown(Box<dyn Error + Send + Sync>),
}

impl StoreError {
    /// A step that was not done, and why.
    pub fn failed(why: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(why.into())
    }

    /// A step that may have been done, and why that is not known.
    pub fn unknown(why: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unknown(why.into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(_) => f.write_str("the store failed"),
            Self::Unknown(_) => f.write_str("the store's answer got lost"),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(why) | Self::Unknown(why) => Some(why.as_ref()),
        }
    }
}
