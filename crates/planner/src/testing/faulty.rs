//! A store that fails where it is told to, around any other.

use guestlist::{UserId, faulty_store};

use crate::{
    Event, EventDeletion, EventFilter, EventId, EventUpdate, PlannerStore, Position, ShownEvent,
    Version,
};

faulty_store! {
    /// A store that fails where it is told to, around any other. Without a fault it is as the other.
    FaultyPlannerStore over PlannerStore by PlannerStep;
    InsertEvent insert_event(event: &Event) -> ();
    FindEvent find_event(id: EventId) -> Option<ShownEvent>;
    ListEvents list_events(filter: &EventFilter, after: Option<&Position>, limit: u32) -> Vec<ShownEvent>;
    UpdateEvent update_event(event: &Event, expected: Version) -> EventUpdate;
    DeleteEvent delete_event(id: EventId, expected: Version) -> EventDeletion;
    DeleteEventsOf delete_events_of(creator: UserId) -> u64;
    Sweep sweep(limit: u32) -> u64;
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use guestlist::{Store, testing::MemoryStore};

    use super::*;
    use crate::testing::MemoryPlannerStore;

    crate::store_contract!(async || {
        let door: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let planner = Arc::new(MemoryPlannerStore::new(Arc::clone(&door)));
        let planner: Arc<dyn PlannerStore> = Arc::new(FaultyPlannerStore::over(planner));
        (door, planner)
    });
}
