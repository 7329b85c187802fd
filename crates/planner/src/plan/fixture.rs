//! The fixture of the use cases' tests.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use guestlist::{
    Clock, Store, StoreError, Timestamp, UserId,
    testing::{ManualClock, MemoryStore, user},
};

use crate::{
    Event, EventDeletion, EventDraft, EventFields, EventFilter, EventId, EventInsertion, EventList,
    EventSort, EventStore, EventUpdate, ListLimit, Planner, PlannerStore, Position, ShownEvent,
    Version, Visibility, When, testing::MemoryPlannerStore,
};

/// A planner in memory with two users.
pub(super) struct Fixture {
    pub(super) planner: Planner,
    pub(super) users: Arc<dyn Store>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) ada: UserId,
    pub(super) bob: UserId,
}

impl Fixture {
    pub(super) async fn new() -> Self {
        let users: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let clock = Arc::new(ManualClock::new());
        let (ada, bob) = (user("Ada@example.com"), user("bob@example.com"));
        for user in [&ada, &bob] {
            users.insert_user(user).await.expect("inserts");
        }
        let store = Arc::new(MemoryPlannerStore::new(Arc::clone(&users)));
        Self {
            planner: Planner::new(store, clock.clone()),
            users,
            clock,
            ada: ada.id,
            bob: bob.id,
        }
    }

    /// Returns all public events in the order of their creation.
    pub(super) async fn listed(&self) -> Vec<ShownEvent> {
        let filter = EventFilter {
            sort: EventSort::CreatedAt,
            ..EventFilter::default()
        };
        let page = self.planner.list_events(&filter, None, u32::MAX - 1).await;
        page.expect("lists").items
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn tea() -> EventDraft {
        EventDraft {
            title: "Tea".to_owned(),
            tags: vec!["tea".to_owned()],
            location: Some("London".to_owned()),
            ..EventDraft::default()
        }
    }

    /// Returns the fields of an event that was created from [`tea`](Self::tea).
    pub(super) fn tea_fields() -> EventFields {
        EventFields {
            title: "Tea".to_owned(),
            description: String::new(),
            image: None,
            tags: vec!["tea".to_owned()],
            location: Some("London".to_owned()),
            online_url: None,
            when: When::UNDECIDED,
            capacity: None,
            visibility: Visibility::Public,
        }
    }

    /// Creates a public event of Ada's.
    pub(super) async fn create(&self, title: &str) -> Event {
        let draft = EventDraft {
            title: title.to_owned(),
            ..Self::tea()
        };
        self.planner
            .create_event(self.ada, &draft)
            .await
            .expect("creates")
    }
}

/// The fixture's store, in which every change loses against a concurrent one.
#[derive(Clone, Debug)]
pub(super) struct AlwaysStale {
    store: Arc<dyn PlannerStore>,
    clock: Arc<dyn Clock>,
    tries: Arc<AtomicU32>,
}

impl AlwaysStale {
    pub(super) fn over(fixture: &Fixture) -> Self {
        let Planner { store, clock, .. } = fixture.planner.clone();
        Self {
            store,
            clock,
            tries: Arc::default(),
        }
    }

    pub(super) fn planner(&self) -> Planner {
        Planner::new(Arc::new(self.clone()), Arc::clone(&self.clock))
    }

    /// Returns how many changes were tried.
    pub(super) fn tries(&self) -> u32 {
        self.tries.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl EventStore for AlwaysStale {
    async fn find_event(&self, id: EventId) -> Result<Option<ShownEvent>, StoreError> {
        self.store.find_event(id).await
    }

    async fn update_event(&self, _: &Event, _: Version) -> Result<EventUpdate, StoreError> {
        self.tries.fetch_add(1, Ordering::SeqCst);
        Ok(EventUpdate::Stale)
    }

    async fn delete_event(&self, _: EventId, _: Version) -> Result<EventDeletion, StoreError> {
        self.tries.fetch_add(1, Ordering::SeqCst);
        Ok(EventDeletion::Stale)
    }

    async fn insert_event(&self, _: &Event, _: u32) -> Result<EventInsertion, StoreError> {
        unreachable!("no test does")
    }

    async fn list_events(
        &self,
        _: &EventFilter,
        _: Option<&Position>,
        _: ListLimit,
    ) -> Result<EventList, StoreError> {
        unreachable!("no test does")
    }

    async fn list_all_events(
        &self,
        _: Option<&str>,
        _: Option<EventId>,
        _: ListLimit,
    ) -> Result<EventList, StoreError> {
        unreachable!("no test does")
    }

    async fn delete_events_of(&self, _: UserId) -> Result<u64, StoreError> {
        unreachable!("no test does")
    }

    async fn purge(&self, _: u32) -> Result<u64, StoreError> {
        unreachable!("no test does")
    }
}
