//! What went wrong: why a database does not open, and whether a step was done.

use std::{error::Error as _, path::PathBuf};

use guestlist::StoreError;
use tokio_postgres::{
    Error,
    error::{DbError, Severity, SqlState},
};

/// Why a database is not open. Nothing of its URL is repeated: it may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL cannot be read.
    #[error("the URL of the PostgreSQL database will not do: {0}")]
    Url(&'static str),
    /// The file that `sslrootcert` names cannot be read.
    #[error("cannot read the certificates in {path}, which sslrootcert names: {why}")]
    RootCertificate {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Nobody is there to verify a certificate by.
    #[error(
        "there is no certificate of an authority to verify the PostgreSQL server by: name a file with sslrootcert"
    )]
    NoAuthority,
    /// Encryption cannot be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(#[source] rustls::Error),
    /// Nobody answers.
    #[error(
        "cannot reach the PostgreSQL server: {0}. See that it runs, and that the URL has its host and port"
    )]
    Unreachable(String),
    /// No encrypted connection comes about, or the certificate is not trusted.
    #[error(
        "no TLS with the PostgreSQL server: {0}. sslmode says what is asked for, and sslrootcert who is trusted"
    )]
    Untrusted(String),
    /// The server does not let us in.
    #[error(
        "the PostgreSQL server lets nobody in with this URL: {0}. See user and password in the URL, and pg_hba.conf"
    )]
    Refused(String),
    /// There is no such database.
    #[error(
        "the PostgreSQL server says: {0}. Make it with CREATE DATABASE, or name another one in the URL"
    )]
    NoDatabase(String),
    /// The user may not do what has to be done.
    #[error(
        "the PostgreSQL server says: {0}. The user needs the right to make tables: GRANT CREATE, USAGE ON SCHEMA …"
    )]
    Rights(String),
    /// The server has no connection left.
    #[error(
        "the PostgreSQL server has no room: {0}. Raise its max_connections, or lower pool_size in the URLs"
    )]
    Full(String),
    /// The server is older than what this needs.
    #[error("the PostgreSQL server is of version {0}; 14 or later is needed")]
    TooOld(String),
    /// The database cannot hold every text.
    #[error(
        "the encoding of the PostgreSQL database is {0}, and UTF8 is needed: make one with CREATE DATABASE … ENCODING \
         'UTF8' TEMPLATE template0"
    )]
    Encoding(String),
    /// Tables of these names are there, and no version of this program made them.
    #[error(
        "the PostgreSQL database has tables of another program: {0}. Use an empty database, or an empty schema: \
         ?options=-csearch_path%3DNAME behind the URL"
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
