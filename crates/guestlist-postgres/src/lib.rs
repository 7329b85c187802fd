//! guestlist on PostgreSQL, 14 or later: for several nodes that share one database.
//!
//! [`PostgresStore`] implements [`guestlist::Store`], with one source file for each kind of record.
//! It uses a [`Database`], which an application can use for its own tables too. So both share one
//! pool, its time limits and one way to migrate.

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

mod address;
mod connector;
mod database;
mod error;
mod failure;
mod limits;
mod lookups;
mod opening;
mod running;
mod tls;

pub use database::{Database, Params, Rows};
pub use error::OpenError;
pub use store::PostgresStore;

pub use refinery;
pub use tokio_postgres;

/// The statements of every record.
#[cfg(test)]
fn statements() -> impl Iterator<Item = &'static str> {
    let records = [
        users::STATEMENTS,
        import::STATEMENTS,
        sessions::STATEMENTS,
        tokens::STATEMENTS,
        factors::STATEMENTS,
        keys::STATEMENTS,
        counters::STATEMENTS,
        recovery_codes::STATEMENTS,
        invitations::STATEMENTS,
        messages::STATEMENTS,
        security_events::STATEMENTS,
        maintenance::STATEMENTS,
    ];
    records.into_iter().flatten().copied()
}
