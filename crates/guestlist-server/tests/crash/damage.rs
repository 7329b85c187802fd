//! Damage that the database engine itself finds in its files.

use crate::sql::query;

/// Checks pages, indexes and foreign keys.
const OF_SQLITE: [&str; 2] = [
    "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
    "SELECT \"table\", rowid, parent FROM pragma_foreign_key_check",
];

/// Checks each index against its table with PostgreSQL's `amcheck` extension. Other tests may
/// create the extension at the same time.
const OF_POSTGRES: &str = "
    DO $$ BEGIN
        CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA pg_catalog;
    EXCEPTION WHEN unique_violation OR duplicate_object THEN NULL;
    END $$;
    SELECT relname, bt_index_check(pg_class.oid, true) FROM pg_class
        JOIN pg_am ON pg_am.oid = relam AND amname = 'btree'
        WHERE relnamespace = current_schema()::regnamespace AND relkind = 'i'";

/// Returns one line for each problem.
pub(super) fn damage(url: &str) -> Vec<String> {
    match url.split_once(':') {
        Some(("sqlite", _)) => {
            let found = OF_SQLITE.into_iter().flat_map(|sql| query(url, sql));
            found.map(|row| row.join(" ")).collect()
        }
        // A damaged index is an SQL error, which fails the test.
        Some(("postgres", _)) => {
            let checked = query(url, OF_POSTGRES);
            assert!(!checked.is_empty(), "no index was checked");
            Vec::new()
        }
        _ => Vec::new(),
    }
}
