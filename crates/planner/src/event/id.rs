//! The id of an event.

use std::{fmt, str::FromStr};

use guestlist::{IdError, Timestamp, new_uuid};
use uuid::Uuid;

/// The id of an [`Event`](crate::Event): a version 7 UUID (RFC 9562, section 5.7), or a version 8
/// UUID if the request that created it had a [`RequestKey`](crate::RequestKey). Every visitor who
/// knows the id of an unlisted event may see it; the id grants nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(Uuid);

impl EventId {
    /// Creates an id for that moment, greater than all ids this process created before.
    pub fn new(now: Timestamp) -> Self {
        Self(new_uuid(now))
    }

    /// Returns the UUID for a store to keep.
    pub fn as_uuid(&self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for EventId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for EventId {
    type Err = IdError;

    /// Accepts only the canonical form: 36 characters, lower case, with hyphens.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let canonical = text.len() == 36 && !text.bytes().any(|b| b.is_ascii_uppercase());
        let uuid = Uuid::parse_str(text).ok().filter(|_| canonical);
        uuid.map(Self).ok_or(IdError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_is_accepted() {
        let id = EventId::new(Timestamp::from_millis(1_700_000_000_123));
        assert_eq!(id.to_string().parse(), Ok(id));
        let upper = id.to_string().to_uppercase();
        let (braced, bare) = (format!("{{{id}}}"), id.to_string().replace('-', ""));
        for other in [upper, braced, bare, format!(" {id}"), String::new()] {
            assert_eq!(other.parse::<EventId>(), Err(IdError), "{other}");
        }
    }
}
