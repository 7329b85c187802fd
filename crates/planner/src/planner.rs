//! The one entry point.

use std::sync::Arc;

use guestlist::{Clock, TimeLimited};

use crate::{PlannerStore, Zone, request::RequestSecret};

/// How many bytes of events a page has at most, unless the caller sets it.
const LIST_BYTES: u32 = 256 * 1024;

/// The planner: a store and the rules. Cheap to clone; the clones share everything.
///
/// What it can do is written one use case a file, in `plan/`.
#[derive(Clone, Debug)]
pub struct Planner {
    pub(crate) store: Arc<dyn PlannerStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) list_bytes: u32,
    pub(crate) events_per_user: u32,
    pub(crate) time_zone: Zone,
    /// The one in force first.
    pub(crate) request_secrets: Arc<[RequestSecret]>,
}

impl Planner {
    /// A planner that keeps its events in that store and dates them by that clock. It needs a Tokio runtime with its
    /// timer.
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

    /// Sets how many bytes of events [`list_events`](Self::list_events) returns at most: 262,144 unless it
    /// is set.
    #[must_use]
    pub fn list_bytes(self, list_bytes: u32) -> Self {
        Self { list_bytes, ..self }
    }

    /// Sets the zone of events whose creators name none: UTC unless it is set.
    #[must_use]
    pub fn in_time_zone(self, time_zone: Zone) -> Self {
        Self { time_zone, ..self }
    }

    /// The zone of events whose creators name none.
    pub fn time_zone(&self) -> &Zone {
        &self.time_zone
    }

    /// How many events one user may have: 2,000 by default. One more is refused with
    /// [`CreateEventError::TooMany`](crate::CreateEventError::TooMany).
    #[must_use]
    pub fn events_per_user(mut self, most: u32) -> Self {
        self.events_per_user = most;
        self
    }

    /// Sets under which secret the ids of events follow from the keys of requests
    /// ([`create_event_once`](Self::create_event_once)), and which one was in force before it. Without one,
    /// whoever knows a key knows the id.
    #[must_use]
    pub fn request_secrets(mut self, current: &[u8], previous: Option<&[u8]>) -> Self {
        let secrets = std::iter::once(current).chain(previous);
        self.request_secrets = secrets.map(RequestSecret::new).collect();
        self
    }
}
