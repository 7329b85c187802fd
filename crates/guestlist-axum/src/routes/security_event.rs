//! A security event as its user sees it.

use std::collections::BTreeMap;

use guestlist::SecurityEvent;
use serde::Serialize;
use utoipa::ToSchema;

/// An event of the account in responses.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SecurityEvent)]
pub struct SecurityEventBody {
    /// The id. A later event has a greater one.
    #[schema(format = Uuid)]
    id: String,
    /// The kind, such as `sign_in`, `sign_in_refused` or `password_changed`. Later versions may add
    /// kinds.
    #[schema(example = "sign_in")]
    kind: &'static str,
    /// Who caused the event: `user`, `admin` (an administrator), `command_line` (a command on the
    /// server) or `system`. A visitor who tries passwords counts as `user`.
    #[schema(example = "user")]
    actor: &'static str,
    /// When the event happened. RFC 3339, in UTC.
    #[schema(format = DateTime)]
    at: String,
    /// How many events of this kind the entry stands for: more than one if too many came in one
    /// hour.
    times: u32,
    /// When the last of these events happened. RFC 3339, in UTC.
    #[schema(format = DateTime)]
    last_at: String,
    /// The client's `User-Agent`, if the event came with a request.
    device: Option<String>,
    /// The IP address of the request.
    address: Option<String>,
    /// Whether `address` is that of a proxy that the server does not trust, and not the client's.
    address_is_proxy: bool,
    /// What else is known, such as `reason`, `session`, `token`, `name`, `from` and `to`. Later
    /// versions may add members.
    details: BTreeMap<String, String>,
}

impl From<&SecurityEvent> for SecurityEventBody {
    fn from(event: &SecurityEvent) -> Self {
        let details = event.details.iter();
        Self {
            id: event.id.to_string(),
            kind: event.kind.as_str(),
            actor: event.actor.kind(),
            at: event.at.to_string(),
            times: event.times,
            last_at: event.last_at.to_string(),
            device: event.client.device.clone(),
            address: event.client.address.map(|address| address.to_string()),
            address_is_proxy: event.is_address_of_proxy(),
            details: details
                .filter(|(name, _)| *name != guestlist::detail::ADDRESS_OF)
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        }
    }
}
