//! A store in memory: one lock, so that every operation is atomic.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use guestlist::{ArchiveOf, Store, StoreError, UserId};

use crate::{
    Creator, Event, EventDeletion, EventFilter, EventId, EventInsertion, EventList, EventStore,
    EventUpdate, ListBuilder, ListLimit, Position, ShownEvent, Version,
};

/// Stores everything until it is dropped, and looks up creators in the store of the users.
#[derive(Debug)]
pub struct MemoryPlannerStore {
    users: Arc<dyn Store>,
    events: Mutex<BTreeMap<EventId, Event>>,
}

impl MemoryPlannerStore {
    /// An empty store for the events of those users.
    pub fn new(users: Arc<dyn Store>) -> Self {
        Self {
            users,
            events: Mutex::default(),
        }
    }

    fn events(&self) -> MutexGuard<'_, BTreeMap<EventId, Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn creator(&self, creator: UserId) -> Result<Option<Creator>, StoreError> {
        let user = self.users.find_user(creator).await?;
        Ok(user.map(|user| Creator {
            email: user.email,
            is_disabled: user.disabled_at.is_some(),
            name: user.name,
        }))
    }
}

#[async_trait]
impl EventStore for MemoryPlannerStore {
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

    async fn list_all_events(
        &self,
        q: Option<&str>,
        after: Option<EventId>,
        limit: ListLimit,
    ) -> Result<EventList, StoreError> {
        let is_listed = |event: &&Event| {
            after.is_none_or(|after| event.id < after)
                && q.is_none_or(|q| event.search_text().contains(q))
        };
        let events: Vec<_> = self
            .events()
            .values()
            .rev()
            .filter(is_listed)
            .cloned()
            .collect();
        let mut list = ListBuilder::new(limit);
        for event in events {
            if list.wanted() == 0 {
                break;
            }
            if let Some(creator) = self.creator(event.creator).await? {
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

    async fn purge(&self, limit: u32) -> Result<u64, StoreError> {
        // An id is never given to another user: a user who is deleted now is deleted below.
        let events: Vec<_> = self.events().values().cloned().collect();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut orphans = vec![];
        for event in events {
            if orphans.len() < limit && self.creator(event.creator).await?.is_none() {
                orphans.push(event.id);
            }
        }
        let mut events = self.events();
        let purged = orphans
            .iter()
            .filter(|id| events.remove(id).is_some())
            .count();
        Ok(count(purged))
    }
}

#[async_trait]
impl ArchiveOf<Event> for MemoryPlannerStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        Ok(count(self.events().len()))
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Event>, StoreError> {
        let after = after.map(str::parse::<EventId>).transpose();
        let after = after.map_err(StoreError::failed)?;
        let events: Vec<_> = self.events().values().cloned().collect();
        let mut page = Vec::new();
        for event in events {
            if count(page.len()) == u64::from(limit) {
                break;
            }
            if Some(event.id) > after && self.creator(event.creator).await?.is_some() {
                page.push(event);
            }
        }
        Ok(page)
    }

    async fn put_all(&self, events: &[Event]) -> Result<(), StoreError> {
        let mut kept = self.events();
        kept.extend(events.iter().map(|event| (event.id, event.clone())));
        Ok(())
    }
}

fn count(events: usize) -> u64 {
    u64::try_from(events).unwrap_or(u64::MAX)
}
