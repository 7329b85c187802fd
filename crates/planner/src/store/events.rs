//! Events in a store.

use guestlist::{Archived, StoreError, UserId};

use super::{EventList, ListLimit};
use crate::{Event, EventFilter, EventId, Position, ShownEvent, Version};

guestlist::operations! {
    /// The operations on events.
    ///
    /// From the moment when its creator is deleted, no read returns an event, although it is still
    /// stored. [`purge`](Self::purge) removes such events. Every store must do both.
    pub trait EventStore {
        /// Stores a new event, if its creator has fewer than `quota` events and no event has its
        /// id. The store counts no more index entries than `quota`. If both reasons apply, it
        /// returns either.
        ///
        /// Of insertions that race for the last places, some may be refused although there was
        /// room; there are never more than `quota` events.
        async fn insert_event(
            &self,
            event: &Event,
            quota: u32,
        ) -> Result<EventInsertion, StoreError>;

        /// Returns the event with that id, without any check of visibility.
        async fn find_event(&self, id: EventId) -> Result<Option<ShownEvent>, StoreError>;

        /// Returns the events that match the filter, in the filter's order. The list begins
        /// strictly after the position `after`, or at the beginning of the order if `after` is
        /// `None`. There is no gap and no repetition, whatever happens to other events between
        /// pages. Events of disabled users are left out unless the filter names a creator.
        ///
        /// The list has as many events as fit into `limit`, and at least one if an event matches
        /// and `limit.events` is not 0. A store reads little more than it returns;
        /// [`ListBuilder`](crate::ListBuilder) counts.
        async fn list_events(
            &self,
            filter: &EventFilter,
            after: Option<&Position>,
            limit: ListLimit,
        ) -> Result<EventList, StoreError>;

        /// Returns all events, the newest first: public and unlisted ones, also those of disabled
        /// users. With `q`, only events whose [`search_text`](Event::search_text) contains it; the
        /// caller folds it by [`fold_for_search`](crate::fold_for_search), and no character is a
        /// wildcard. The list begins after the id `after`, or with the newest event if `after` is
        /// `None`. It has as many events as fit into `limit`, as in
        /// [`list_events`](Self::list_events).
        async fn list_all_events(
            &self,
            q: Option<&str>,
            after: Option<EventId>,
            limit: ListLimit,
        ) -> Result<EventList, StoreError>;

        /// Replaces the event's fields, `updated_at` and version by those of `event`, if the stored
        /// event has the expected version. Creator, `created_at` and fingerprint stay as they were.
        async fn update_event(
            &self,
            event: &Event,
            expected: Version,
        ) -> Result<EventUpdate, StoreError>;

        /// Deletes the event, if it has the expected version.
        async fn delete_event(
            &self,
            id: EventId,
            expected: Version,
        ) -> Result<EventDeletion, StoreError>;

        /// Deletes all events of that user, who may be deleted already. Returns how many there
        /// were. Repeating the call is safe.
        async fn delete_events_of(&self, creator: UserId) -> Result<u64, StoreError>;

        /// Removes up to `limit` events whose creator was deleted. Returns how many were removed.
        #[takes(long)]
        async fn purge(&self, limit: u32) -> Result<u64, StoreError>;
    }
}

/// The outcome of [`EventStore::insert_event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventInsertion {
    /// The event is stored.
    Inserted,
    /// The creator has as many events as the quota allows; the event was not stored.
    QuotaReached,
    /// An event with that id exists and stays as it is; the new event was not stored.
    Taken,
}

/// The outcome of [`EventStore::update_event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventUpdate {
    /// The new content is stored.
    Updated,
    /// The event has another version; nothing was changed.
    Stale,
    /// The event does not exist (any more).
    Gone,
}

/// The outcome of [`EventStore::delete_event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventDeletion {
    /// The event existed and is deleted.
    Deleted,
    /// The event has another version; nothing was changed.
    Stale,
    /// The event does not exist (any more).
    Gone,
}

impl Archived for Event {
    const PLURAL: &'static str = "events";

    fn archive_id(&self) -> String {
        self.id.to_string()
    }
}
