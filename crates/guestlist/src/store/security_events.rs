//! Security events in a store.

use super::{StoreError, archive::Archived};
use crate::{SecurityEvent, SecurityEventId, Timestamp, UserId};

crate::operations! {
    /// The operations on security events. An entry never changes, except that it may come to stand
    /// for further events.
    pub trait SecurityEventStore {
        /// Stores an event, if its user exists and has fewer than `bound.most` entries of that kind
        /// after the id `bound.after`. Otherwise adds one to [`SecurityEvent::times`] of the newest
        /// of these entries, and sets [`SecurityEvent::last_at`] to the time of the event, unless
        /// the entry has a later one.
        ///
        /// Insertions that race for the last places may store a few more entries than `bound.most`.
        async fn append_security_event(
            &self,
            event: &SecurityEvent,
            bound: EventBound,
        ) -> Result<EventInsertion, StoreError>;

        /// Returns up to `limit` events of the user, the newest first. The list begins before the
        /// id `before`, or with the newest if `before` is `None`.
        async fn list_security_events_of(
            &self,
            user: UserId,
            before: Option<SecurityEventId>,
            limit: u32,
        ) -> Result<Vec<SecurityEvent>, StoreError>;

        /// Returns up to `limit` events of all users in the order of their ids. The list begins
        /// after the id `after`, or with the oldest if `after` is `None`.
        async fn list_security_events(
            &self,
            after: Option<SecurityEventId>,
            limit: u32,
        ) -> Result<Vec<SecurityEvent>, StoreError>;

        /// Removes up to `limit` events whose ids were created before that moment, the oldest
        /// first. Returns how many were removed.
        #[takes(long)]
        async fn purge_security_events(
            &self,
            before: Timestamp,
            limit: u32,
        ) -> Result<u64, StoreError>;
    }
}

/// How many entries of one kind a user may have in
/// [`SecurityEventStore::append_security_event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventBound {
    /// Only entries after this id count.
    pub after: SecurityEventId,
    /// How many there may be: at least one.
    pub most: u32,
}

/// The outcome of [`SecurityEventStore::append_security_event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventInsertion {
    /// The event is stored.
    Stored,
    /// The event was counted in an earlier entry.
    Counted,
    /// The user does not exist (any more); nothing was changed.
    UserGone,
}

impl Archived for SecurityEvent {
    const PLURAL: &'static str = "security events";

    fn archive_id(&self) -> String {
        self.id.to_string()
    }
}
