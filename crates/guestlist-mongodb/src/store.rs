//! Opening the store in a MongoDB database. Its operations are in one source file for each kind of
//! record.
//!
//! A session or token is read together with its user's document, and is inactive without it. An
//! interrupted deletion, or a sign-in during a deletion, may leave sessions or tokens of a deleted
//! user. They are inactive, and are removed when they expire.

use guestlist::{Ended, StoreError, TokenHash};
use mongodb::{
    IndexModel,
    bson::{Document, doc},
};
use serde::de::DeserializeOwned;

use crate::{Database, OpenError, Records, indexes, values::hash};

/// How many documents one operation deletes while the collections are migrated.
const BATCH: u64 = 1_000;
/// The name of the part that the store's schema version belongs to.
const PART: &str = "guestlist";

/// The schema version. It rises with every change of the indexes or the documents, so that an older
/// program refuses a newer database.
const VERSION: i64 = 3;

/// A store in a MongoDB database, with one collection for each kind of record.
#[derive(Clone, Debug)]
pub struct MongodbStore {
    pub(crate) database: Database,
}

impl MongodbStore {
    /// Opens the database of that URL and creates the indexes that do not exist yet.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::over(Database::open(url).await?).await
    }

    /// Whether a store has been created in this database. Changes nothing.
    ///
    /// # Errors
    ///
    /// If the server does not answer.
    pub async fn is_in(database: &Database) -> Result<bool, OpenError> {
        Ok(database.version_of(PART).await? > 0)
    }

    /// Creates a store in a database that is open already.
    pub async fn over(database: Database) -> Result<Self, OpenError> {
        let collections = [
            "users",
            "sessions",
            "tokens",
            "keys",
            "limits",
            "messages",
            "factors",
            "recovery_codes",
            "invitations",
            "security_events",
            "deletions",
        ];
        database.refuse_other_documents(PART, &collections).await?;
        if (1..2).contains(&database.version_of(PART).await?) {
            end_what_is_not_keyed(&database).await?;
        }
        database.migrate(PART, VERSION, indexes()).await?;
        Ok(Self { database })
    }
}

/// Returns the indexes of each collection. MongoDB itself has an index for `_id`.
fn indexes() -> Vec<(&'static str, IndexModel)> {
    vec![
        ("users", indexes::unique(doc! { "email": 1 })),
        ("users", indexes::of_some(doc! { "role": 1 }, false)),
        ("users", indexes::of_some(doc! { "first_admin": 1 }, true)),
        ("sessions", indexes::index(doc! { "user": 1, "_id": 1 })),
        ("sessions", indexes::ends(doc! { "expires": 1 })),
        ("invitations", indexes::of_some(doc! { "user": 1 }, false)),
        ("tokens", indexes::index(doc! { "user": 1, "_id": 1 })),
        ("tokens", indexes::ends(doc! { "expires": 1 })),
        ("limits", indexes::ends(doc! { "expires": 1 })),
        ("factors", indexes::unique(doc! { "user": 1, "kind": 1 })),
        ("messages", indexes::unique(doc! { "slot": 1 })),
        ("messages", indexes::index(doc! { "user": 1, "_id": 1 })),
        ("messages", indexes::index(doc! { "to": 1, "_id": 1 })),
        (
            "messages",
            indexes::index(doc! { "state": 1, "next_at": 1, "_id": 1 }),
        ),
        ("messages", indexes::index(doc! { "created_at": 1 })),
        (
            "security_events",
            indexes::index(doc! { "user": 1, "_id": 1 }),
        ),
    ]
}

/// Ends the sessions and tokens of the first version. Since the second one, tokens are hashed under
/// a key of the installation's secret, and earlier hashes cannot be checked with it. Sessions and
/// tokens that another, already migrated node has stored stay.
async fn end_what_is_not_keyed(database: &Database) -> Result<(), OpenError> {
    // MongoDB compares binary data by its length first.
    let least = TokenHash::from_stored(&[]);
    for (collection, earlier) in [
        ("sessions", doc! { "retries": { "$exists": false } }),
        ("tokens", doc! { "hash": { "$lt": hash(&least) } }),
    ] {
        let deleted = delete_in_batches(&database.records(collection), earlier).await;
        deleted.map_err(|source| OpenError::Documents { collection, source })?;
    }
    Ok(())
}

/// Deletes all documents of a filter, in batches, so that no operation takes long.
async fn delete_in_batches(
    records: &Records<Document>,
    filter: Document,
) -> Result<(), StoreError> {
    loop {
        let deleted = records.delete_some(filter.clone(), doc! { "_id": 1 }, BATCH);
        if deleted.await? < BATCH {
            return Ok(());
        }
    }
}

/// Reads a page of an archive, which may take long.
pub(crate) async fn archive_page<D: DeserializeOwned + Send + Sync + 'static>(
    records: &Records<D>,
    page: Vec<Document>,
    limit: u32,
) -> Result<Vec<D>, StoreError> {
    match limit {
        // MongoDB refuses a limit of 0.
        0 => Ok(vec![]),
        _ => records.aggregate_at_length(page).await,
    }
}

pub(crate) fn ended(existed: bool) -> Ended {
    if existed { Ended::Now } else { Ended::Before }
}
