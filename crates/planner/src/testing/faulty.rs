//! A store that fails on purpose, around any other.

use guestlist::testing::Faulty;

use crate::PlannerStore;

/// A [`PlannerStore`] that fails on purpose. Its operations have names in
/// [`operations`](crate::operations).
pub type FaultyPlannerStore = Faulty<dyn PlannerStore>;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use guestlist::{Store, TimeLimited, testing::MemoryStore};

    use super::*;
    use crate::testing::MemoryPlannerStore;

    mod faulty {
        use super::*;

        crate::store_contract!(async || {
            let users: Arc<dyn Store> = Arc::new(MemoryStore::new());
            let planner = Arc::new(MemoryPlannerStore::new(Arc::clone(&users)));
            let planner: Arc<dyn PlannerStore> = Arc::new(FaultyPlannerStore::over(planner));
            (users, planner)
        });
    }

    mod limited {
        use super::*;

        crate::store_contract!(async || {
            let users: Arc<dyn Store> = Arc::new(MemoryStore::new());
            let planner = Arc::new(MemoryPlannerStore::new(Arc::clone(&users)));
            let planner: Arc<dyn PlannerStore> = Arc::new(planner_limited(planner));
            (users, planner)
        });

        fn planner_limited(planner: Arc<dyn PlannerStore>) -> TimeLimited<dyn PlannerStore> {
            TimeLimited(planner)
        }
    }
}
