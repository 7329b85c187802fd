//! The planner's stores, one an engine, each beside the door's store in the same database.

mod sqlite;

pub use sqlite::SqlitePlannerStore;
