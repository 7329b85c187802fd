//! Counters in memory.

use async_trait::async_trait;

use super::{MemoryStore, count, size};
use crate::{LimitKey, LimitStore, StoreError, Take, Taking, Timestamp};

#[async_trait]
impl LimitStore for MemoryStore {
    async fn take_all(&self, takes: &[Take], now: Timestamp) -> Result<Taking, StoreError> {
        let mut records = self.records();
        let counters = &mut records.counters;
        let stored: Vec<_> = takes
            .iter()
            .map(|take| counters.get(&take.key).copied())
            .collect();
        let taking = Taking::of(takes, &stored, now);
        for (take, stored) in takes.iter().zip(stored) {
            if taking == Taking::Done {
                let next = take.from(stored, now).unwrap_or(take.latest(now));
                counters.insert(take.key, next);
            } else if let Some(back) = stored.and_then(|stored| take.set_back(stored, now)) {
                counters.insert(take.key, back);
            }
        }
        Ok(taking)
    }

    async fn give_back(&self, takes: &[Take]) -> Result<(), StoreError> {
        let mut records = self.records();
        for take in takes {
            if let Some(counter) = records.counters.get_mut(&take.key) {
                *counter = Timestamp::from_millis(counter.as_millis() - take.cost);
            }
        }
        Ok(())
    }

    async fn clear_counters(&self, between: [LimitKey; 2]) -> Result<u64, StoreError> {
        let [first, last] = between;
        let mut records = self.records();
        let before = records.counters.len();
        records
            .counters
            .retain(|key, _| !(first..=last).contains(key));
        Ok(count(before - records.counters.len()))
    }

    async fn purge_counters(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut records = self.records();
        let expired = records.counters.iter().filter(|(_, at)| **at < before);
        let expired: Vec<_> = expired.map(|(key, _)| *key).take(size(limit)).collect();
        for key in &expired {
            records.counters.remove(key);
        }
        Ok(count(expired.len()))
    }
}
