//! For tests: the contract of stores, a store in memory, and a store that fails on demand.

pub mod contract;
mod faulty;
mod memory;
mod together;

pub use faulty::{FaultyPlannerStore, PlannerStep};
pub use memory::MemoryPlannerStore;
