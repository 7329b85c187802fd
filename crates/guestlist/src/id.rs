//! Ids: version 7 UUIDs (RFC 9562, section 5.7), so that a later id sorts after an earlier one. Ids
//! are never secrets.

use std::{fmt, str::FromStr, sync::Mutex};

use uuid::{ContextV7, Uuid};

use crate::Timestamp;

/// Keeps the ids of this process in order, even within one millisecond.
static ORDER: Mutex<ContextV7> = Mutex::new(ContextV7::new());

/// Creates a UUID of version 7 (RFC 9562, section 5.7) for this time. The UUIDs that this process
/// creates for the same time are in ascending order.
///
/// # Panics
///
/// Panics if the operating system gives no randomness.
pub fn new_uuid(now: Timestamp) -> Uuid {
    let order = ORDER
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let millis = u64::try_from(now.as_millis()).unwrap_or(0);
    let nanos = u32::try_from(millis % 1_000).unwrap_or(0) * 1_000_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(&*order, millis / 1_000, nanos))
}

/// The text is not an id in its canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id: 36 characters, lower case, with hyphens")]
pub struct IdError;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Creates an id for this time.
            pub fn new(now: Timestamp) -> Self {
                Self(new_uuid(now))
            }

            /// Returns the id as a UUID, for a store.
            pub fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            /// Parses the canonical form: 36 characters, lower case, with hyphens.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let canonical = text.len() == 36 && !text.bytes().any(|b| b.is_ascii_uppercase());
                let uuid = Uuid::parse_str(text).ok().filter(|_| canonical);
                uuid.map(Self).ok_or(IdError)
            }
        }
    };
}

id! {
    /// The id of a [`User`](crate::User). It is never used for another user.
    UserId
}
id! {
    /// Identifies an [`Invitation`](crate::Invitation).
    InvitationId
}

id! {
    /// The id of a [`Session`](crate::Session).
    SessionId
}

id! {
    /// The id of a [`Token`](crate::Token).
    TokenId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_the_same_time_keep_their_order() {
        let now = Timestamp::from_millis(1_700_000_000_123);
        let ids: Vec<_> = (0..1_000).map(|_| UserId::new(now)).collect();
        assert!(ids.is_sorted());
    }

    #[test]
    fn only_the_canonical_form_is_read() {
        let id = UserId::new(Timestamp::from_millis(1_700_000_000_123));
        assert_eq!(id.to_string().parse::<UserId>().ok(), Some(id));
        let upper = id.to_string().to_uppercase();
        let (braced, bare) = (format!("{{{id}}}"), id.to_string().replace('-', ""));
        for other in [upper, braced, bare, String::new()] {
            assert!(other.parse::<UserId>().is_err(), "{other}");
        }
    }
}
