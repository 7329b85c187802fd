//! What a file contains, and whether it is damaged.

use std::fmt;

use refinery::{Migration, Runner};
use rusqlite::Connection;

use crate::tables;

/// The end of the name of each table that records migrations.
const HISTORY: &str = "_migrations";

/// The number of rows in each table of a file, and its migrations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    tables: Vec<(String, u64)>,
    /// The last migration in each history, by the name of the history's table.
    migrations: Vec<(String, i64)>,
}

/// A set of tables that a program can read: the name of their history
/// ([`Database::migrate`](crate::Database::migrate)) and their last migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The name of the table that records the migrations.
    pub history: &'static str,
    /// The last migration that this program has.
    pub newest: i64,
}

impl Schema {
    /// Returns the schema that the migrations of `runner` make. `history` is the name of the table
    /// that records these migrations.
    pub fn of(history: &'static str, runner: &Runner) -> Self {
        let versions = runner.get_migrations().iter().map(Migration::version);
        Self {
            history,
            newest: versions.max().unwrap_or(0).into(),
        }
    }
}

impl Inventory {
    /// Reads the inventory, in the connection's transaction if there is one.
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare(tables::NAMES)?;
        let names = statement.query_map((), |row| row.get(0))?;
        let mut inventory = Self::default();
        for name in names {
            let name: String = name?;
            if name.ends_with(HISTORY) {
                let newest = tables::newest_migration(&name);
                let newest = connection.query_row(&newest, (), |row| row.get(0))?;
                inventory.migrations.push((name, newest));
            } else {
                let count = tables::count(&name);
                let rows: i64 = connection.query_row(&count, (), |row| row.get(0))?;
                inventory.tables.push((name, rows.try_into().unwrap_or(0)));
            }
        }
        Ok(inventory)
    }

    /// Returns each table and its number of rows, by name. Tables that record migrations are left
    /// out.
    pub fn tables(&self) -> impl Iterator<Item = (&str, u64)> {
        self.tables
            .iter()
            .map(|(name, rows)| (name.as_str(), *rows))
    }

    /// Whether all tables are empty.
    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(|(_, rows)| *rows == 0)
    }

    /// Returns the last migration in that history, if there is one.
    pub fn migration(&self, history: &str) -> Option<i64> {
        let mut migrations = self.migrations.iter();
        migrations.find_map(|(name, newest)| (name == history).then_some(*newest))
    }
}

/// The damage of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// In pages or indexes; the text is SQLite's own.
    Integrity(String),
    /// Rows of this table refer to missing rows.
    References(String),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integrity(found) => f.write_str(found),
            Self::References(table) => {
                write!(f, "rows of {table} refer to others that are not there")
            }
        }
    }
}

/// Returns the first damage, if there is any. Checks the structure of the pages, but not the
/// content of texts.
pub(super) fn damage(connection: &Connection) -> rusqlite::Result<Option<Damage>> {
    // One damage is enough.
    let found: String = connection.pragma_query_value(None, "integrity_check", |row| row.get(0))?;
    if found != "ok" {
        return Ok(Some(Damage::Integrity(found.trim().to_owned())));
    }
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query(())?;
    Ok(match rows.next()? {
        Some(row) => Some(Damage::References(row.get(0)?)),
        None => None,
    })
}
