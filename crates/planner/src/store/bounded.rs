//! Nobody hangs on a store that never answers: what holds of the door's store holds of this one.

use guestlist::UserId;

use super::steps::with_steps;
use crate::{
    Event, EventDeletion, EventFilter, EventId, EventInsertion, EventList, EventUpdate, ListLimit,
    PlannerStore, Position, ShownEvent, Version,
};

with_steps! {
    bounded_store,
    /// The store of a planner: any other, whose steps are given up after three seconds.
    BoundedPlannerStore over PlannerStore;
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
        let planner: Arc<dyn PlannerStore> = Arc::new(BoundedPlannerStore(planner));
        (door, planner)
    });
}
