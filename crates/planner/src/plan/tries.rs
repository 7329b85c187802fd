//! How often a change or deletion is tried while other requests come first.

use guestlist::StoreError;

/// How many times a change or deletion without an expected version is tried. A try fails if another
/// request changed the event first.
pub(super) const TRIES: u32 = 20;

/// The error after all tries: the client may repeat the request, so it is a failure of the store
/// and no conflict.
pub(super) fn overtaken() -> StoreError {
    StoreError::failed("other requests changed the event before each of the tries")
}
