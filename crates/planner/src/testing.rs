//! For tests, ours and yours: the promises of a store, a store in memory, and one that fails where it is told to.

pub mod contract;
mod faulty;
mod memory;
mod together;

pub use faulty::{FaultyPlannerStore, PlannerStep};
pub use memory::MemoryPlannerStore;
