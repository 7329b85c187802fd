//! The planner's stores, one an engine, each beside the door's store in the same database.

mod mongodb;
mod postgres;
mod sqlite;

pub use mongodb::MongodbPlannerStore;
pub use postgres::PostgresPlannerStore;
pub use sqlite::SqlitePlannerStore;
