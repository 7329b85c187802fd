//! Events in a store.

use guestlist::{Archived, Checksum, StoreError, UserId};

use super::{EventList, ListLimit};
use crate::{
    Event, EventFields, EventFilter, EventId, Fingerprint, Moment, Position, ShownEvent, Version,
    When,
};

guestlist::operations! {
    /// The operations on events.
    ///
    /// An event whose creator was deleted is never shown: reads hide it from that moment on, and
    /// [`purge`](Self::purge) removes it.
    pub trait EventStore {
        /// Stores a new event, if its creator has fewer than `quota` events and no event has its id. The store counts
        /// no more index entries than `quota`. If both reasons apply, it returns either.
        ///
        /// Of insertions that race for the last places, some may be refused although there was room; there are never
        /// more than `quota` events.
        async fn insert_event(
            &self,
            event: &Event,
            quota: u32,
        ) -> Result<EventInsertion, StoreError>;

        /// Returns the event with that id, without any check of visibility.
        async fn find_event(&self, id: EventId) -> Result<Option<ShownEvent>, StoreError>;

        /// Returns the events that match the filter, in its order: the first ones, or those strictly after that
        /// position. There is no gap and no repetition, whatever happens to other events between pages. Events of
        /// disabled users are left out unless the filter names a creator.
        ///
        /// The list has as many events as fit into `limit`, and at least one if an event matches and `limit.events` is
        /// not 0. A store reads little more than it returns; [`ListBuilder`](crate::ListBuilder) counts.
        async fn list_events(
            &self,
            filter: &EventFilter,
            after: Option<&Position>,
            limit: ListLimit,
        ) -> Result<EventList, StoreError>;

        /// Replaces the event's fields, `updated_at` and version by those of `event`, if the stored event has the
        /// expected version. Creator, `created_at` and fingerprint stay as they were.
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

        /// Deletes all events of that user, who may be deleted already. Returns how many there were. Repeating the call
        /// is safe.
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

    fn add_to(&self, sum: &mut Checksum) {
        // Every field is named, so that a new field is not forgotten here.
        let Self {
            id,
            creator,
            fields,
            created_at,
            updated_at,
            version,
            fingerprint,
        } = self;
        sum.bytes(id.as_uuid().as_bytes())
            .bytes(creator.as_uuid().as_bytes());
        fields.add_to(sum);
        let fingerprint = fingerprint.as_ref().map(Fingerprint::as_bytes);
        sum.moment(*created_at)
            .moment(*updated_at)
            .number(version.0)
            .maybe(fingerprint, |sum, bytes| sum.bytes(bytes));
    }
}

impl EventFields {
    /// Adds the fields to a sum.
    pub(crate) fn add_to(&self, sum: &mut Checksum) {
        let Self {
            title,
            description,
            image,
            tags,
            location,
            online_url,
            when,
            capacity,
            visibility,
        } = self;
        sum.text(title)
            .text(description)
            .maybe(image.as_deref(), Checksum::text)
            .number(tags.len().try_into().unwrap_or(i64::MAX));
        for tag in tags {
            sum.text(tag);
        }
        sum.maybe(location.as_deref(), Checksum::text)
            .maybe(online_url.as_deref(), Checksum::text);
        add_when(sum, when)
            .maybe(capacity.map(i64::from), Checksum::number)
            .text(visibility.as_str());
    }
}

fn add_when<'s>(sum: &'s mut Checksum, when: &When) -> &'s mut Checksum {
    match when {
        When::Undecided { time_zone } => sum.number(0).maybe(time_zone.as_deref(), Checksum::text),
        When::Dates {
            first,
            last,
            time_zone,
        } => sum
            .number(1)
            .text(&first.to_string())
            .text(&last.to_string())
            .maybe(time_zone.as_deref(), Checksum::text),
        When::At {
            starts,
            ends,
            time_zone,
        } => add_moment(sum.number(2), starts)
            .maybe(ends.as_ref(), add_moment)
            .text(time_zone),
    }
}

fn add_moment<'s>(sum: &'s mut Checksum, moment: &Moment) -> &'s mut Checksum {
    let Moment { at, wall } = moment;
    sum.moment(*at).text(&wall.to_string())
}
