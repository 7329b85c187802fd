//! Some records of one kind, from either store.

use guestlist::{Checksum, Record, StoreError};
use planner::Event;

use super::Kind;
use crate::database::Archives;

/// What one look brought.
#[derive(Debug)]
pub(super) enum Page {
    Door(Vec<Record>),
    Events(Vec<Event>),
}

/// How many there are, as far as can be told.
pub(super) async fn count(archives: &Archives, kind: Kind) -> Result<u64, StoreError> {
    match kind {
        Kind::Door(kind) => archives.door.count(kind).await,
        Kind::Event => archives.planner.count_events().await,
    }
}

impl Page {
    pub(super) async fn read(
        archives: &Archives,
        kind: Kind,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Self, StoreError> {
        match kind {
            Kind::Door(kind) => {
                let records = archives.door.records(kind, after, limit).await;
                records.map(Self::Door)
            }
            Kind::Event => {
                let after = after.map(str::parse).transpose();
                let after = after.map_err(StoreError::failed)?;
                archives
                    .planner
                    .events(after, limit)
                    .await
                    .map(Self::Events)
            }
        }
    }

    pub(super) async fn put(&self, archives: &Archives) -> Result<(), StoreError> {
        match self {
            Self::Door(records) => archives.door.put(records).await,
            Self::Events(events) => archives.planner.put_events(events).await,
        }
    }

    pub(super) fn add_to(&self, checksum: &mut Checksum) {
        match self {
            Self::Door(records) => records.iter().for_each(|record| checksum.record(record)),
            Self::Events(events) => events.iter().for_each(|event| event.add_to(checksum)),
        }
    }

    pub(super) fn records(&self) -> u64 {
        let records = match self {
            Self::Door(records) => records.len(),
            Self::Events(events) => events.len(),
        };
        records.try_into().unwrap_or(u64::MAX)
    }

    /// None if there is nothing.
    pub(super) fn last_id(&self) -> Option<String> {
        match self {
            Self::Door(records) => records.last().map(Record::id),
            Self::Events(events) => events.last().map(|event| event.id.to_string()),
        }
    }
}
