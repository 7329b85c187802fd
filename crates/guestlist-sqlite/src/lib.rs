//! guestlist on one file of SQLite: the embedded default.
//!
//! [`SqliteStore`] keeps the promises of [`guestlist::Store`]. It stands on a [`Database`], which
//! is there for an application's own tables too: one file, one writer, one backup.

mod archive;
mod backup;
mod database;
mod import;
mod opening;
mod readers;
mod remains;
mod row;
mod session;
mod sql;
mod store;
mod writer;

pub use backup::{BackupError, Damage, Inventory, RestoreError, Schema, back_up, restore};
pub use database::{Database, OpenError};
pub use opening::Contents;
pub use row::{Id, Instant};
pub use store::SqliteStore;

pub use refinery;
pub use rusqlite;
