//! Events exactly as they are, one after the other: what a copy from one engine to another needs, and
//! nothing else uses. The door's side is `guestlist::Archive`.

use async_trait::async_trait;
use guestlist::{Checksum, StoreError};

use super::PlannerStore;
use crate::{Event, EventFields, EventId, Fingerprint, Moment, When};

/// What is kept of the planner, event by event. How to offer it: implement it beside the engine's
/// [`PlannerStore`], then stamp `planner::archive_contract!` (feature `testing`) onto it.
#[async_trait]
pub trait EventArchive: PlannerStore {
    /// How many events there are, for whoever wants to know how long it takes, and whether there are
    /// any. What a deleted user has left may be counted.
    async fn count_events(&self) -> Result<u64, StoreError>;

    /// Up to `limit` events in the order of their ids: the first ones, or those after that id. None if
    /// and only if there are no more. What a deleted user has left is not among them.
    async fn events(&self, after: Option<EventId>, limit: u32) -> Result<Vec<Event>, StoreError>;

    /// Keeps events exactly as they are, each in the place of what has the same id. Their creators are
    /// there already. After an error some of them may be kept; to put them all again is safe.
    async fn put_events(&self, events: &[Event]) -> Result<(), StoreError>;
}

impl Event {
    /// Adds itself to a sum of events, which then says the same of every engine.
    pub fn add_to(&self, sum: &mut Checksum) {
        // Every field is named, so that a new one is not forgotten here.
        let Self {
            id,
            creator,
            fields,
            created_at,
            updated_at,
            version,
            fingerprint,
        } = self;
        sum.begin()
            .bytes(id.as_uuid().as_bytes())
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
    /// Adds what they say to a sum.
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
