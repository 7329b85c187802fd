//! The connections to one database of one MongoDB.
//!
//! The driver's futures have to run to their end (it says so itself), and no request waits for ever. So every step runs
//! on a task of its own, and whoever waits for it gives up after a while: the step is then one whose answer got lost.

mod error;
mod settings;

use std::{fmt, future::Future, time::Duration};

use guestlist::StoreError;
use mongodb::{
    Client, Collection, IndexModel,
    bson::{Document, doc},
    error::Result as Answer,
};
use tokio::time;

use self::settings::Settings;
use crate::{Records, failure};

pub use self::error::OpenError;

/// A start looks so often for a server, which may be starting too, each time as long as a step waits for one.
const LOOKS: u32 = 5;
/// A start takes no longer.
const START: Duration = Duration::from_secs(9);
/// So often a write that met another one on the same document is done again.
const TRIES: u32 = 20;
const BEFORE_ANOTHER_TRY: Duration = Duration::from_millis(5);
/// The collection that says which version of this program made the others.
const SCHEMA: &str = "guestlist_schema";

/// One open database. Clones share its connections.
#[derive(Clone)]
pub struct Database {
    client: Client,
    database: mongodb::Database,
    patience: Duration,
}

impl Database {
    /// Connects to the server of that URL, `mongodb://HOST/DATABASE` or `mongodb+srv://HOST/DATABASE`, and waits some
    /// seconds for one that is still starting.
    ///
    /// Write concern, read concern, read preference and retries of writes are this store's own, whatever the URL says of
    /// them. `socketTimeoutMS` is how long a step may take; 1,800 unless it is said.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let opened = time::timeout(START, async {
            let settings = Settings::read(url).await?;
            let client = Client::with_options(settings.options).map_err(OpenError::of_a_start)?;
            let database = Self {
                database: client.database(&settings.database),
                client,
                patience: settings.patience,
            };
            database.greet().await?;
            Ok(database)
        });
        opened.await.unwrap_or(Err(OpenError::Silent))
    }

    /// Waits until the server answers, or says for certain that it will not.
    async fn greet(&self) -> Result<(), OpenError> {
        let mut looks = 1;
        loop {
            let answer = self.database.run_command(doc! { "ping": 1 }).await;
            match answer.map_err(OpenError::of_a_start) {
                Err(OpenError::Unreachable(_)) if looks < LOOKS => looks += 1,
                answered => return answered.map(drop),
            }
        }
    }

    /// Makes those indexes where they are not there yet, for the collections of that part of an application. Several nodes
    /// may do so at once. The version is that of the program's schema of the part: it only rises.
    pub async fn migrate(
        &self,
        part: &'static str,
        version: i64,
        indexes: Vec<(&'static str, IndexModel)>,
    ) -> Result<(), OpenError> {
        let schema: Collection<Document> = self.collection(SCHEMA);
        let found = self.version_of(part).await?;
        if found > version {
            return Err(OpenError::TooNew {
                part,
                found,
                known: version,
            });
        }
        for (collection, index) in indexes {
            let documents: Collection<Document> = self.collection(collection);
            let made = documents.create_index(index).await;
            made.map_err(|error| OpenError::of_indexes(collection, error))?;
        }
        if found == version {
            return Ok(());
        }
        let risen = doc! { "$max": { "version": version } };
        let noted = || {
            schema
                .update_one(doc! { "_id": part }, risen.clone())
                .upsert(true)
        };
        let noted = match noted().await {
            // Two nodes made it at once.
            Err(error) if failure::is_duplicate(&error) || failure::is_conflict(&error) => {
                noted().await
            }
            noted => noted,
        };
        noted.map(drop).map_err(OpenError::of_a_start)
    }

    /// Which version of that part's schema the database has by now; 0 if none has been made. For what has to be done
    /// to documents before [`migrate`](Self::migrate) notes that they are up to date.
    pub async fn version_of(&self, part: &'static str) -> Result<i64, OpenError> {
        let schema: Collection<Document> = self.collection(SCHEMA);
        let stands = schema.find_one(doc! { "_id": part }).await;
        let stands = stands.map_err(OpenError::of_a_start)?;
        let found = stands.and_then(|schema| schema.get_i64("version").ok());
        Ok(found.unwrap_or(0))
    }

    /// A collection of this database.
    pub fn collection<D: Send + Sync>(&self, name: &str) -> Collection<D> {
        self.database.collection(name)
    }

    /// The same, one step at a time.
    pub fn records<D: Send + Sync + 'static>(&self, name: &str) -> Records<D> {
        Records::new(self.clone(), self.collection(name))
    }

    /// Runs a command that the driver has no method for; it names its concerns itself.
    pub(crate) async fn command(&self, command: Document) -> Result<Document, StoreError> {
        self.command_within(self.patience, command).await
    }

    /// The same for what takes longer.
    pub(crate) async fn command_within(
        &self,
        patience: Duration,
        command: Document,
    ) -> Result<Document, StoreError> {
        let database = self.database.clone();
        self.write_within(patience, move || {
            let (database, command) = (database.clone(), command.clone());
            async move { database.run_command(command).await }
        })
        .await
    }

    /// What a query finds; [`StoreError::Failed`] after the step's time at the latest.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl Future<Output = Answer<T>> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.read_within(self.patience, query).await
    }

    /// The same for what takes longer.
    pub(crate) async fn read_within<T: Send + 'static>(
        &self,
        patience: Duration,
        query: impl Future<Output = Answer<T>> + Send + 'static,
    ) -> Result<T, StoreError> {
        match time::timeout(patience, tokio::spawn(query)).await {
            Ok(Ok(answer)) => answer.map_err(failure::of_a_read),
            Ok(Err(panic)) => Err(StoreError::failed(panic)),
            Err(elapsed) => Err(StoreError::failed(elapsed)),
        }
    }

    /// What a change comes to, after it is on the disks of the majority. It is one operation on one document, and is
    /// done again where it met another one there, and so was not done.
    ///
    /// [`StoreError::Unknown`] where the answer got lost or did not come in the step's time, and where the majority did
    /// not confirm it.
    pub(crate) async fn write<T, F>(
        &self,
        change: impl Fn() -> F + Send + 'static,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Answer<T>> + Send + 'static,
    {
        self.write_within(self.patience, change).await
    }

    /// The same for what takes longer.
    pub(crate) async fn write_within<T, F>(
        &self,
        patience: Duration,
        change: impl Fn() -> F + Send + 'static,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Answer<T>> + Send + 'static,
    {
        match time::timeout(patience, tokio::spawn(unconflicted(change))).await {
            Ok(Ok(answer)) => answer.map_err(failure::of_a_write),
            Ok(Err(panic)) => Err(StoreError::unknown(panic)),
            Err(elapsed) => Err(StoreError::unknown(elapsed)),
        }
    }

    /// Ends the connections. What was acknowledged is on the disks already.
    pub async fn close(self) {
        self.client.shutdown().immediate(true).await;
    }
}

/// Of two writes on one document some engines refuse one, before it did anything.
async fn unconflicted<T, F: Future<Output = Answer<T>>>(change: impl Fn() -> F) -> Answer<T> {
    for _ in 1..TRIES {
        match change().await {
            Err(error) if failure::is_conflict(&error) => time::sleep(BEFORE_ANOTHER_TRY).await,
            done => return done,
        }
    }
    change().await
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("name", &self.database.name())
            .finish_non_exhaustive()
    }
}
