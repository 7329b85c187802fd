//! What another system says of a user.

use crate::{Email, Epoch, PasswordHash, Timestamp, User, UserId, UserName};

/// A user as another system had it. What it does not say is `None`, and changes nothing of a user
/// who is here already.
#[derive(Clone, Debug)]
pub struct ImportedUser {
    /// The id a new user gets. One who is here already keeps the old one.
    pub id: UserId,
    /// Who it is: an import goes by addresses.
    pub email: Email,
    /// What the password is checked against.
    pub password_hash: Option<PasswordHash>,
    /// What people call the user.
    pub name: Option<UserName>,
    /// When a new user signed up. One who is here already keeps the old date.
    pub created_at: Timestamp,
    /// Whether the address is known to be the user's.
    pub verified: Option<bool>,
    /// Whether the user is kept out.
    pub disabled: Option<bool>,
    /// When this is done: since then the user is verified or disabled, if that is new.
    pub at: Timestamp,
}

impl ImportedUser {
    /// The record of somebody new.
    pub fn into_user(self) -> User {
        User {
            id: self.id,
            email: self.email,
            password_hash: self.password_hash,
            name: self.name,
            created_at: self.created_at,
            verified_at: (self.verified == Some(true)).then_some(self.at),
            disabled_at: (self.disabled == Some(true)).then_some(self.at),
            epoch: Epoch::default(),
            token_epoch: Epoch::default(),
        }
    }
}
