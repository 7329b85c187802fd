//! The planner's stores, one for each engine, each in the same database as the users.

mod mongodb;
mod postgres;
mod sqlite;

mod time_bounds;
mod when_columns;

pub use mongodb::MongodbPlannerStore;
pub use postgres::PostgresPlannerStore;
pub use sqlite::SqlitePlannerStore;
