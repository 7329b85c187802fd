//! For tests, ours and yours: the contract of stores, a store in memory, and a store that fails on
//! purpose.

pub mod contract;
mod faulty;
mod memory;
mod together;

pub use faulty::FaultyPlannerStore;
pub use memory::MemoryPlannerStore;
