//! Opening the planner's store in the same SQLite file as the users. Its operations are in one
//! source file for each kind of record.

mod events;
mod renew;

use guestlist_sqlite::{Database, OpenError, Schema};

/// The table that records the migrations.
const HISTORY: &str = "planner_migrations";

mod migrations {
    refinery::embed_migrations!("migrations/sqlite");
}

/// Stores events in a SQLite file that has the tables of the users already. An event is read
/// together with its creator's row.
#[derive(Clone, Debug)]
pub struct SqlitePlannerStore {
    database: Database,
    /// What the name of each table begins with.
    prefix: &'static str,
}

impl SqlitePlannerStore {
    /// Refuses a file in which another program has tables of the planner's names.
    ///
    /// # Errors
    ///
    /// [`OpenError::OtherTables`] names the tables.
    pub async fn refuse_other_tables(database: &Database) -> Result<(), OpenError> {
        let runner = migrations::migrations::runner();
        database.refuse_other_tables(runner, HISTORY).await
    }

    /// Brings the planner's tables up to date.
    pub async fn over(database: Database) -> Result<Self, OpenError> {
        let runner = migrations::migrations::runner();
        database.migrate(runner, HISTORY).await?;
        let store = Self {
            database,
            prefix: "",
        };
        let renewed = renew::renew_all(&store.database, store.prefix).await;
        renewed.map_err(OpenError::Rows)?;
        Ok(store)
    }

    /// The planner's tables, as this version knows them.
    pub fn schema() -> Schema {
        Schema::of(HISTORY, &migrations::migrations::runner())
    }
}

#[cfg(test)]
mod tests {
    use guestlist_sqlite::rusqlite;

    use super::*;
    use crate::planner_store::sqlite::{events::EventStatements, renew::RenewStatements};

    async fn database() -> (tempfile::TempDir, Database) {
        let folder = tempfile::tempdir().expect("makes a folder");
        let database = Database::open(folder.path().join("a.sqlite"))
            .await
            .expect("opens");
        guestlist_sqlite::SqliteStore::over(database.clone())
            .await
            .expect("migrates");
        SqlitePlannerStore::over(database.clone())
            .await
            .expect("migrates");
        (folder, database)
    }

    #[tokio::test]
    async fn every_statement_fits_the_migrated_schema() {
        let (_folder, database) = database().await;
        let events = EventStatements::of("").all();
        for sql in [events, RenewStatements::of("").all()].concat() {
            let prepared = database.write(move |c| c.prepare(sql).map(drop)).await;
            prepared.expect(sql);
        }
    }

    #[tokio::test]
    async fn lists_walk_an_index_and_sort_nothing() {
        let (_folder, database) = database().await;
        for sql in EventStatements::of("").lists() {
            let explain = format!("EXPLAIN QUERY PLAN {sql}");
            let plan = database.find(move |connection| {
                let mut statement = connection.prepare(&explain)?;
                let params = vec![rusqlite::types::Null; statement.parameter_count()];
                let params = rusqlite::params_from_iter(params);
                let rows = statement.query_map(params, |row| row.get::<_, String>(3))?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            });
            let plan = plan.await.expect(sql).join("; ");
            assert!(plan.starts_with("SEARCH e USING INDEX"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
