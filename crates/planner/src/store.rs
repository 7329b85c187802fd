//! What the planner needs of a database: each method is one atomic step, named for its meaning.
//!
//! A store returns what is stored and judges nothing; the rules are in the use cases. How to write
//! one: implement [`PlannerStore`] beside the engine's `guestlist::Store`, then stamp
//! [`store_contract!`](crate::store_contract) onto both.

pub(crate) mod archive;
pub(crate) mod bounded;
mod list;
pub(crate) mod steps;

use std::fmt;

use async_trait::async_trait;
use guestlist::{StoreError, UserId};

pub use list::{EventList, ListBuilder, ListLimit};

use crate::{Event, EventFilter, EventId, Position, ShownEvent, Version};

/// The promises of the planner's store. The same ones hold for every engine. A planner gives a step up after three
/// seconds and takes it for `StoreError::Unknown`, but for [`sweep`](Self::sweep).
///
/// An event whose creator is gone from the door's store is there for nobody: reads hide it from
/// that moment on, and the sweep takes it.
#[async_trait]
pub trait PlannerStore: fmt::Debug + Send + Sync + 'static {
    /// Keeps a new event, if its creator has fewer than `quota` events and none has its id. No more index entries than
    /// `quota` are counted. Where both are so, it answers either.
    ///
    /// Of insertions that race for the last places, some may be refused although there was room; never are more kept
    /// than `quota`.
    async fn insert_event(&self, event: &Event, quota: u32) -> Result<EventInsertion, StoreError>;

    /// The event of that id, whoever may find it.
    async fn find_event(&self, id: EventId) -> Result<Option<ShownEvent>, StoreError>;

    /// The events that the filter means, without those of disabled users unless it names a creator, in its order, from the first one on or strictly after that
    /// position: no gap and no repeat, whatever happens to other events between pages. They are as
    /// many as fit into `limit`, and at least one if there is one and `limit.events` is not 0. A
    /// store reads little more than it returns; [`ListBuilder`] counts.
    async fn list_events(
        &self,
        filter: &EventFilter,
        after: Option<&Position>,
        limit: ListLimit,
    ) -> Result<EventList, StoreError>;

    /// Replaces what the event says, `updated_at` and version by those of `event`, if the event of
    /// that id still has the expected version. Creator, `created_at` and fingerprint stay as they were.
    async fn update_event(
        &self,
        event: &Event,
        expected: Version,
    ) -> Result<EventUpdate, StoreError>;

    /// Deletes the event, if it still has the expected version.
    async fn delete_event(
        &self,
        id: EventId,
        expected: Version,
    ) -> Result<EventDeletion, StoreError>;

    /// Deletes all events of that user, who may be gone; how many there were. Safe to repeat.
    async fn delete_events_of(&self, creator: UserId) -> Result<u64, StoreError>;

    /// Removes up to `limit` events whose creator is gone; how many went.
    async fn sweep(&self, limit: u32) -> Result<u64, StoreError>;
}

/// What became of [`PlannerStore::insert_event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventInsertion {
    /// The event is kept.
    Inserted,
    /// The creator has as many events as the quota allows; the event was not kept.
    QuotaReached,
    /// There is an event of that id, which stays as it is; the new one was not kept.
    Taken,
}

/// What became of [`PlannerStore::update_event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventUpdate {
    /// The new content is kept.
    Updated,
    /// Somebody was faster: the event has another version; nothing was changed.
    Stale,
    /// There is no such event (any more).
    Gone,
}

/// What became of [`PlannerStore::delete_event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventDeletion {
    /// The event was there and is gone.
    Deleted,
    /// Somebody was faster: the event has another version; nothing was changed.
    Stale,
    /// There is no such event (any more).
    Gone,
}
