//! guestlist on one file of SQLite: the embedded default.
//!
//! [`SqliteStore`] implements [`guestlist::Store`], with one source file for each kind of record.
//! It uses a [`Database`], which an application can use for its own tables too: one file, one
//! writer, one backup.

mod store;

mod keys;
mod maintenance;
mod sessions;
mod tokens;
mod users;

mod import;
mod statements;
mod values;

mod backup;
mod database;
mod opening;
mod readers;
mod remains;
mod writer;

pub use backup::{BackupError, Damage, Inventory, RestoreError, Schema, back_up, restore};
pub use database::{Database, OpenError};
pub use opening::Contents;
#[doc(hidden)]
pub use statements::with_prefix;
pub use store::SqliteStore;
pub use values::{Id, Instant};

pub use refinery;
pub use rusqlite;

/// The statements of every record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statements {
    users: &'static users::UserStatements,
    sessions: &'static sessions::SessionStatements,
    tokens: &'static tokens::TokenStatements,
    keys: &'static keys::KeyStatements,
    maintenance: &'static maintenance::MaintenanceStatements,
}

impl Statements {
    /// The statements for tables with that prefix.
    fn of(prefix: &str) -> Self {
        Self {
            users: users::UserStatements::of(prefix),
            sessions: sessions::SessionStatements::of(prefix),
            tokens: tokens::TokenStatements::of(prefix),
            keys: keys::KeyStatements::of(prefix),
            maintenance: maintenance::MaintenanceStatements::of(prefix),
        }
    }

    #[cfg(test)]
    fn all(&self) -> Vec<&'static str> {
        let records = [
            self.users.all(),
            self.sessions.all(),
            self.tokens.all(),
            self.keys.all(),
            self.maintenance.all(),
        ];
        records.concat()
    }
}
