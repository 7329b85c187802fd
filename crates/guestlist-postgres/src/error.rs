//! What went wrong: why a database does not open, and whether a step was done.

use std::{borrow::Cow, error::Error as _, path::PathBuf};

use guestlist::StoreError;
use tokio_postgres::{
    Error,
    error::{DbError, Severity, SqlState},
};

/// Why a database is not open. Nothing of its URL is repeated: it may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL cannot be read.
    #[error("the PostgreSQL URL {0}")]
    Url(Cow<'static, str>),
    /// The file that `sslrootcert` names cannot be read.
    #[error(
        "cannot read the certificates in {path}, which sslrootcert names: {why}; name a file in PEM that this user can \
         read"
    )]
    RootCertificate {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// No certificate of an authority is known.
    #[error(
        "no certificate of an authority is known to verify the PostgreSQL server by: name a file with sslrootcert"
    )]
    NoAuthority,
    /// Encryption cannot be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(rustls::Error),
    /// The server does not answer.
    #[error(
        "cannot reach the PostgreSQL server: {0}. Start the server, or correct host and port in the URL"
    )]
    Unreachable(String),
    /// There is no encrypted connection, or the certificate is not trusted.
    #[error(
        "no TLS with the PostgreSQL server: {0}. Set sslmode in the URL to what the server offers, or name the \
         certificate of its authority with sslrootcert"
    )]
    Untrusted(String),
    /// The server refuses the user or the password.
    #[error(
        "the PostgreSQL server refuses this URL: {0}. Correct user and password in the URL, or pg_hba.conf on the server"
    )]
    Refused(String),
    /// There is no such database.
    #[error(
        "the PostgreSQL server says: {0}. Make the database with CREATE DATABASE, or name another one in the URL"
    )]
    NoDatabase(String),
    /// The user lacks a right.
    #[error(
        "the PostgreSQL server says: {0}. The user needs a schema where it may make tables: CREATE SCHEMA …, or GRANT CREATE, \
         USAGE ON SCHEMA … TO …"
    )]
    Rights(String),
    /// The server has no connection left.
    #[error(
        "the PostgreSQL server has no free connection: {0}. Raise its max_connections, or lower pool_size in the URLs"
    )]
    Full(String),
    /// The server is older than what this needs.
    #[error("the PostgreSQL server is of version {0}; 14 or later is needed")]
    TooOld(String),
    /// The database cannot hold every text.
    #[error(
        "the encoding of the PostgreSQL database is {0}, and UTF8 is needed: make another database with CREATE DATABASE … ENCODING \
         'UTF8' TEMPLATE template0"
    )]
    Encoding(String),
    /// The database can only be read.
    #[error(
        "the PostgreSQL database can only be read, because default_transaction_read_only is on. Switch it off: ALTER \
         DATABASE … SET default_transaction_read_only = off; it can also be set for the role or in the URL"
    )]
    ReadOnly,
    /// The server is a standby, which can only be read.
    #[error(
        "the PostgreSQL server is a standby, which can only be read. Name the primary in the URL, or name all servers \
         and add target_session_attrs=read-write"
    )]
    Standby,
    /// Another program has made tables of these names.
    #[error(
        "the PostgreSQL database has tables of another program whose names are needed here: {0}. Use an empty \
         database, or an empty schema: ?options=-csearch_path%3DNAME behind the URL"
    )]
    OtherTables(String),
    /// Its tables were made by a later version of this program.
    #[error(
        "the PostgreSQL database was made by a newer version (it has the migration {0}): update this program"
    )]
    TooNew(String),
    /// Its tables could not be brought up to date.
    #[error("cannot bring the tables of the PostgreSQL database up to date: {0}")]
    Migration(String),
    /// Rows that an earlier version made could not be brought up to date.
    #[error("cannot bring the rows of the PostgreSQL database up to date")]
    Rows(#[source] StoreError),
    /// The server said something else.
    #[error("the PostgreSQL server says: {0}")]
    Server(String),
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<&Error> for OpenError {
    fn from(error: &Error) -> Self {
        let why = in_words(error);
        let Some(code) = error.code() else {
            // The driver does not tell kinds apart but by their words.
            let kind = error.to_string();
            return match kind.as_str() {
                kind if kind.contains("TLS") => Self::Untrusted(why),
                "authentication error" | "invalid configuration" => Self::Refused(why),
                _ => Self::Unreachable(why),
            };
        };
        match code {
            &SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
                Self::Refused(why)
            }
            &SqlState::INVALID_CATALOG_NAME => Self::NoDatabase(why),
            &SqlState::INSUFFICIENT_PRIVILEGE | &SqlState::INVALID_SCHEMA_NAME => Self::Rights(why),
            &SqlState::DUPLICATE_TABLE | &SqlState::DUPLICATE_OBJECT => Self::OtherTables(why),
            &SqlState::READ_ONLY_SQL_TRANSACTION => Self::ReadOnly,
            &SqlState::TOO_MANY_CONNECTIONS => Self::Full(why),
            &SqlState::CANNOT_CONNECT_NOW => Self::Unreachable(why),
            _ => Self::Server(why),
        }
    }
}

/// The server's words where it said something, else all causes in one line.
pub(crate) fn in_words(error: &Error) -> String {
    if let Some(said) = error.as_db_error() {
        return said.message().to_owned();
    }
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(why) = cause {
        words = format!("{words}: {why}");
        cause = why.source();
    }
    words
}

/// Whether a change was done. It was not, if the server refused it and goes on; anything else tells nothing.
pub(crate) fn of_a_change(error: Error) -> StoreError {
    if error.as_db_error().is_some_and(is_a_refusal) {
        StoreError::failed(error)
    } else {
        StoreError::unknown(error)
    }
}

/// A server that goes down may have committed before it says so.
fn is_a_refusal(said: &DbError) -> bool {
    let goes_on = matches!(said.parsed_severity(), Some(Severity::Error));
    goes_on && *said.code() != SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN
}
