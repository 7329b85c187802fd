//! What a file holds, and whether it is sound.

use std::fmt;

use refinery::{Migration, Runner};
use rusqlite::Connection;

use crate::{Statements, maintenance};

/// How the table ends whose rows are the migrations that a file has.
const HISTORY: &str = "_migrations";

/// How many rows each table of a file has, and which migrations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    tables: Vec<(String, u64)>,
    /// The last migration, by the table of its history.
    migrations: Vec<(String, i64)>,
}

/// The tables that a program knows how to read: the name of their history
/// ([`Database::migrate`](crate::Database::migrate)), and their last migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The name of the table in which the migrations stand.
    pub history: &'static str,
    /// The last one that this program has.
    pub newest: i64,
}

impl Schema {
    /// The tables of those migrations, whose history has that name.
    pub fn of(history: &'static str, runner: &Runner) -> Self {
        let versions = runner.get_migrations().iter().map(Migration::version);
        Self {
            history,
            newest: versions.max().unwrap_or(0).into(),
        }
    }
}

impl Inventory {
    /// Takes it, in the transaction that the connection may be in.
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare(Statements::of("").maintenance.tables)?;
        let names = statement.query_map((), |row| row.get(0))?;
        let mut inventory = Self::default();
        for name in names {
            let name: String = name?;
            if name.ends_with(HISTORY) {
                let newest = maintenance::newest_migration(&name);
                let newest = connection.query_row(&newest, (), |row| row.get(0))?;
                inventory.migrations.push((name, newest));
            } else {
                let rows: i64 =
                    connection.query_row(&maintenance::count(&name), (), |row| row.get(0))?;
                inventory.tables.push((name, rows.try_into().unwrap_or(0)));
            }
        }
        Ok(inventory)
    }

    /// Each table and how many rows it has, by name; those apart in which migrations stand.
    pub fn tables(&self) -> impl Iterator<Item = (&str, u64)> {
        self.tables
            .iter()
            .map(|(name, rows)| (name.as_str(), *rows))
    }

    /// Whether nobody would miss anything.
    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(|(_, rows)| *rows == 0)
    }

    /// The last migration of that history, if there is one.
    pub fn migration(&self, history: &str) -> Option<i64> {
        let mut migrations = self.migrations.iter();
        migrations.find_map(|(name, newest)| (name == history).then_some(*newest))
    }
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Its pages or indexes: SQLite's own words.
    Integrity(String),
    /// Rows of that table name rows that are not there.
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

/// The first thing that is wrong. What a page says of itself is checked, not what stands in a text.
pub(super) fn damage(connection: &Connection) -> rusqlite::Result<Option<Damage>> {
    // One finding is enough.
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
