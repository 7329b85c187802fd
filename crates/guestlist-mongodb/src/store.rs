//! Opening the store in a database of MongoDB. Its operations stand in one file a record.
//!
//! A user's document decides: a session or token is found with its user, and opens nothing without it. An interrupted
//! deletion, or a sign-in during a deletion, may leave documents behind. They open nothing, and go when they expire.

use guestlist::{Ended, StoreError, TokenHash};
use mongodb::bson::{Document, doc};
use serde::de::DeserializeOwned;

use crate::{Database, MongodbStore, OpenError, Records, values::hash};

/// So many documents are removed at once when the collections are brought up to date.
const BATCH: u64 = 1_000;
/// What the schema of these collections is called.
const PART: &str = "guestlist";

impl MongodbStore {
    /// Opens the database of that URL and makes its indexes where they are not there.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::over(Database::open(url).await?).await
    }

    /// Whether a store has been made in this database. It changes nothing.
    ///
    /// # Errors
    ///
    /// If the server does not answer.
    pub async fn is_in(database: &Database) -> Result<bool, OpenError> {
        Ok(database.version_of(PART).await? > 0)
    }

    /// The same in a database that is open already.
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

    /// The hash of a token is under a key of the installation's secret since the second version. What was stored before
    /// is no such hash: these sessions and tokens end. Another node that did this already may have new ones meanwhile,
    /// which stay.
    async fn end_what_is_not_keyed(&self) -> Result<(), OpenError> {
        let failed = |collection| move |source| OpenError::Documents { collection, source };
        let earlier = doc! { "retries": { "$exists": false } };
        delete_in_batches(&self.sessions, earlier)
            .await
            .map_err(failed("sessions"))?;
        // Binary data is compared by its length first.
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
