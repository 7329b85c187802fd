//! The planner's store in the same database of PostgreSQL as the users: opening it. Its operations stand in one file a
//! record.

mod events;
mod renew;

use guestlist_postgres::{Database, OpenError};

/// The table that lists which migrations a database has.
const HISTORY: &str = "planner_migrations";

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
    /// Whether the planner's tables have been made in this database. It changes nothing.
    ///
    /// # Errors
    ///
    /// If the server does not answer.
    pub async fn is_in(database: &Database) -> Result<bool, OpenError> {
        database.has_history(HISTORY).await
    }

    /// Refuses a database in which another program has tables of the planner's names.
    ///
    /// # Errors
    ///
    /// [`OpenError::OtherTables`] names them.
    pub async fn refuse_other_tables(database: &Database) -> Result<(), OpenError> {
        let runner = migrations::migrations::runner();
        database.refuse_other_tables(&runner, HISTORY).await
    }

    /// Brings the planner's tables up to date.
    pub async fn over(database: Database) -> Result<Self, OpenError> {
        let runner = migrations::migrations::runner();
        database.migrate(runner, HISTORY).await?;
        let renewed = renew::renew_all(&database).await;
        renewed.map_err(OpenError::Rows)?;
        Ok(Self { database })
    }
}

#[cfg(test)]
mod tests;
