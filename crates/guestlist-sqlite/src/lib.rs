//! guestlist on one file of SQLite: the embedded default.
//!
//! [`SqliteStore`] implements [`guestlist::Store`], with one source file for each kind of record.
//! It uses a [`Database`], which an application can use for its own tables too: one file, one
//! writer, one backup.

mod store;

mod counters;
mod factors;
mod invitations;
mod keys;
mod maintenance;
mod messages;
mod recovery_codes;
mod security_events;
mod sessions;
mod tokens;
mod users;

mod import;
mod statements;
mod values;

mod backup;
mod connection;
mod database;
mod error;
mod opening;
mod readers;
mod remains;
mod tables;
mod writer;

pub use backup::{BackupError, Damage, Inventory, RestoreError, Schema, back_up, restore};
pub use database::Database;
pub use error::OpenError;
pub use opening::Contents;
#[doc(hidden)]
pub use statements::with_prefix;
pub use store::SqliteStore;
pub use values::{Id, Instant};

pub use refinery;
pub use rusqlite;

/// The statements of every record.
#[cfg(test)]
fn statements() -> Vec<&'static str> {
    let records = [
        users::UserStatements::of("").all(),
        import::ImportStatements::of("").all(),
        sessions::SessionStatements::of("").all(),
        tokens::TokenStatements::of("").all(),
        factors::FactorStatements::of("").all(),
        keys::KeyStatements::of("").all(),
        counters::LimitStatements::of("").all(),
        recovery_codes::RecoveryCodeStatements::of("").all(),
        invitations::InvitationStatements::of("").all(),
        messages::MessageStatements::of("").all(),
        security_events::SecurityEventStatements::of("").all(),
        maintenance::MaintenanceStatements::of("").all(),
    ];
    records.concat()
}
