//! The one entry point.

use std::sync::Arc;

use guestlist::Clock;

use crate::{PlannerStore, store::bounded::BoundedPlannerStore};

/// The planner: a store and the rules. Cheap to clone; the clones share everything.
///
/// What it can do is written one use case a file, in `plan/`.
#[derive(Clone, Debug)]
pub struct Planner {
    pub(crate) store: Arc<dyn PlannerStore>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Planner {
    /// A planner that keeps its events in that store and dates them by that clock. It needs a Tokio runtime with its
    /// timer.
    pub fn new(store: Arc<dyn PlannerStore>, clock: Arc<dyn Clock>) -> Self {
        let store = Arc::new(BoundedPlannerStore(store));
        Self { store, clock }
    }
}
