//! A moment on a page of administration.

use guestlist::Timestamp;

use crate::pages::when_text;

/// A moment, machine-readable and in words.
pub(super) struct Moment {
    pub(super) at: String,
    pub(super) words: String,
}

impl Moment {
    /// The words name the day.
    pub(super) fn day(at: Timestamp) -> Self {
        Self {
            at: at.to_string(),
            words: when_text::date(at),
        }
    }

    /// The words name the day and the time.
    pub(super) fn minute(at: Timestamp) -> Self {
        Self {
            at: at.to_string(),
            words: when_text::moment(at),
        }
    }
}
