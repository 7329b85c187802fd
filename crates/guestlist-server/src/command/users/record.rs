//! A user as one line of JSON, which `import` can read.

use guestlist::{PasswordHash, User};
use serde::Serialize;

/// The members of a line.
#[derive(Debug, Serialize)]
pub(super) struct Record<'a> {
    id: String,
    email: &'a str,
    name: Option<&'a str>,
    created_at: String,
    email_verified: bool,
    disabled: bool,
    role: &'static str,
    approved: bool,
    /// Absent if hashes are not exported; null if the user has no password.
    #[serde(skip_serializing_if = "Option::is_none")]
    password_hash: Option<Option<&'a str>>,
}

impl<'a> Record<'a> {
    /// Returns the record without the hash.
    pub(super) fn of(user: &'a User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.as_given(),
            name: user.name.as_ref().map(|name| name.as_str()),
            created_at: user.created_at.to_string(),
            email_verified: user.verified_at.is_some(),
            disabled: user.disabled_at.is_some(),
            role: user.role.as_str(),
            approved: user.approved_at.is_some(),
            password_hash: None,
        }
    }

    /// Returns the record with the hash.
    pub(super) fn with_hash(user: &'a User) -> Self {
        let hash = user.password_hash.as_ref().map(PasswordHash::as_stored);
        Self {
            password_hash: Some(hash),
            ..Self::of(user)
        }
    }
}
