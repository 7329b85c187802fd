//! What the door needs of a database: each method is one atomic step, named for its meaning.
//!
//! A store returns what is stored and judges nothing; the rules are in the use cases. How to write
//! one: implement [`Store`], then stamp [`store_contract!`](crate::store_contract) onto it.

use std::{error::Error, fmt};

use async_trait::async_trait;

use crate::{
    Email, Epoch, ImportedUser, PasswordHash, Session, SessionId, Timestamp, User, UserId,
};

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

    /// Gives the user another password and raises the epoch, in one step, if the epoch still is the
    /// expected one.
    async fn set_password(
        &self,
        user: UserId,
        expected: Epoch,
        new: &PasswordHash,
    ) -> Result<EpochRaise, StoreError>;

    /// Keeps the user out and raises the epoch, in one step. The new epoch, or none without such a user.
    async fn disable_user(&self, user: UserId, now: Timestamp)
    -> Result<Option<Epoch>, StoreError>;

    /// Lets the user in again. The epoch stays, so what was ended stays ended; it is returned, or
    /// none without such a user.
    async fn enable_user(&self, user: UserId) -> Result<Option<Epoch>, StoreError>;

    /// Up to `limit` users in the order of their ids: the first ones, or those after that id.
    async fn list_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError>;

    /// Takes in users of another system: what became of each, in their order.
    ///
    /// A row is one atomic step, and rows are done one after the other. After an error nothing is
    /// known but that the rows that were done are the first ones; to do them all again is safe.
    ///
    /// The database's unique indexes decide what is taken. With [`OnConflict::Update`], what a row
    /// says replaces what is kept, where that differs; another password hash, and disabling
    /// somebody who was not, raise the epoch. With [`OnConflict::Fail`], nothing is done after the
    /// first address that is taken, whose [`UserImport::EmailTaken`] is the last outcome.
    async fn import_users(
        &self,
        users: &[ImportedUser],
        on_conflict: OnConflict,
    ) -> Result<Vec<UserImport>, StoreError>;

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

/// What became of [`Store::set_password`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochRaise {
    /// It is done, and that is the new epoch.
    Raised(Epoch),
    /// The epoch is another one, or the user is gone; nothing was changed.
    SomebodyWasFaster,
}

/// What [`Store::import_users`] does with an address that somebody here has already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConflict {
    /// Leaves the user as it is.
    Skip,
    /// Takes over what the row says.
    Update,
    /// Stops.
    Fail,
}

/// What became of one row of [`Store::import_users`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserImport {
    /// The user is new here.
    Inserted,
    /// That user had the address already, and now is as the row says.
    Updated(UserId),
    /// A user has the address already and is as the row says; nothing was changed.
    Unchanged,
    /// A user has the address already and was to be left alone; nothing was changed.
    Skipped,
    /// A user has the address already, and this was to stop; nothing was changed.
    EmailTaken,
    /// A user with another address has the id; nothing was changed, whatever the policy.
    IdTaken,
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
