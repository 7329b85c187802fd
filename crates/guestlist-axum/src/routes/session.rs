//! A session as its user sees it.

use guestlist::Session;
use serde::Serialize;
use utoipa::ToSchema;

use crate::device_in_words;

/// A session in responses.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionBody {
    /// The id, which never changes.
    #[schema(format = Uuid)]
    id: String,
    /// Whether this is the caller's session.
    current: bool,
    /// The client, described in words.
    #[schema(example = "Firefox on Windows")]
    device: Option<String>,
    /// The IP address of the sign-in.
    address: Option<String>,
    /// How the user signed in: `password`, `totp` or `recovery_code`.
    how: &'static str,
    /// When the user last entered the password, and a code if there is a second factor. RFC 3339, in UTC.
    #[schema(format = DateTime)]
    proven_at: String,
    /// RFC 3339, in UTC.
    #[schema(format = DateTime)]
    created_at: String,
    /// When the session was last used, to about a minute. RFC 3339, in UTC.
    #[schema(format = DateTime)]
    last_seen_at: String,
    /// The latest time at which the session ends; it ends earlier if it is not used. RFC 3339, in
    /// UTC.
    #[schema(format = DateTime)]
    expires_at: String,
}

impl SessionBody {
    /// Creates the body for the session's user. `is_current` is true for the session that made the
    /// request.
    pub fn new(session: &Session, is_current: bool) -> Self {
        let device = session.client.device.as_deref();
        Self {
            id: session.id.to_string(),
            current: is_current,
            device: device.and_then(device_in_words),
            address: session.client.address.map(|address| address.to_string()),
            how: session.how.as_str(),
            proven_at: session.proven_at.to_string(),
            created_at: session.created_at.to_string(),
            last_seen_at: session.last_seen_at.to_string(),
            expires_at: session.expires_at.to_string(),
        }
    }
}
