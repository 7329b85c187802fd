//! Records exactly as they are, one after the other: what a copy from one engine to another needs, and
//! nothing else uses. How to offer it: implement [`Archive`] beside the engine's [`Store`], then stamp
//! [`archive_contract!`](crate::archive_contract) onto it.

mod checksum;

use std::fmt;

use async_trait::async_trait;

use super::{Store, StoreError};
use crate::{Key, Session, Token, User};

pub use checksum::{Checksum, Sum};

/// What is kept of the door, record by record.
#[async_trait]
pub trait Archive: Store {
    /// How many records of that kind there are, for whoever wants to know how long it takes, and
    /// whether there are any. What a deleted user has left may be counted.
    async fn count(&self, kind: RecordKind) -> Result<u64, StoreError>;

    /// Up to `limit` records of that kind, dead or alive, in the order of their ids: the first ones, or
    /// those after that id, as [`Record::id`] spells it. None if and only if there are no more.
    ///
    /// The order is that of the bytes, of UUIDs as of the names of keys. What a deleted user has left
    /// is not among them.
    async fn records(
        &self,
        kind: RecordKind,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError>;

    /// Keeps records exactly as they are, each in the place of what has the same id. Users come before
    /// what is theirs. After an error some of them may be kept; to put them all again is safe.
    ///
    /// Not for a door that is open: nothing is told to whoever holds what is replaced.
    async fn put(&self, records: &[Record]) -> Result<(), StoreError>;

    /// What was last given to [`set_copy_mark`](Self::set_copy_mark), if anything is there.
    async fn copy_mark(&self) -> Result<Option<String>, StoreError>;

    /// Keeps a text of at most 1,000 bytes beside the records, in the place of the one before; none
    /// takes it away. While there is one, a copy into this database is not finished.
    async fn set_copy_mark(&self, mark: Option<&str>) -> Result<(), StoreError>;
}

/// Which records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// Users.
    User,
    /// Their sessions.
    Session,
    /// Their tokens, and those of services.
    Token,
    /// Keys that sign tokens.
    Key,
}

impl RecordKind {
    /// All of them, in an order in which they can be put.
    pub const ALL: [Self; 4] = [Self::User, Self::Session, Self::Token, Self::Key];

    /// What several of them are called.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Session => "sessions",
            Self::Token => "tokens",
            Self::Key => "keys",
        }
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One record of any kind.
#[derive(Clone, Debug)]
pub enum Record {
    /// A user.
    User(User),
    /// A session.
    Session(Session),
    /// A token.
    Token(Token),
    /// A key.
    Key(Key),
}

impl Record {
    /// Its name among those of its kind: a UUID as text, in lower case with hyphens; a key's `kid`.
    pub fn id(&self) -> String {
        match self {
            Self::User(user) => user.id.to_string(),
            Self::Session(session) => session.id.to_string(),
            Self::Token(token) => token.id.to_string(),
            Self::Key(key) => key.kid.clone(),
        }
    }
}
