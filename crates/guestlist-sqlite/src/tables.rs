//! The tables of any file, also of one that this program has not migrated.

/// Selects the names of the tables, without the tables of SQLite itself.
pub(crate) const NAMES: &str = "
    SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'
    ORDER BY name";

/// Selects the number of the last migration in that history.
pub(crate) fn newest_migration(history: &str) -> String {
    format!("SELECT coalesce(max(version), 0) FROM {}", quoted(history))
}

/// Counts the rows of that table, which may belong to the application.
pub(crate) fn count(table: &str) -> String {
    format!("SELECT count(*) FROM {}", quoted(table))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
