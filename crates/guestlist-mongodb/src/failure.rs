//! What the driver's errors say about a step: whether it was done, and why not.

use guestlist::StoreError;
use mongodb::error::{Error, ErrorKind, WriteFailure};

/// The user may not do that, or is none.
pub(crate) const UNAUTHORIZED: i32 = 13;
/// A unique index has that key already.
const DUPLICATE_KEY: i32 = 11_000;
/// Somebody changed the same document at the same time; nothing was done.
const WRITE_CONFLICT: i32 = 112;
/// Codes of a server that has not begun: it is no primary (any more).
const NOT_PRIMARY: [i32; 3] = [10_107, 13_435, 13_436];

pub(crate) fn is_duplicate(error: &Error) -> bool {
    code(error) == Some(DUPLICATE_KEY)
}

/// By its code: not every engine has labels for it.
pub(crate) fn is_conflict(error: &Error) -> bool {
    code(error) == Some(WRITE_CONFLICT)
}

/// Of documents that were to be inserted one after the other, which one was not let in, if all before it are kept.
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

/// A query changes nothing, so it was never done halfway.
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

/// What failed after something was written, or may have been.
pub(crate) fn halfway(error: StoreError) -> StoreError {
    match error {
        StoreError::Failed(why) | StoreError::Unknown(why) => StoreError::Unknown(why),
    }
}

/// Whether it is certain that nothing was done. What is not named here is not certain: a connection that broke, a server
/// that stepped down in the middle, a write that the majority did not confirm, and what drivers to come invent.
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
        // Of several documents those before the refused one are kept.
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

/// What the server calls what it did not do.
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
