//! Why there is no answer to an operation, and what that says about a change.

use guestlist::StoreError;
use tokio_postgres::{
    Error,
    error::{DbError, Severity, SqlState},
};

type Cause = Box<dyn std::error::Error + Send + Sync>;

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
            Self::After(why) => why.into(),
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

/// Converts the error of a change. A change that the server refused was not done. After any other
/// error the change may have been done.
fn of_a_change(error: Error) -> StoreError {
    if error.as_db_error().is_some_and(is_a_refusal) {
        StoreError::failed(error)
    } else {
        StoreError::unknown(error)
    }
}

/// Whether the error shows that the change was not done. A server that shuts down may have
/// committed the change before it reports so.
fn is_a_refusal(said: &DbError) -> bool {
    let goes_on = matches!(said.parsed_severity(), Some(Severity::Error));
    goes_on && *said.code() != SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN
}
