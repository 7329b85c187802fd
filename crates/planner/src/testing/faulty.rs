//! A store that fails where it is told to, around any other.

use guestlist::UserId;

use crate::{
    Event, EventDeletion, EventFilter, EventId, EventInsertion, EventList, EventUpdate, ListLimit,
    PlannerStore, Position, ShownEvent, Version, store::steps::with_steps,
};

with_steps! {
    faulty_store,
    /// A store that fails where it is told to, around any other. Without a fault it is as the other.
    FaultyPlannerStore over PlannerStore by PlannerStep;
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
