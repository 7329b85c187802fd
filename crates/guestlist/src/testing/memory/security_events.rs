//! Security events in memory.

use async_trait::async_trait;

use super::{MemoryStore, count, page, size};
use crate::{
    ArchiveOf, EventBound, EventInsertion, SecurityEvent, SecurityEventId, SecurityEventStore,
    StoreError, Timestamp, UserId,
};

#[async_trait]
impl SecurityEventStore for MemoryStore {
    async fn append_security_event(
        &self,
        event: &SecurityEvent,
        bound: EventBound,
    ) -> Result<EventInsertion, StoreError> {
        let mut records = self.records();
        if !records.users.contains_key(&event.user_id) {
            return Ok(EventInsertion::UserGone);
        }
        let same = records.security_events.values_mut().filter(|other| {
            other.user_id == event.user_id && other.kind == event.kind && other.id > bound.after
        });
        let mut same: Vec<_> = same.collect();
        if same.len() >= size(bound.most)
            && let Some(newest) = same.pop()
        {
            newest.times = newest.times.saturating_add(1);
            newest.last_at = newest.last_at.max(event.at);
            return Ok(EventInsertion::Counted);
        }
        records.security_events.insert(event.id, event.clone());
        Ok(EventInsertion::Stored)
    }

    async fn list_security_events_of(
        &self,
        user: UserId,
        before: Option<SecurityEventId>,
        limit: u32,
    ) -> Result<Vec<SecurityEvent>, StoreError> {
        let records = self.records();
        let newest_first = records.security_events.values().rev();
        let theirs = newest_first
            .filter(|event| event.user_id == user && before.is_none_or(|before| event.id < before));
        Ok(theirs.take(size(limit)).cloned().collect())
    }

    async fn list_security_events(
        &self,
        after: Option<SecurityEventId>,
        limit: u32,
    ) -> Result<Vec<SecurityEvent>, StoreError> {
        let records = self.records();
        let events = records.security_events.values();
        let later = events.filter(|event| Some(event.id) > after);
        Ok(later.take(size(limit)).cloned().collect())
    }

    async fn purge_security_events(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let mut records = self.records();
        let first = SecurityEventId::first_of(before);
        let old = records.security_events.range(..first);
        let old: Vec<_> = old.map(|(id, _)| *id).take(size(limit)).collect();
        for id in &old {
            records.security_events.remove(id);
        }
        Ok(count(old.len()))
    }
}

#[async_trait]
impl ArchiveOf<SecurityEvent> for MemoryStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        Ok(count(self.records().security_events.len()))
    }

    async fn page(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<SecurityEvent>, StoreError> {
        Ok(page(self.records().security_events.values(), after, limit))
    }

    async fn put_all(&self, put: &[SecurityEvent]) -> Result<(), StoreError> {
        let put = put.iter().map(|record| (record.id, record.clone()));
        self.records().security_events.extend(put);
        Ok(())
    }
}
