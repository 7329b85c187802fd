//! What the driver's errors say about an operation: whether it was done, and why not.

use guestlist::StoreError;
use mongodb::error::{Error, ErrorKind, WriteFailure};

/// The user lacks the right, or does not exist.
pub(crate) const UNAUTHORIZED: i32 = 13;
/// Another document has the same key in a unique index.
const DUPLICATE_KEY: i32 = 11_000;
/// A concurrent write changed the same document; this write had no effect.
const WRITE_CONFLICT: i32 = 112;
/// The codes of an operation that a server refused because it is not the primary (any more).
const NOT_PRIMARY: [i32; 3] = [10_107, 13_435, 13_436];

pub(crate) fn is_duplicate(error: &Error) -> bool {
    code(error) == Some(DUPLICATE_KEY)
}

/// Reads the code, because some engines set no error labels.
pub(crate) fn is_conflict(error: &Error) -> bool {
    code(error) == Some(WRITE_CONFLICT)
}

/// Returns the index of the first document that an ordered insertion refused. Returns `None` unless
/// all documents before it are stored.
pub(crate) fn first_refused(error: &Error) -> Option<usize> {
    if !is_duplicate(error) && !is_conflict(error) {
        return None;
    }
    let ErrorKind::InsertMany(error) = error.kind.as_ref() else {
        return None;
    };
    if error.write_concern_error.is_some() {
        return None;
    }
    let refused = error.write_errors.as_ref()?.first()?;
    Some(refused.index)
}

/// Converts the error of a read. A read changes nothing, so it is never partly done.
pub(crate) fn of_a_read(error: Error) -> StoreError {
    StoreError::failed(*error.kind)
}

pub(crate) fn of_a_write(error: Error) -> StoreError {
    if was_refused(&error) {
        StoreError::failed(*error.kind)
    } else {
        StoreError::unknown(*error.kind)
    }
}

/// Converts the error of an operation whose earlier parts may have been stored.
pub(crate) fn halfway(error: StoreError) -> StoreError {
    match error {
        StoreError::Failed(why) | StoreError::Unknown(why) => StoreError::Unknown(why),
    }
}

/// Whether the write certainly had no effect. Any error that is not listed here is uncertain:
///
/// - a connection that broke
/// - a server that stepped down in the middle
/// - a write that the majority did not confirm
/// - an error that a later driver adds
fn was_refused(error: &Error) -> bool {
    match error.kind.as_ref() {
        ErrorKind::ServerSelection { .. }
        | ErrorKind::ConnectionPoolCleared { .. }
        | ErrorKind::Authentication { .. }
        | ErrorKind::DnsResolve { .. }
        | ErrorKind::InvalidArgument { .. }
        | ErrorKind::InvalidTlsConfig { .. }
        | ErrorKind::IncompatibleServer { .. }
        | ErrorKind::Shutdown
        | ErrorKind::Write(WriteFailure::WriteError(_)) => true,
        ErrorKind::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        // The documents before the refused one are stored.
        ErrorKind::InsertMany(error) => {
            let first = error.write_errors.as_ref().and_then(|all| all.first());
            error.write_concern_error.is_none() && first.is_some_and(|refused| refused.index == 0)
        }
        ErrorKind::Command(error) => {
            NOT_PRIMARY.contains(&error.code)
                || [DUPLICATE_KEY, WRITE_CONFLICT, UNAUTHORIZED].contains(&error.code)
        }
        _ => false,
    }
}

/// Returns the server's error code.
pub(crate) fn code(error: &Error) -> Option<i32> {
    match error.kind.as_ref() {
        ErrorKind::Command(error) => Some(error.code),
        ErrorKind::Write(WriteFailure::WriteError(error)) => Some(error.code),
        ErrorKind::Write(WriteFailure::WriteConcernError(error)) => Some(error.code),
        ErrorKind::InsertMany(error) => {
            let first = error.write_errors.as_ref()?.first()?;
            Some(first.code)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
