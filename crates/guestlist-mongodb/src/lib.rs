//! guestlist on MongoDB: one replica set, or whatever speaks its language, for any number of nodes.
//!
//! [`MongodbStore`] keeps the promises of [`guestlist::Store`]. It stands on a [`Database`], which is there for an
//! application's own collections too.
//!
//! Every promise is kept by one atomic operation on one document; no transaction over several documents is used. What is
//! acknowledged is on the disks of the majority, and what is read comes from the primary.

mod archive;
mod database;
mod document;
mod failure;
mod filter;
mod import;
mod indexes;
mod records;
mod store;

pub use database::{Database, OpenError};
pub use records::{Insertion, Records};
pub use store::MongodbStore;

pub use mongodb;
