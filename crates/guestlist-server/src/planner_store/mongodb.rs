//! Opening the planner's store in the same MongoDB database as the users. Its operations are in one
//! source file for each kind of record.

mod events;
mod renew;

use guestlist_mongodb::{
    Database, OpenError, Records,
    mongodb::{IndexModel, bson::doc},
};

use self::events::document::EventDocument;

/// The name of this part of the database's schema.
const PART: &str = "planner";

/// The schema version. It rises with every change of the indexes or of a document's fields.
const SCHEMA: i64 = 4;

/// Stores events in a MongoDB database that has the users already. An event is read together with
/// its creator's document. Without that document, the event is not shown.
#[derive(Clone, Debug)]
pub struct MongodbPlannerStore {
    events: Records<EventDocument>,
}

impl MongodbPlannerStore {
    /// Whether the planner's collections have been created in this database. Changes nothing.
    ///
    /// # Errors
    ///
    /// If the server does not answer.
    pub async fn is_in(database: &Database) -> Result<bool, OpenError> {
        Ok(database.version_of(PART).await? > 0)
    }

    /// Refuses a database in which another program stores documents in the planner's collections.
    ///
    /// # Errors
    ///
    /// [`OpenError::OtherCollections`] names the collections.
    pub async fn refuse_other_documents(database: &Database) -> Result<(), OpenError> {
        database.refuse_other_documents(PART, &["events"]).await
    }

    /// Creates the planner's indexes if they do not exist, and brings older documents up to date.
    pub async fn over(database: Database) -> Result<Self, OpenError> {
        Self::refuse_other_documents(&database).await?;
        let events = database.records("events");
        if (1..SCHEMA).contains(&database.version_of(PART).await?) {
            let renewed = renew::renew_all(&events).await;
            renewed.map_err(|source| OpenError::Documents {
                collection: "events",
                source,
            })?;
        }
        let indexes = [
            doc! { "visibility": 1, "sort_at": 1, "_id": 1, "over_at": 1 },
            doc! { "visibility": 1, "created_at": 1, "_id": 1 },
            doc! { "creator": 1, "sort_at": 1, "_id": 1, "over_at": 1 },
            doc! { "creator": 1, "created_at": 1, "_id": 1 },
        ];
        let indexes = indexes.map(|keys| ("events", IndexModel::builder().keys(keys).build()));
        database.migrate(PART, SCHEMA, indexes.into()).await?;
        Ok(Self { events })
    }
}
