//! A user as administrators see it: no password, no token, no link.

use guestlist::{StoreError, User};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;

/// A user in the answers to administrators.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminUser)]
pub(crate) struct AdminUserBody {
    /// Never changes.
    #[schema(format = Uuid)]
    id: String,
    /// The e-mail address, as the user wrote it.
    #[schema(example = "reader@packt.com")]
    email: String,
    #[schema(example = "Ada Lovelace")]
    name: Option<String>,
    /// `member` or `admin`.
    role: &'static str,
    /// RFC 3339, in UTC.
    #[schema(format = DateTime)]
    created_at: String,
    /// When the address was verified; `null` if it is not. RFC 3339, in UTC.
    #[schema(format = DateTime)]
    verified_at: Option<String>,
    /// When the user was approved; `null` for a user who waits. RFC 3339, in UTC.
    #[schema(format = DateTime)]
    approved_at: Option<String>,
    /// When the user was disabled; `null` for an enabled user. RFC 3339, in UTC.
    #[schema(format = DateTime)]
    disabled_at: Option<String>,
}

impl From<&User> for AdminUserBody {
    fn from(user: &User) -> Self {
        let text = |at: Option<guestlist::Timestamp>| at.map(|at| at.to_string());
        Self {
            id: user.id.to_string(),
            email: user.email.to_string(),
            name: user.name.as_ref().map(ToString::to_string),
            role: user.role.as_str(),
            created_at: user.created_at.to_string(),
            verified_at: text(user.verified_at),
            approved_at: text(user.approved_at),
            disabled_at: text(user.disabled_at),
        }
    }
}

/// One user in an answer to administrators. The list of users leaves the second factor out.
#[derive(Serialize, ToSchema)]
#[schema(as = OneAdminUser)]
pub(crate) struct OneAdminUserBody {
    #[serde(flatten)]
    user: AdminUserBody,
    /// When the user set up the second factor; `null` without one. RFC 3339, in UTC.
    #[schema(format = DateTime)]
    second_factor_since: Option<String>,
}

impl OneAdminUserBody {
    /// Reads what the record of the user does not have.
    pub(super) async fn read(app: &App, user: &User) -> Result<Self, StoreError> {
        let factor = app.guestlist.second_factor_of(user.id).await?;
        Ok(Self {
            user: user.into(),
            second_factor_since: factor.map(|factor| factor.since.to_string()),
        })
    }
}
