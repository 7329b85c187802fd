//! Opening the store in a MongoDB database. Its operations are in one source file for each kind of
//! record.
//!
//! A session or token is read together with its user's document, and is inactive without it. An
//! interrupted deletion, or a sign-in during a deletion, may leave sessions or tokens of a deleted
//! user. They are inactive, and are removed when they expire.

use guestlist::{Ended, StoreError, TokenHash};
use mongodb::bson::{Document, doc};
use serde::de::DeserializeOwned;

use crate::{Database, MongodbStore, OpenError, Records, values::hash};

/// How many documents one operation deletes while the collections are migrated.
const BATCH: u64 = 1_000;
/// The name of the part that the store's schema version belongs to.
const PART: &str = "guestlist";

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
        let store = Self::of(&database);
        let collections = ["users", "sessions", "tokens", "keys"];
        database.refuse_other_documents(PART, &collections).await?;
        if (1..2).contains(&database.version_of(PART).await?) {
            store.end_what_is_not_keyed().await?;
        }
        database
            .migrate(PART, Self::VERSION, Self::indexes())
            .await?;
        Ok(store)
    }

    /// Ends the sessions and tokens of the first version. Since the second one, tokens are hashed
    /// under a key of the installation's secret, and earlier hashes cannot be checked with it.
    /// Sessions and tokens that another, already migrated node has stored stay.
    async fn end_what_is_not_keyed(&self) -> Result<(), OpenError> {
        let failed = |collection| move |source| OpenError::Documents { collection, source };
        let earlier = doc! { "retries": { "$exists": false } };
        delete_in_batches(&self.sessions, earlier)
            .await
            .map_err(failed("sessions"))?;
        // MongoDB compares binary data by its length first.
        let least = TokenHash::from_stored(&[]);
        let earlier = doc! { "hash": { "$lt": hash(&least) } };
        delete_in_batches(&self.tokens, earlier)
            .await
            .map_err(failed("tokens"))
    }
}

/// Deletes all documents of a filter, in batches, so that no operation takes long.
async fn delete_in_batches<D: Send + Sync + 'static>(
    records: &Records<D>,
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
