//! guestlist on PostgreSQL, 14 or later: for several nodes that share one database.
//!
//! [`PostgresStore`] keeps the promises of [`guestlist::Store`]. It stands on a [`Database`], which
//! is there for an application's own tables too: one pool, one place for time-outs and migrations.

mod address;
mod archive;
mod columns;
mod connector;
mod database;
mod error;
mod import;
mod lookups;
mod opening;
mod row;
mod running;
mod sql;
mod store;
mod tls;

pub use database::{Database, Params, Rows};
pub use error::OpenError;
pub use store::PostgresStore;

pub use refinery;
pub use tokio_postgres;
