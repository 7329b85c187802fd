//! The entry point of the crate.

use std::sync::Arc;

use guestlist::{Clock, TimeLimited};

use crate::{PlannerStore, Zone, request::RequestSecret};

/// The default limit for a page of events, in bytes.
const LIST_BYTES: u32 = 256 * 1024;

/// The planner: a store and the rules. It is cheap to clone; clones share everything.
///
/// Its use cases are in `plan/`, one a file.
#[derive(Clone, Debug)]
pub struct Planner {
    pub(crate) store: Arc<dyn PlannerStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) list_bytes: u32,
    pub(crate) events_per_user: u32,
    pub(crate) time_zone: Zone,
    /// The current secret first.
    pub(crate) request_secrets: Arc<[RequestSecret]>,
}

impl Planner {
    /// Creates a planner with this store and clock. It needs a Tokio runtime with timers enabled.
    pub fn new(store: Arc<dyn PlannerStore>, clock: Arc<dyn Clock>) -> Self {
        let store = Arc::new(TimeLimited(store));
        Self {
            store,
            clock,
            list_bytes: LIST_BYTES,
            events_per_user: 2_000,
            time_zone: Zone::utc(),
            request_secrets: Arc::new([RequestSecret::new(b"")]),
        }
    }

    /// Sets the limit for a page of [`list_events`](Self::list_events), in bytes. The default is
    /// 262,144.
    #[must_use]
    pub fn list_bytes(self, list_bytes: u32) -> Self {
        Self { list_bytes, ..self }
    }

    /// Sets the time zone of events without one. The default is UTC.
    #[must_use]
    pub fn in_time_zone(self, time_zone: Zone) -> Self {
        Self { time_zone, ..self }
    }

    /// Returns the time zone of events without one.
    pub fn time_zone(&self) -> &Zone {
        &self.time_zone
    }

    /// Sets how many events one user may have; the default is 2,000. One more is refused with
    /// [`CreateEventError::TooMany`](crate::CreateEventError::TooMany).
    #[must_use]
    pub fn events_per_user(mut self, most: u32) -> Self {
        self.events_per_user = most;
        self
    }

    /// Sets the secrets from which the ids of events are derived for request keys
    /// ([`create_event_once`](Self::create_event_once)): the current one and the previous one.
    /// Without a secret, a client that knows a key can compute the id.
    #[must_use]
    pub fn request_secrets(mut self, current: &[u8], previous: Option<&[u8]>) -> Self {
        let secrets = std::iter::once(current).chain(previous);
        self.request_secrets = secrets.map(RequestSecret::new).collect();
        self
    }
}
