//! guestlist on MongoDB, or another database with its protocol: one replica set for any number of
//! nodes.
//!
//! [`MongodbStore`] implements [`guestlist::Store`], with one source file for each kind of record.
//! It uses a [`Database`], which an application can use for its own collections too.
//!
//! Every operation is one atomic operation on one document. There are no transactions over several
//! documents. Acknowledged changes are on the disks of the majority, and reads go to the primary.

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

/// A store in a MongoDB database, with one collection for each kind of record.
#[derive(Clone, Debug)]
pub struct MongodbStore {
    users: Records<users::UserDocument>,
    sessions: Records<sessions::SessionDocument>,
    tokens: Records<tokens::TokenDocument>,
    keys: Records<keys::KeyDocument>,
    copies: Records<maintenance::CopyDocument>,
}

impl MongodbStore {
    /// The schema version. It rises with every change of the indexes or the documents, so that an
    /// older program refuses a newer database.
    const VERSION: i64 = 2;

    /// The indexes of each collection. MongoDB itself has an index for `_id`.
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
