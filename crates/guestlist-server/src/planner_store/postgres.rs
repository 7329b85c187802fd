//! The planner's store in the same database of PostgreSQL as the users: opening it. Its operations stand in one file a
//! record.

mod events;
mod renew;

use guestlist_postgres::{Database, OpenError};

mod migrations {
    refinery::embed_migrations!("migrations/postgres");
}

/// Stores events in one database of PostgreSQL, which has the tables of the users already: an event is shown with data of
/// its creator's row.
#[derive(Clone, Debug)]
pub struct PostgresPlannerStore {
    database: Database,
}

impl PostgresPlannerStore {
    /// Brings the planner's tables up to date.
    pub async fn over(database: Database) -> Result<Self, OpenError> {
        let runner = migrations::migrations::runner();
        database.migrate(runner, "planner_migrations").await?;
        let renewed = renew::renew_all(&database).await;
        renewed.map_err(OpenError::Rows)?;
        Ok(Self { database })
    }
}

#[cfg(test)]
mod tests;
