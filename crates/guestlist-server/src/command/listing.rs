//! How commands list records: a page at a time, with the times to the second.

use guestlist::Timestamp;

/// The number of records that are read at once.
pub(super) const PAGE: u32 = 500;

/// Drops the milliseconds, which would make the columns uneven.
pub(super) fn second(instant: Timestamp) -> Timestamp {
    Timestamp::from_millis(instant.as_secs() * 1_000)
}
