//! A session as its user sees it.

use guestlist::Session;
use serde::Serialize;
use utoipa::ToSchema;

use crate::device_in_words;

/// A session on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionBody {
    /// Never changes.
    #[schema(format = Uuid)]
    id: String,
    /// Whether it is the one that asks.
    current: bool,
    /// What the client called itself, in words.
    #[schema(example = "Firefox on Windows")]
    device: Option<String>,
    /// Where the sign-in came from.
    address: Option<String>,
    /// How the user proved to be the user: `password`.
    how: &'static str,
    /// When that was, last. RFC 3339, in UTC.
    #[schema(format = DateTime)]
    proven_at: String,
    /// RFC 3339, in UTC.
    #[schema(format = DateTime)]
    created_at: String,
    /// To the minute or so. RFC 3339, in UTC.
    #[schema(format = DateTime)]
    last_seen_at: String,
    /// It ends then whatever happens, and earlier if nobody uses it. RFC 3339, in UTC.
    #[schema(format = DateTime)]
    expires_at: String,
}

impl SessionBody {
    /// That session, shown to its user; whether it is the one that asks is for the caller to know.
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
