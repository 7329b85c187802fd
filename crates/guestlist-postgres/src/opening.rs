//! What a database contains before it is migrated: tables of this program, or of another one.

use std::collections::BTreeSet;

use guestlist::names_created_by;
use refinery::{Migration, Runner};
use tokio_postgres::{Client, Error};

use crate::OpenError;

const HAS_TABLE: &str = "
    SELECT EXISTS (
        SELECT 1 FROM pg_catalog.pg_tables
        WHERE schemaname = current_schema() AND tablename = $1
    )";

/// The existing names in the schema that the migrations would use, unless the history exists. One
/// statement sees one state of the database. A node that migrates at the same time creates the
/// history first.
const TAKEN: &str = "
    SELECT relname::text FROM pg_catalog.pg_class
    WHERE relnamespace = quote_ident(current_schema())::regnamespace
        AND relname::text = ANY ($1)
        AND NOT EXISTS (
            SELECT 1 FROM pg_catalog.pg_tables
            WHERE schemaname = current_schema() AND tablename = $2
        )
    ORDER BY relname";

const SCHEMA: &str = "SELECT quote_ident(current_schema())";

/// Whether the current schema has a table of that name.
pub(crate) async fn has_table(client: &Client, name: &str) -> Result<bool, Error> {
    client.query_one(HAS_TABLE, &[&name]).await?.try_get(0)
}

/// Refuses a schema in which another program uses a name that the migrations would use. If the
/// history exists, these names are this program's own.
pub(crate) async fn refuse_other_tables(
    client: &Client,
    runner: &Runner,
    history: &str,
) -> Result<(), OpenError> {
    let made: Vec<_> = names_made_by(runner).into_iter().collect();
    let rows = client.query(TAKEN, &[&made, &history]).await?;
    let name = |row: &tokio_postgres::Row| -> Result<String, Error> {
        let name: String = row.try_get(0)?;
        Ok(format!("{name:?}"))
    };
    let taken = rows.iter().map(name).collect::<Result<Vec<_>, _>>()?;
    match taken.is_empty() {
        true => Ok(()),
        false => Err(OpenError::OtherTables(taken.join(", "))),
    }
}

/// Removes the table of a history that a failed migration has left empty.
pub(crate) async fn remove_history(client: &Client, history: &str) -> Result<(), Error> {
    let schema: Option<String> = client.query_one(SCHEMA, &[]).await?.try_get(0)?;
    let Some(schema) = schema else { return Ok(()) };
    let remove = format!("DROP TABLE IF EXISTS {schema}.{history}");
    client.batch_execute(&remove).await
}

/// Returns the names of the tables and indexes that the migrations create.
fn names_made_by(runner: &Runner) -> BTreeSet<String> {
    let statements = runner.get_migrations().iter().filter_map(Migration::sql);
    statements.flat_map(names_created_by).collect()
}
