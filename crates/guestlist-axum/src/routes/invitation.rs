//! An invitation as administrators see it.

use guestlist::Invitation;
use serde::Serialize;
use utoipa::ToSchema;

/// An invitation in responses, without its link.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub struct InvitationBody {
    /// The id, which never changes.
    #[schema(format = Uuid)]
    id: String,
    /// The id of the administrator who made it; absent if it was made on the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uuid)]
    created_by: Option<String>,
    /// What the administrator noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// The only address that may sign up with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// How many more users may sign up with it.
    uses_left: u32,
    /// RFC 3339, in UTC.
    #[schema(format = DateTime)]
    created_at: String,
    /// RFC 3339, in UTC.
    #[schema(format = DateTime)]
    expires_at: String,
    /// Absent if it is not revoked. RFC 3339, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
}

impl From<&Invitation> for InvitationBody {
    fn from(invitation: &Invitation) -> Self {
        Self {
            id: invitation.id.to_string(),
            created_by: invitation.created_by.map(|id| id.to_string()),
            note: invitation.note.as_ref().map(ToString::to_string),
            email: invitation.email.as_ref().map(ToString::to_string),
            uses_left: invitation.uses_left,
            created_at: invitation.created_at.to_string(),
            expires_at: invitation.expires_at.to_string(),
            revoked_at: invitation.revoked_at.map(|at| at.to_string()),
        }
    }
}
