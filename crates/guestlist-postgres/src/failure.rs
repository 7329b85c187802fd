//! Why there is no answer to an operation, and what that says about a change.

use deadpool_postgres::PoolError;
use guestlist::StoreError;
use tokio_postgres::{
    Error,
    error::{DbError, Severity, SqlState},
};

use crate::{
    OpenError,
    connector::ConnectError,
    error::{Cause, in_words},
};

/// Why there is no answer.
pub(crate) enum Failure {
    /// The statement was not sent.
    Before(Cause),
    /// The statement was sent, and the server answered with this error.
    After(Error),
    /// The statement was sent, and the server did not answer.
    Silence,
}

impl Failure {
    /// Converts the failure of a read, which changes nothing.
    pub(crate) fn of_a_look(self) -> StoreError {
        StoreError::failed(match self {
            Self::Before(why) => why,
            Self::After(why) => cause(why),
            Self::Silence => silent(),
        })
    }

    pub(crate) fn of_a_change(self) -> StoreError {
        match self {
            Self::Before(why) => StoreError::failed(why),
            Self::After(why) => of_a_change(why),
            Self::Silence => StoreError::unknown(silent()),
        }
    }
}

pub(crate) fn silent() -> Cause {
    "the PostgreSQL server does not answer in time".into()
}

pub(crate) fn silence() -> StoreError {
    StoreError::failed(silent())
}

/// Converts the error of a change into [`StoreError::Failed`] if the server refused the change, and
/// so did nothing. After any other error the change may have been done: [`StoreError::Unknown`].
fn of_a_change(error: Error) -> StoreError {
    if error.as_db_error().is_some_and(is_a_refusal) {
        StoreError::failed(cause(error))
    } else {
        StoreError::unknown(cause(error))
    }
}

/// A statement that the server refuses until an operator changes something.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(
        "the PostgreSQL server says: {0}. The server is a standby now, or default_transaction_read_only is on: name \
         the primary in the URL, or switch the setting off"
    )]
    ReadOnly(String, #[source] Error),
    #[error(
        "the PostgreSQL server says: {0}. The user of the URL lacks a right that it had: make it the owner of the \
         tables again, or GRANT ALL ON ALL TABLES IN SCHEMA … TO …"
    )]
    Rights(String, #[source] Error),
}

/// Returns the error of a statement. If an operator can change what the server refuses, the error
/// names the fix.
pub(crate) fn cause(error: Error) -> Cause {
    let why = in_words(&error);
    match error.code() {
        Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => Refusal::ReadOnly(why, error).into(),
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Refusal::Rights(why, error).into(),
        _ => error.into(),
    }
}

/// There is no connection, so no statement was sent. The message is the same as at the
/// start of the server.
impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        Self::Before(OpenError::from(error).into())
    }
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        Self::Before(match error {
            PoolError::Backend(error) => OpenError::from(error).into(),
            error => error.into(),
        })
    }
}

/// Whether the error shows that the change was not done. A server that shuts down may have
/// committed the change before it reports so.
fn is_a_refusal(said: &DbError) -> bool {
    let goes_on = matches!(said.parsed_severity(), Some(Severity::Error));
    goes_on && *said.code() != SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN
}
