//! guestlist on MongoDB, or another database with its protocol: one replica set for any number of
//! nodes.
//!
//! [`MongodbStore`] implements [`guestlist::Store`], with one source file for each kind of record.
//! It uses a [`Database`], which an application can use for its own collections too.
//!
//! Every operation is one atomic operation on one document. There are no transactions over several
//! documents. Acknowledged changes are on the disks of the majority, and reads go to the primary.

mod store;

mod counters;
mod deletions;
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

mod filter;
mod import;
mod values;

mod database;
mod failure;
mod indexes;
mod records;

pub use database::{Database, OpenError};
pub use records::{Insertion, Records};
pub use store::MongodbStore;

pub use mongodb;
