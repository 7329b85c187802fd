//! A user's data from another system.

use crate::{Email, Epoch, PasswordHash, Role, Timestamp, User, UserId, UserName};

/// A user from another system. A field that is `None` is unknown, and changes nothing of an
/// existing user.
#[derive(Clone, Debug)]
pub struct ImportedUser {
    /// The id of a new user; an existing user keeps its own.
    pub id: UserId,
    /// The address, which identifies the user in an import.
    pub email: Email,
    /// The hash of the password.
    pub password_hash: Option<PasswordHash>,
    /// The name that other users see.
    pub name: Option<UserName>,
    /// When a new user signed up; an existing user keeps its own date.
    pub created_at: Timestamp,
    /// Whether the address is verified.
    pub verified: Option<bool>,
    /// Whether the user is disabled.
    pub disabled: Option<bool>,
    /// The role of a new user; an existing user keeps its own.
    pub role: Role,
    /// Whether a new user is approved; an existing user stays as it is.
    pub approved: bool,
    /// The time of the import, which becomes the time of verification or disabling.
    pub at: Timestamp,
}

impl ImportedUser {
    /// Returns the record of a new user.
    pub fn into_user(self) -> User {
        User {
            id: self.id,
            email: self.email,
            password_hash: self.password_hash,
            name: self.name,
            created_at: self.created_at,
            verified_at: (self.verified == Some(true)).then_some(self.at),
            disabled_at: (self.disabled == Some(true)).then_some(self.at),
            role: self.role,
            approved_at: self.approved.then_some(self.created_at),
            epoch: Epoch::default(),
            token_epoch: Epoch::default(),
        }
    }
}
