//! Opening the planner's store in the same PostgreSQL database as the users. Its operations are in
//! one source file for each kind of record.

mod events;
mod renew;

use guestlist_postgres::{Database, OpenError};

/// The table that records the migrations of the database.
const HISTORY: &str = "planner_migrations";

mod migrations {
    refinery::embed_migrations!("migrations/postgres");
}

/// Stores events in a PostgreSQL database that has the tables of the users already. An event is
/// read together with its creator's row.
#[derive(Clone, Debug)]
pub struct PostgresPlannerStore {
    database: Database,
}

impl PostgresPlannerStore {
    /// Whether the planner's tables have been created in this database. Changes nothing.
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
    /// [`OpenError::OtherTables`] names the tables.
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
