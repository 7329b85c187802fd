//! The record of an event that matters to the security of one account, such as a sign-in or a new
//! password. The log line about the event comes from the same value.

mod actor;
mod details;
mod kind;
mod words;

use std::fmt;

pub use actor::{Actor, ActorError};
pub use details::{EventDetails, EventDetailsError, detail};
pub use kind::{SecurityEventKind, SecurityEventKindError};

use crate::{Client, SecurityEventId, Timestamp, UserId};

/// An event of one account. It is stored until the account is deleted or the event is older than
/// [`Builder::keep_security_events`](crate::Builder::keep_security_events).
///
/// An entry stands for several events of one kind if too many of them came in one hour:
/// [`SecurityEventKind::most_an_hour`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SecurityEvent {
    /// The id. A later event has a greater one.
    pub id: SecurityEventId,
    /// The account.
    pub user_id: UserId,
    /// The one who caused the event.
    pub actor: Actor,
    /// The kind.
    pub kind: SecurityEventKind,
    /// The origin of the request, if the event came with a request.
    pub client: Client,
    /// What else is known about the event.
    pub details: EventDetails,
    /// When the event happened.
    pub at: Timestamp,
    /// How many events the entry stands for: usually one.
    pub times: u32,
    /// When the last of these events happened.
    pub last_at: Timestamp,
}

impl SecurityEvent {
    /// Creates an event without an origin and without details.
    pub fn new(user_id: UserId, kind: SecurityEventKind, actor: Actor, at: Timestamp) -> Self {
        Self {
            id: SecurityEventId::new(at),
            user_id,
            actor,
            kind,
            client: Client::default(),
            details: EventDetails::default(),
            at,
            times: 1,
            last_at: at,
        }
    }

    /// Sets the origin of the request. A client without an address keeps the address that the event
    /// has, such as that of an unknown proxy.
    #[must_use]
    pub fn from_client(mut self, client: Client) -> Self {
        self.client = Client {
            address: client.address.or(self.client.address),
            ..client
        };
        self
    }

    /// Adds a detail. The names are in [`detail`].
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.details.insert(name, value.to_string());
        self
    }

    /// Whether the address of the client is that of a proxy that is not trusted.
    pub fn is_address_of_proxy(&self) -> bool {
        self.details.get(detail::ADDRESS_OF) == Some(detail::PROXY)
    }
}
