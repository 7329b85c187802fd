//! The planner's stores, one an engine, each beside the door's store in the same database.

mod mongodb;
mod sqlite;

pub use mongodb::MongodbPlannerStore;
pub use sqlite::SqlitePlannerStore;
