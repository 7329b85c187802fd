//! What a database holds, in words.

use guestlist_sqlite::Inventory;

/// Lists the tables and their numbers of rows in one line.
pub(super) fn in_one_line(holds: &Inventory) -> String {
    let filled = holds.tables().filter(|(_, rows)| *rows > 0);
    let counts: Vec<_> = filled
        .map(|(table, rows)| format!("{table} {rows}"))
        .collect();
    if counts.is_empty() {
        return "no records".to_owned();
    }
    counts.join(", ")
}
