//! The types of records in a copy.

use std::fmt;

use guestlist::{Archived, RecordKind};
use planner::Event;

/// A type of records. A record comes after the records that it refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Users, their records, and keys.
    Account(RecordKind),
    /// Events.
    Event,
}

impl Kind {
    /// All of them, in an order in which they can be copied.
    pub fn all() -> impl Iterator<Item = Self> {
        let of_users = RecordKind::ALL.into_iter().map(Self::Account);
        of_users.chain([Self::Event])
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Account(kind) => kind.as_str(),
            Self::Event => Event::PLURAL,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
