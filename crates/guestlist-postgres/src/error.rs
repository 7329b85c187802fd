//! Why a database cannot be opened, in words that name the cause and the fix.

use std::{borrow::Cow, error::Error as _, path::PathBuf};

use guestlist::StoreError;
use refinery::error::Kind;
use tokio_postgres::{
    Error,
    error::{Severity, SqlState},
};

/// An error of the driver or of a migration, kept as the source of an error that says it in words.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The fix for a password that is not percent-encoded.
const SPLIT: &str =
    "; if this is a part of the password, write %40 for @, %3A for : and %2F for / in the password";

/// The driver's words if a server accepts no changes and `target_session_attrs` asks for one that
/// does.
const NO_WRITES: &str = "database does not allow writes";

/// Why a database cannot be opened. No text repeats a part of the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL cannot be read.
    #[error("the PostgreSQL URL {0}")]
    Url(Cow<'static, str>),
    /// The file in `sslrootcert` cannot be read.
    #[error(
        "cannot read the certificates in {path}, which sslrootcert names: {why}. Name a file in PEM that this user can \
         read"
    )]
    RootCertificate {
        /// The path of the file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// No certificate of an authority was found.
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
    Unreachable(String, #[source] Option<Cause>),
    /// The name of the host is unknown.
    #[error(
        "cannot look up the host {host:?} of the PostgreSQL URL: {why}. Correct the host{}",
        if *.is_split { SPLIT } else { "" }
    )]
    UnknownHost {
        /// The host, without what may belong to a password.
        host: String,
        /// Why.
        why: String,
        /// Whether a part of a password was read as the host.
        is_split: bool,
        /// The driver's error.
        source: Option<Cause>,
    },
    /// There is no encrypted connection, or the certificate is not trusted.
    #[error(
        "no TLS with the PostgreSQL server: {0}. Set sslmode in the URL to what the server offers, or name the \
         certificate of its authority with sslrootcert"
    )]
    Untrusted(String, #[source] Option<Cause>),
    /// The server refuses the user or the password.
    #[error(
        "the PostgreSQL server refuses this URL: {0}. Correct user and password in the URL, or pg_hba.conf on the server"
    )]
    Refused(String, #[source] Option<Cause>),
    /// The database does not exist.
    #[error(
        "the PostgreSQL server says: {0}. Make the database with CREATE DATABASE, or name another one in the URL"
    )]
    NoDatabase(String, #[source] Option<Cause>),
    /// The user may not connect to the database.
    #[error(
        "the PostgreSQL server says: {0}. The user may not connect to this database: GRANT CONNECT ON DATABASE … TO …"
    )]
    NoConnect(String, #[source] Option<Cause>),
    /// The user lacks a right.
    #[error(
        "the PostgreSQL server says: {0}. The user needs a schema where it may make tables: CREATE SCHEMA …, or GRANT CREATE, \
         USAGE ON SCHEMA … TO …"
    )]
    Rights(String, #[source] Option<Cause>),
    /// The server has reached its limit of connections.
    #[error(
        "the PostgreSQL server has no free connection: {0}. Raise its max_connections, or lower pool_size in the URLs"
    )]
    Full(String, #[source] Option<Cause>),
    /// The server is older than the oldest supported version.
    #[error("the PostgreSQL server is of version {0}; 14 or later is needed")]
    TooOld(String),
    /// The encoding of the database does not support all of Unicode.
    #[error(
        "the encoding of the PostgreSQL database is {0}, and UTF8 is needed: make another database with CREATE DATABASE … ENCODING \
         'UTF8' TEMPLATE template0"
    )]
    Encoding(String),
    /// The database is read-only.
    #[error(
        "the PostgreSQL database can only be read, because default_transaction_read_only is on. Switch it off: ALTER \
         DATABASE … SET default_transaction_read_only = off; it can also be set for the role or in the URL"
    )]
    ReadOnly,
    /// The server is a standby, which is read-only.
    #[error(
        "the PostgreSQL server is a standby, which can only be read. Name the primary in the URL, or name all servers \
         and add target_session_attrs=read-write"
    )]
    Standby,
    /// The URL asks for a server that accepts changes, and no server does.
    #[error(
        "no PostgreSQL server of the URL accepts changes, as target_session_attrs=read-write asks. Start the primary, \
         promote a standby, or switch default_transaction_read_only off"
    )]
    NoPrimary,
    /// Another program has created tables of these names.
    #[error(
        "the PostgreSQL database has tables of another program whose names are needed here: {0}. Use an empty \
         database, or an empty schema: ?options=-csearch_path%3DNAME behind the URL"
    )]
    OtherTables(String),
    /// A later version of this program has migrated the tables.
    #[error(
        "the PostgreSQL database was made by a newer version (it has the migration {0}): update this program"
    )]
    TooNew(String),
    /// The tables cannot be migrated.
    #[error("cannot bring the tables of the PostgreSQL database up to date: {0}")]
    Migration(String, #[source] Cause),
    /// The rows of an earlier version cannot be converted.
    #[error("cannot bring the rows of the PostgreSQL database up to date")]
    Rows(#[source] StoreError),
    /// The server reports another error.
    #[error("the PostgreSQL server says: {0}")]
    Server(String, #[source] Option<Cause>),
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        Self::of(&error)(in_words(&error), Some(error.into()))
    }
}

impl OpenError {
    /// Returns the error of a migration. The driver's error is one of its causes, if the server
    /// refused a statement.
    pub(crate) fn of_migration(error: refinery::Error) -> Self {
        let driver = match error.kind() {
            Kind::Connection(_, cause) => cause.downcast_ref::<Error>(),
            _ => None,
        };
        match driver.map(|driver| (Self::of(driver), in_words(driver))) {
            Some((of_words, why)) => of_words(why, Some(error.into())),
            None => Self::Migration(error.to_string(), error.into()),
        }
    }

    /// Returns the variant for an error of the driver. It is made of the driver's words and of the
    /// error itself.
    fn of(error: &Error) -> fn(String, Option<Cause>) -> Self {
        let Some(code) = error.code() else {
            // The driver has no codes for these errors, only texts.
            let kind = error.to_string();
            return match kind.as_str() {
                kind if kind.contains("TLS") => Self::Untrusted,
                "authentication error" | "invalid configuration" => Self::Refused,
                _ if in_words(error) == NO_WRITES => |_, _| Self::NoPrimary,
                _ => Self::Unreachable,
            };
        };
        let is_fatal = error
            .as_db_error()
            .is_some_and(|said| said.parsed_severity() == Some(Severity::Fatal));
        match code {
            // The server ends the connection only if the user may not connect at all.
            &SqlState::INSUFFICIENT_PRIVILEGE if is_fatal => Self::NoConnect,
            &SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
                Self::Refused
            }
            &SqlState::INVALID_CATALOG_NAME => Self::NoDatabase,
            &SqlState::INSUFFICIENT_PRIVILEGE | &SqlState::INVALID_SCHEMA_NAME => Self::Rights,
            &SqlState::DUPLICATE_TABLE | &SqlState::DUPLICATE_OBJECT => {
                |why, _| Self::OtherTables(why)
            }
            &SqlState::READ_ONLY_SQL_TRANSACTION => |_, _| Self::ReadOnly,
            &SqlState::TOO_MANY_CONNECTIONS => Self::Full,
            &SqlState::CANNOT_CONNECT_NOW => Self::Unreachable,
            _ => Self::Server,
        }
    }
}

/// Returns the server's own text if it answered; otherwise all causes in one line, each once. The
/// driver's words for a connection that fails add nothing to their cause.
pub(crate) fn in_words(error: &Error) -> String {
    if let Some(said) = error.as_db_error() {
        return said.message().to_owned();
    }
    let mut words = match error.to_string() {
        words if words == "error connecting to server" && error.source().is_some() => String::new(),
        words => words,
    };
    let mut cause = error.source();
    while let Some(why) = cause {
        let said = why.to_string();
        if words.is_empty() {
            words = said;
        } else if !words.contains(&said) {
            words = format!("{words}: {said}");
        }
        cause = why.source();
    }
    words
}
