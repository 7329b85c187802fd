//! The record of a person who may come in.

use crate::{Email, PasswordHash, Timestamp, UserId};

/// Counts how often all of a user's sessions were ended at once. A session remembers the epoch it
/// was born in and is dead in any other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub i64);

impl Epoch {
    /// The epoch after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// An account.
#[derive(Clone, Debug)]
pub struct User {
    /// The name that never changes and is never given again.
    pub id: UserId,
    /// The address the user signs in with; unique.
    pub email: Email,
    /// What the password is checked against; none for somebody who cannot sign in by password.
    pub password_hash: Option<PasswordHash>,
    /// When the user signed up.
    pub created_at: Timestamp,
    /// Since when the user is kept out, if so.
    pub disabled_at: Option<Timestamp>,
    /// See [`Epoch`].
    pub epoch: Epoch,
}
