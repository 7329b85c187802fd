//! Converts a user to a document and back, and makes filters of these documents.

use guestlist::{
    Email, Epoch, PasswordHash, Role, StoreError, Timestamp, User, UserId, UserName, UserStanding,
};
use mongodb::bson::{Document, doc};
use serde::{Deserialize, Serialize};

use crate::values::parsed;

/// A user: `db.users.find({})`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct UserDocument {
    #[serde(rename = "_id")]
    pub(crate) id: String,
    /// The canonical form of the address: unique.
    pub(crate) email: String,
    /// The hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    pub(crate) email_as_given: String,
    pub(crate) created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) verified_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disabled_at: Option<i64>,
    /// Missing for members, who are nearly all users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<String>,
    /// Missing for users who were approved when they were created, and for those who wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) approved_at: Option<i64>,
    /// Set for users who wait for an approval.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) unapproved: bool,
    pub(crate) epoch: i64,
    pub(crate) token_epoch: i64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

/// Returns the word of a role as it is stored: none for members.
pub(crate) fn role_word(role: Role) -> Option<&'static str> {
    (role != Role::Member).then_some(role.as_str())
}

impl From<&User> for UserDocument {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.key().to_owned(),
            password: user
                .password_hash
                .as_ref()
                .map(|hash| hash.as_stored().to_owned()),
            name: user.name.as_ref().map(|name| name.as_str().to_owned()),
            email_as_given: user.email.as_given().to_owned(),
            created_at: user.created_at.as_millis(),
            verified_at: user.verified_at.map(Timestamp::as_millis),
            disabled_at: user.disabled_at.map(Timestamp::as_millis),
            role: role_word(user.role).map(str::to_owned),
            approved_at: user.approved_at.map(Timestamp::as_millis),
            unapproved: user.approved_at.is_none(),
            epoch: user.epoch.0,
            token_epoch: user.token_epoch.0,
        }
    }
}

impl TryFrom<UserDocument> for User {
    type Error = StoreError;

    fn try_from(stored: UserDocument) -> Result<Self, StoreError> {
        let role = stored.role.as_deref().map(str::parse).transpose();
        let approved_at = stored.approved_at.unwrap_or(stored.created_at);
        Ok(Self {
            id: parsed(&stored.id)?,
            email: Email::from_stored(stored.email, stored.email_as_given),
            password_hash: stored.password.map(PasswordHash::from_stored),
            name: stored.name.map(UserName::from_stored),
            created_at: Timestamp::from_millis(stored.created_at),
            verified_at: stored.verified_at.map(Timestamp::from_millis),
            disabled_at: stored.disabled_at.map(Timestamp::from_millis),
            role: role.map_err(StoreError::failed)?.unwrap_or_default(),
            approved_at: (!stored.unapproved).then_some(Timestamp::from_millis(approved_at)),
            epoch: Epoch(stored.epoch),
            token_epoch: Epoch(stored.token_epoch),
        })
    }
}

/// Matches the users with that id or that e-mail address: each is unique.
pub(crate) fn id_or_email(id: &UserId, email: &Email) -> Document {
    let (id, email) = (
        doc! { "_id": id.to_string() },
        doc! { "email": email.key() },
    );
    doc! { "$or": [id, email] }
}

/// Matches the users of that standing.
pub(super) fn of_standing(standing: UserStanding) -> Document {
    match standing {
        UserStanding::Disabled => doc! { "disabled_at": { "$ne": null } },
        UserStanding::Admins => doc! { "role": "admin" },
        UserStanding::Unapproved => doc! { "unapproved": true },
        UserStanding::Unverified => doc! { "verified_at": null },
    }
}

/// Matches the administrators who are not disabled.
pub(super) fn active_admin() -> Document {
    doc! { "role": "admin", "disabled_at": null }
}
