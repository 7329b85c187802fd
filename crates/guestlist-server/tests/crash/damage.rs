//! What a database itself finds wrong with what it keeps.

use crate::sql::query;

/// Pages, indexes, and records that point to nothing.
const OF_SQLITE: [&str; 2] = [
    "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
    "SELECT \"table\", rowid, parent FROM pragma_foreign_key_check",
];

/// Each index against its table, by the module that PostgreSQL has for it. Other tests may bring it at the same time.
const OF_POSTGRES: &str = "
    DO $$ BEGIN
        CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA pg_catalog;
    EXCEPTION WHEN unique_violation OR duplicate_object THEN NULL;
    END $$;
    SELECT relname, bt_index_check(pg_class.oid, true) FROM pg_class
        JOIN pg_am ON pg_am.oid = relam AND amname = 'btree'
        WHERE relnamespace = current_schema()::regnamespace AND relkind = 'i'";

/// A line for each thing that is wrong.
pub(super) fn damage(url: &str) -> Vec<String> {
    match url.split_once(':') {
        Some(("sqlite", _)) => {
            let found = OF_SQLITE.into_iter().flat_map(|sql| query(url, sql));
            found.map(|row| row.join(" ")).collect()
        }
        // What is wrong with an index is an error, and ends the test.
        Some(("postgres", _)) => {
            let checked = query(url, OF_POSTGRES);
            assert!(!checked.is_empty(), "no index was looked at");
            Vec::new()
        }
        _ => Vec::new(),
    }
}
