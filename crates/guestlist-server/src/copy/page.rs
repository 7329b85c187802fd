//! A page of records of one type, from either store.

use guestlist::{Archived, Checksum, Record, StoreError};
use planner::Event;

use super::kind::Kind;
use crate::database::Archives;

/// A page of records.
#[derive(Debug)]
pub(super) enum Page {
    Account(Vec<Record>),
    Events(Vec<Event>),
}

/// Counts the records of that type.
pub(super) async fn count(archives: &Archives, kind: Kind) -> Result<u64, StoreError> {
    match kind {
        Kind::Account(kind) => archives.accounts.count(kind).await,
        Kind::Event => archives.planner.count_all().await,
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
            Kind::Account(kind) => {
                let records = archives.accounts.records(kind, after, limit).await;
                records.map(Self::Account)
            }
            Kind::Event => {
                let events = archives.planner.page(after, limit).await;
                events.map(Self::Events)
            }
        }
    }

    pub(super) async fn put(&self, archives: &Archives) -> Result<(), StoreError> {
        match self {
            Self::Account(records) => archives.accounts.put(records).await,
            Self::Events(events) => archives.planner.put_all(events).await,
        }
    }

    pub(super) fn add_to(&self, checksum: &mut Checksum) {
        match self {
            Self::Account(records) => records.iter().for_each(|record| record.add_to(checksum)),
            Self::Events(events) => events.iter().for_each(|event| checksum.record(event)),
        }
    }

    pub(super) fn records(&self) -> u64 {
        let records = match self {
            Self::Account(records) => records.len(),
            Self::Events(events) => events.len(),
        };
        records.try_into().unwrap_or(u64::MAX)
    }

    /// The id of the last record on the page.
    pub(super) fn last_id(&self) -> Option<String> {
        match self {
            Self::Account(records) => records.last().map(Record::id),
            Self::Events(events) => events.last().map(Archived::archive_id),
        }
    }
}
