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

use mongodb::{IndexModel, bson::doc};

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
    /// Raised with every change of the indexes or the documents, so that an older program refuses a newer database.
    const VERSION: i64 = 2;

    /// The indexes of each collection. An `_id` is unique without an index.
    fn indexes() -> Vec<(&'static str, IndexModel)> {
        vec![
            ("users", indexes::unique(doc! { "email": 1 })),
            ("sessions", indexes::index(doc! { "user": 1, "_id": 1 })),
            ("sessions", indexes::ends(doc! { "expires": 1 })),
            ("tokens", indexes::index(doc! { "user": 1, "_id": 1 })),
            ("tokens", indexes::ends(doc! { "expires": 1 })),
        ]
    }

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
