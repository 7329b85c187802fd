//! guestlist on MongoDB: one replica set, or whatever speaks its language, for any number of nodes.
//!
//! [`MongodbStore`] implements [`guestlist::Store`], one file a record. It uses a [`Database`], which an application can use
//! for its own collections too.
//!
//! Every operation is one atomic operation on one document; no transaction over several documents is used. What is
//! acknowledged is on the disks of the majority, and what is read comes from the primary.

mod store;

mod keys;
mod maintenance;
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

pub use mongodb;

/// A store in a database of MongoDB: one collection a record.
#[derive(Clone, Debug)]
pub struct MongodbStore {
    users: Records<users::UserDocument>,
    sessions: Records<sessions::SessionDocument>,
    tokens: Records<tokens::TokenDocument>,
    keys: Records<keys::KeyDocument>,
    copies: Records<maintenance::CopyDocument>,
}

impl MongodbStore {
    fn of(database: &Database) -> Self {
        Self {
            users: database.records("users"),
            sessions: database.records("sessions"),
            tokens: database.records("tokens"),
            keys: database.records("keys"),
            copies: database.records("guestlist_copies"),
        }
    }
}
