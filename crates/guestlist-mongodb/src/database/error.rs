//! Why there is no database, and what to do.

use guestlist::StoreError;
use mongodb::error::{Error, ErrorKind};

use crate::failure::{self, UNAUTHORIZED};

/// The code of a name or password that is refused.
const AUTHENTICATION_FAILED: i32 = 18;

/// Why a database is not open. The password of the URL is in none of the texts.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is no URL of a MongoDB.
    #[error(
        "the database URL is none of MongoDB: {0}. Give mongodb://HOST:27017/DATABASE or mongodb+srv://HOST/DATABASE; in a \
         name or password, spell : / ? # [ ] @ % by their percent codes"
    )]
    Url(String),
    /// It does not say which database of the server.
    #[error(
        "the database URL names no database: end its path with one, such as mongodb://HOST:27017/planner"
    )]
    NoDatabase,
    /// No server that may be written to can be reached.
    #[error(
        "MongoDB does not answer: {0}. See that it runs, that host and port of the database URL are its own, and that its \
         replica set has a primary"
    )]
    Unreachable(String),
    /// It was asked and said nothing at all.
    #[error(
        "MongoDB does not answer within 9 seconds: see that host and port of the database URL are its own"
    )]
    Silent,
    /// It does not know the user, or the password is another one.
    #[error(
        "MongoDB refuses the name or the password of the database URL; a user of another database is found with \
         ?authSource=THAT_DATABASE"
    )]
    Credentials,
    /// The user may not do what is needed.
    #[error(
        "MongoDB does not let this user work in the database: {0}. Give it the role readWrite there, and give name and \
         password in the database URL"
    )]
    Rights(String),
    /// The server is older than the driver can speak to.
    #[error("this MongoDB is too old: {0}. Update it; 8.0 is what this program is made for")]
    TooOld(String),
    /// The collections were made by a later version of this program.
    #[error(
        "the database was made by a newer version (its schema of {part} is {found}, and {known} is known here): update this program"
    )]
    TooNew {
        /// Of what it is the schema.
        part: &'static str,
        /// What it is.
        found: i64,
        /// The latest known here.
        known: i64,
    },
    /// The indexes could not be made.
    #[error("cannot make the indexes of the collection {collection}: {source}")]
    Migration {
        /// Of what.
        collection: &'static str,
        /// Why.
        source: Box<ErrorKind>,
    },
    /// The documents of an earlier version could not be brought up to date.
    #[error("cannot bring the collection {collection} up to date: {source}")]
    Documents {
        /// Of what.
        collection: &'static str,
        /// Why.
        source: StoreError,
    },
    /// The server answered with something else.
    #[error("cannot open the database: {0}")]
    Refused(#[source] Box<ErrorKind>),
}

impl OpenError {
    /// What the very first answer says.
    pub(super) fn of_a_start(error: Error) -> Self {
        match *error.kind {
            ErrorKind::ServerSelection { message, .. } if message.contains("requires at least") => {
                Self::TooOld(message)
            }
            ErrorKind::Authentication { .. } => Self::Credentials,
            ErrorKind::ServerSelection { message, .. }
            | ErrorKind::ConnectionPoolCleared { message, .. }
            | ErrorKind::DnsResolve { message, .. } => Self::Unreachable(message),
            ErrorKind::Io(error) => Self::Unreachable(error.to_string()),
            ErrorKind::Command(error) if error.code == AUTHENTICATION_FAILED => Self::Credentials,
            ErrorKind::Command(error) if error.code == UNAUTHORIZED => Self::Rights(error.message),
            other => Self::Refused(Box::new(other)),
        }
    }

    pub(super) fn of_indexes(collection: &'static str, error: Error) -> Self {
        match failure::code(&error) {
            Some(UNAUTHORIZED) => Self::of_a_start(error),
            _ => Self::Migration {
                collection,
                source: error.kind,
            },
        }
    }
}
