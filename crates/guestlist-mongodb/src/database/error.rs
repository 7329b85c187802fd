//! Why a database cannot be opened, and the fix.

use std::borrow::Cow;

use guestlist::StoreError;
use mongodb::error::{Error, ErrorKind};

use crate::failure::{self, UNAUTHORIZED};

/// The server's code for a refused user name or password.
const AUTHENTICATION_FAILED: i32 = 18;

/// Why a database cannot be opened. No text contains the password of the URL.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is not a MongoDB URL, or names no database.
    #[error("the database URL {0}")]
    Url(Cow<'static, str>),
    /// No server that accepts writes can be reached.
    #[error(
        "MongoDB does not answer: {0}. Start the server, or correct host and port in the database URL; a replica set \
         needs a primary"
    )]
    Unreachable(String),
    /// The server accepts connections and does not answer.
    #[error("MongoDB does not answer within 9 seconds: correct host and port in the database URL")]
    Silent,
    /// The server does not know the user, or the password is wrong.
    #[error(
        "MongoDB refuses the name or the password in the database URL: correct them, or add ?authSource=DATABASE if the \
         user belongs to another database"
    )]
    Credentials,
    /// The user lacks a right.
    #[error(
        "MongoDB does not let this user work in the database: {0}. Give the user the role readWrite there, and put name \
         and password into the database URL"
    )]
    Rights(String),
    /// The driver does not support such an old server.
    #[error("this MongoDB is too old: {0}. Update it; 8.0 is what this program is made for")]
    TooOld(String),
    /// A later version of this program has created the collections.
    #[error(
        "the database was made by a newer version (its schema of {part} is {found}, and {known} is known here): update this program"
    )]
    TooNew {
        /// The part of the application that has the schema.
        part: &'static str,
        /// The stored version.
        found: i64,
        /// The latest version that this program knows.
        known: i64,
    },
    /// Another program stores documents in collections of these names.
    #[error(
        "the MongoDB database has documents of another program in collections whose names are needed here: {0}. Name \
         another database in the database URL"
    )]
    OtherCollections(String),
    /// The indexes cannot be created.
    #[error("cannot make the indexes of the collection {collection}: {source}")]
    Migration {
        /// The collection.
        collection: &'static str,
        /// Why.
        source: Box<ErrorKind>,
    },
    /// The documents of an earlier version cannot be converted.
    #[error("cannot bring the collection {collection} up to date: {source}")]
    Documents {
        /// The collection or part.
        collection: &'static str,
        /// Why.
        source: StoreError,
    },
    /// The server reports another error.
    #[error("cannot open the database: {0}")]
    Refused(#[source] Box<ErrorKind>),
}

impl OpenError {
    /// Returns the error of a URL without a database.
    pub(super) fn no_database() -> Self {
        Self::Url(
            "names no database: end its path with one, such as mongodb://HOST:27017/planner".into(),
        )
    }

    /// Returns the error of a URL that the driver cannot read.
    pub(super) fn unreadable(why: &str) -> Self {
        Self::Url(Cow::Owned(format!(
            "cannot be read as a URL of MongoDB: {why}. Use mongodb://HOST:27017/DATABASE or \
             mongodb+srv://HOST/DATABASE; in a name or password, write : / ? # [ ] @ % by their percent codes"
        )))
    }

    /// Reads the error of the first request to the server.
    pub(super) fn of_a_start(error: Error) -> Self {
        match *error.kind {
            ErrorKind::ServerSelection { message, .. } if message.contains("requires at least") => {
                Self::TooOld(in_words(&message))
            }
            ErrorKind::Authentication { .. } => Self::Credentials,
            ErrorKind::ServerSelection { message, .. }
            | ErrorKind::ConnectionPoolCleared { message, .. }
            | ErrorKind::DnsResolve { message, .. } => Self::Unreachable(in_words(&message)),
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

/// Returns the error of each server, without the driver's description of the whole deployment.
fn in_words(message: &str) -> String {
    let servers = message.split("Address: ").skip(1);
    let words = servers.filter_map(|server| {
        let (address, _) = server.split_once(',')?;
        let (_, error) = server.split_once("Error: Kind: ")?;
        let (error, _) = error.split_once(", labels")?;
        Some(format!("{address}: {error}"))
    });
    let words: Vec<_> = words.collect();
    match words.is_empty() {
        true => message
            .split(". Topology")
            .next()
            .unwrap_or(message)
            .to_owned(),
        false => words.join("; "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_is_named_with_its_error() {
        let server = |port: u32| {
            format!(
                "{{ Address: 127.0.0.1:{port}, Type: Unknown, Error: Kind: I/O error: Connection refused (os error \
                 111), labels: {{}}, source: None, server response: None }}"
            )
        };
        let message = format!(
            "Server selection timeout: No available servers. Topology: {{ Type: Unknown, Servers: [ {}, {} ] }}",
            server(1),
            server(2)
        );
        assert_eq!(
            in_words(&message),
            "127.0.0.1:1: I/O error: Connection refused (os error 111); 127.0.0.1:2: I/O error: Connection refused \
             (os error 111)"
        );
        assert_eq!(in_words("No servers. Topology: {}"), "No servers");
    }
}
