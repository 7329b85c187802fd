//! A store in memory: one lock, so that every step is atomic.

mod archive;

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use guestlist::{Store, StoreError, UserId};

use crate::{
    Creator, Event, EventDeletion, EventFilter, EventId, EventInsertion, EventList, EventUpdate,
    ListBuilder, ListLimit, PlannerStore, Position, ShownEvent, Version,
};

/// Keeps everything until it is dropped, and looks creators up in the door's store.
#[derive(Debug)]
pub struct MemoryPlannerStore {
    door: Arc<dyn Store>,
    events: Mutex<BTreeMap<EventId, Event>>,
}

impl MemoryPlannerStore {
    /// An empty store for the events of the users of that door.
    pub fn new(door: Arc<dyn Store>) -> Self {
        Self {
            door,
            events: Mutex::default(),
        }
    }

    fn events(&self) -> MutexGuard<'_, BTreeMap<EventId, Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn creator(&self, creator: UserId) -> Result<Option<Creator>, StoreError> {
        let user = self.door.find_user(creator).await?;
        Ok(user.map(|user| Creator {
            email: user.email,
            is_disabled: user.disabled_at.is_some(),
            name: user.name,
        }))
    }
}

#[async_trait]
impl PlannerStore for MemoryPlannerStore {
    async fn insert_event(&self, event: &Event, quota: u32) -> Result<EventInsertion, StoreError> {
        let mut events = self.events();
        let theirs = events
            .values()
            .filter(|other| other.creator == event.creator);
        if count(theirs.count()) >= quota.into() {
            return Ok(EventInsertion::QuotaReached);
        }
        match events.entry(event.id) {
            Entry::Vacant(place) => {
                place.insert(event.clone());
                Ok(EventInsertion::Inserted)
            }
            Entry::Occupied(_) => Ok(EventInsertion::Taken),
        }
    }

    async fn find_event(&self, id: EventId) -> Result<Option<ShownEvent>, StoreError> {
        let found = self.events().get(&id).cloned();
        let Some(event) = found else {
            return Ok(None);
        };
        let creator = self.creator(event.creator).await?;
        Ok(creator.map(|creator| ShownEvent { event, creator }))
    }

    async fn list_events(
        &self,
        filter: &EventFilter,
        after: Option<&Position>,
        limit: ListLimit,
    ) -> Result<EventList, StoreError> {
        let sort = filter.sort;
        let is_after = |event: &Event| {
            after.is_none_or(|after| sort.compare(&event.position(sort), after).is_gt())
        };
        let is_listed = |event: &&Event| filter.matches(event) && is_after(event);
        let mut events: Vec<_> = self.events().values().filter(is_listed).cloned().collect();
        events.sort_by(|one, other| sort.compare(&one.position(sort), &other.position(sort)));
        let mut list = ListBuilder::new(limit);
        for event in events {
            if list.wanted() == 0 {
                break;
            }
            let creator = self.creator(event.creator).await?;
            let is_shown = |creator: &Creator| !creator.is_disabled || filter.creator.is_some();
            if let Some(creator) = creator.filter(is_shown) {
                list.push(ShownEvent { event, creator });
            }
        }
        Ok(list.finish())
    }

    async fn update_event(
        &self,
        event: &Event,
        expected: Version,
    ) -> Result<EventUpdate, StoreError> {
        let mut events = self.events();
        let Some(kept) = events.get_mut(&event.id) else {
            return Ok(EventUpdate::Gone);
        };
        if kept.version != expected {
            return Ok(EventUpdate::Stale);
        }
        let (creator, created_at) = (kept.creator, kept.created_at);
        *kept = Event {
            creator,
            created_at,
            fingerprint: kept.fingerprint,
            ..event.clone()
        };
        Ok(EventUpdate::Updated)
    }

    async fn delete_event(
        &self,
        id: EventId,
        expected: Version,
    ) -> Result<EventDeletion, StoreError> {
        match self.events().entry(id) {
            Entry::Occupied(place) if place.get().version == expected => {
                place.remove();
                Ok(EventDeletion::Deleted)
            }
            Entry::Occupied(_) => Ok(EventDeletion::Stale),
            Entry::Vacant(_) => Ok(EventDeletion::Gone),
        }
    }

    async fn delete_events_of(&self, creator: UserId) -> Result<u64, StoreError> {
        let mut events = self.events();
        let before = events.len();
        events.retain(|_, event| event.creator != creator);
        Ok(count(before - events.len()))
    }

    async fn sweep(&self, limit: u32) -> Result<u64, StoreError> {
        // An id is never given to another user: who is gone now will be gone below.
        let events: Vec<_> = self.events().values().cloned().collect();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut orphans = vec![];
        for event in events {
            if orphans.len() < limit && self.creator(event.creator).await?.is_none() {
                orphans.push(event.id);
            }
        }
        let mut events = self.events();
        let swept = orphans
            .iter()
            .filter(|id| events.remove(id).is_some())
            .count();
        Ok(count(swept))
    }
}

fn count(events: usize) -> u64 {
    u64::try_from(events).unwrap_or(u64::MAX)
}
