//! The connections to one database of MongoDB.
//!
//! The driver requires that its futures run to their end, and no request may wait for ever. So
//! every operation runs on a task of its own, and its caller waits for a limited time only. If the
//! time is over, the answer of the operation is lost.
//! A list also has a time limit on the server (`maxTimeMS`), so that the server stops a list whose
//! caller has given up.

mod error;
mod settings;

use std::{fmt, future::Future, pin::pin, time::Duration};

use guestlist::{Pauses, QueueFull, ReadLimits, StoreError, Turns};
use mongodb::{
    Client, Collection, IndexModel,
    bson::{Document, doc},
    error::Result as Answer,
};
use tokio::time::{self, Instant};

use self::settings::Settings;
use crate::failure;

pub use self::error::OpenError;

/// How often a start tries to reach the server, which may be starting too.
const LOOKS: u32 = 5;
/// The longest time that a start may take.
const START: Duration = Duration::from_secs(9);
/// A write that met a conflicting write is not repeated in the last part of its time: one part of
/// this many.
const PART_FOR_THE_LAST_TRY: u32 = 6;
/// Lists use at most one connection of this many.
const PART_FOR_LISTS: u32 = 4;
/// How long after its time limit on the server a list without an answer gives up its turn.
const AFTER_THE_LIMIT: Duration = Duration::from_millis(500);
/// The collection that stores the schema version of each part.
const SCHEMA: &str = "guestlist_schema";

/// An open database. Clones share its connections.
#[derive(Clone)]
pub struct Database {
    client: Client,
    database: mongodb::Database,
    patience: Duration,
    lookups: Turns,
    lists: Turns,
}

impl Database {
    /// Checks a URL as far as this is possible without a connection and without the DNS.
    ///
    /// # Errors
    ///
    /// [`OpenError::Url`], the same that [`open`](Self::open) returns for this URL.
    pub fn check_url(url: &str) -> Result<(), OpenError> {
        Settings::check(url)
    }

    /// Connects to the server of the URL, `mongodb://HOST/DATABASE` or
    /// `mongodb+srv://HOST/DATABASE`. Waits some seconds for a server that is still starting.
    ///
    /// This store sets write concern, read concern, read preference and retries of writes; values
    /// in the URL are ignored. `socketTimeoutMS` limits the time of an operation; the default is
    /// 1,800.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::open_with(url, ReadLimits::default()).await
    }

    /// Opens the database with other limits on the number of waiting reads.
    pub async fn open_with(url: &str, limits: ReadLimits) -> Result<Self, OpenError> {
        let opened = time::timeout(START, async {
            let settings = Settings::read(url).await?;
            let connections = settings
                .options
                .max_pool_size
                .unwrap_or(settings::CONNECTIONS);
            let lists_at_once = (connections / PART_FOR_LISTS).max(1);
            let client = Client::with_options(settings.options).map_err(OpenError::of_a_start)?;
            let database = Self {
                database: client.database(&settings.database),
                client,
                patience: settings.patience,
                // The driver shares its connections among look-ups.
                lookups: Turns::new(as_size(limits.lookups_waiting), 0, QueueFull::Lookups),
                lists: Turns::new(
                    as_size(lists_at_once),
                    limits.lists_waiting,
                    QueueFull::Lists,
                ),
            };
            database.greet().await?;
            Ok(database)
        });
        opened.await.unwrap_or(Err(OpenError::Silent))
    }

    /// Waits until the server answers. Fails if the server refuses, or cannot be reached after
    /// several tries.
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

    /// Refuses a database in which another program stores documents in one of these collections. If
    /// the database has a schema version of the part, the documents are this program's own.
    ///
    /// An application with several parts calls this for each part before it creates the first
    /// index.
    ///
    /// # Errors
    ///
    /// [`OpenError::OtherCollections`] names the collections.
    pub async fn refuse_other_documents(
        &self,
        part: &'static str,
        collections: &[&str],
    ) -> Result<(), OpenError> {
        if self.version_of(part).await? > 0 {
            return Ok(());
        }
        let mut taken = Vec::new();
        for name in collections {
            let documents: Collection<Document> = self.collection(name);
            let one = documents.find_one(doc! {}).await;
            if one.map_err(OpenError::of_a_start)?.is_some() {
                taken.push(format!("{name:?}"));
            }
        }
        // Another node may have stored the version and documents in between.
        if taken.is_empty() || self.version_of(part).await? > 0 {
            return Ok(());
        }
        Err(OpenError::OtherCollections(taken.join(", ")))
    }

    /// Creates the indexes of one part of an application if they do not exist yet. Several nodes
    /// may do so at once. `version` is the program's schema version of the part; the stored version
    /// only rises.
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
            // Two nodes stored the version at the same time.
            Err(error) if failure::is_duplicate(&error) || failure::is_conflict(&error) => {
                noted().await
            }
            noted => noted,
        };
        noted.map(drop).map_err(OpenError::of_a_start)
    }

    /// Returns the stored schema version of the part; 0 if there is no version yet. An application
    /// reads it to convert documents before [`migrate`](Self::migrate) stores the new version.
    pub async fn version_of(&self, part: &'static str) -> Result<i64, OpenError> {
        let schema: Collection<Document> = self.collection(SCHEMA);
        let stored = schema.find_one(doc! { "_id": part }).await;
        let stored = stored.map_err(OpenError::of_a_start)?;
        let found = stored.and_then(|schema| schema.get_i64("version").ok());
        Ok(found.unwrap_or(0))
    }

    /// Returns a collection of this database.
    pub fn collection<D: Send + Sync>(&self, name: &str) -> Collection<D> {
        self.database.collection(name)
    }

    /// Runs a command for which the driver has no method. The command states its own concerns.
    pub(crate) async fn command(&self, command: Document) -> Result<Document, StoreError> {
        self.command_within(self.patience, command).await
    }

    /// Runs a command with its own time limit.
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

    /// Runs a look-up by key.
    ///
    /// Returns [`StoreError::Failed`] after the time limit of an operation, or, caused by
    /// [`QueueFull::Lookups`], if too many look-ups wait.
    pub(crate) async fn find<T: Send + 'static>(
        &self,
        query: impl Future<Output = Answer<T>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _turn = self.lookups.take().await?;
        self.read_within(self.patience, query).await
    }

    /// Runs a list or a search within the time limit of an operation. The time limit includes the
    /// wait for a turn.
    ///
    /// `query` gets the time that is left for the server. Returns [`StoreError::Failed`] after that
    /// time, or, caused by [`QueueFull::Lists`], if too many lists wait.
    pub(crate) async fn list<T, F>(
        &self,
        query: impl FnOnce(Duration) -> F + Send,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Answer<T>> + Send + 'static,
    {
        let until = Instant::now() + self.patience;
        let turn = time::timeout_at(until, self.lists.take()).await;
        let turn = turn.map_err(StoreError::failed)??;
        // MongoDB takes a limit of 0 milliseconds as no limit.
        let left = until
            .duration_since(Instant::now())
            .max(Duration::from_millis(1));
        let query = query(left);
        let query = async move {
            let mut query = pin!(query);
            // The turn lasts as long as the server works, even if the caller has given up.
            let answer = time::timeout(left + AFTER_THE_LIMIT, &mut query).await;
            drop(turn);
            match answer {
                Ok(answer) => answer,
                Err(_) => query.await,
            }
        };
        self.read_within(left, query).await
    }

    /// Runs a query with its own time limit.
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

    /// Runs a change and returns after it is on the disks of the majority. A change is one atomic
    /// operation on one document. It is repeated if the server refused it because of a conflicting
    /// write.
    ///
    /// Returns [`StoreError::Unknown`] if the answer was lost or late, or if the majority did not
    /// confirm the change.
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

    /// Runs a change with its own time limit.
    pub(crate) async fn write_within<T, F>(
        &self,
        patience: Duration,
        change: impl Fn() -> F + Send + 'static,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Answer<T>> + Send + 'static,
    {
        let last_try = Instant::now() + patience - patience / PART_FOR_THE_LAST_TRY;
        let written = tokio::spawn(unconflicted(change, last_try));
        match time::timeout(patience, written).await {
            Ok(Ok(answer)) => answer.map_err(failure::of_a_write),
            Ok(Err(panic)) => Err(StoreError::unknown(panic)),
            Err(elapsed) => Err(StoreError::unknown(elapsed)),
        }
    }

    /// Closes the connections. Acknowledged changes are on the disks already.
    pub async fn close(self) {
        self.client.shutdown().immediate(true).await;
    }
}

fn as_size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Runs a change and repeats it until `last_try` if the server refused it because of a conflicting
/// write. Some engines refuse one of two concurrent writes to a document before it has any effect.
async fn unconflicted<T, F: Future<Output = Answer<T>>>(
    change: impl Fn() -> F,
    last_try: Instant,
) -> Answer<T> {
    let mut pauses = Pauses::default();
    loop {
        let pause = pauses.next_pause();
        match change().await {
            Err(error) if failure::is_conflict(&error) && Instant::now() + pause < last_try => {
                time::sleep(pause).await;
            }
            done => return done,
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("name", &self.database.name())
            .finish_non_exhaustive()
    }
}
