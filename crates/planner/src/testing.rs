//! For tests, ours and yours: the promises of a store, and a store in memory.

pub mod contract;
mod memory;
mod together;

pub use memory::MemoryPlannerStore;
