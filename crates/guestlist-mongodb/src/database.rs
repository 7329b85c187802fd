//! The connections to one database of one MongoDB.
//!
//! The driver's futures have to run to their end (it says so itself), and no request waits for ever. So every step runs
//! on a task of its own, and its caller gives up after a while: the answer of such a step is lost.
//! A list has a limit on the server, too (`maxTimeMS`), so that one that was given up does not run on.

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
use crate::{Records, failure};

pub use self::error::OpenError;

/// How often a start looks for a server, which may be starting too.
const LOOKS: u32 = 5;
/// The longest time of a start.
const START: Duration = Duration::from_secs(9);
/// A write that met another one is not tried again in the last part of its time.
const PART_FOR_THE_LAST_TRY: u32 = 6;
/// Lists take at most such a part of the connections.
const PART_FOR_LISTS: u32 = 4;
/// So much later than its limit on the server, a list without an answer gives up its turn.
const AFTER_THE_LIMIT: Duration = Duration::from_millis(500);
/// The collection that says which version of this program made the others.
const SCHEMA: &str = "guestlist_schema";

/// One open database. Clones share its connections.
#[derive(Clone)]
pub struct Database {
    client: Client,
    database: mongodb::Database,
    patience: Duration,
    lookups: Turns,
    lists: Turns,
}

impl Database {
    /// Connects to the server of that URL, `mongodb://HOST/DATABASE` or `mongodb+srv://HOST/DATABASE`, and waits some
    /// seconds for one that is still starting.
    ///
    /// Write concern, read concern, read preference and retries of writes are this store's own, whatever the URL says of
    /// them. `socketTimeoutMS` is how long a step may take; 1,800 unless it is said.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::open_with(url, ReadLimits::default()).await
    }

    /// Opens the database with other limits on how many reads may wait.
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
                // The driver shares its connections among them.
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

    /// Refuses a database in which another program keeps documents in one of those collections. If a
    /// version of the part is noted, the documents are this program's own. For an application with
    /// several parts: it asks for each part before it makes the first index.
    ///
    /// # Errors
    ///
    /// [`OpenError::OtherCollections`] names them.
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
        // Another node may have noted the version meanwhile, and kept documents.
        if taken.is_empty() || self.version_of(part).await? > 0 {
            return Ok(());
        }
        Err(OpenError::OtherCollections(taken.join(", ")))
    }

    /// Makes those indexes if they do not exist yet, for the collections of that part of an application. Several nodes
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

    /// What a look-up by key finds; [`StoreError::Failed`] after the step's time at the latest, and because of
    /// [`QueueFull::Lookups`] if too many look-ups wait.
    pub(crate) async fn find<T: Send + 'static>(
        &self,
        query: impl Future<Output = Answer<T>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _turn = self.lookups.take().await?;
        self.read_within(self.patience, query).await
    }

    /// What a list or a search finds, within the step's time, the waiting for its turn included.
    ///
    /// `query` gets the time that is left for the server to work. [`StoreError::Failed`] after that time at the latest,
    /// and because of [`QueueFull::Lists`] if too many lists wait.
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
        // To MongoDB, a limit of no milliseconds is none.
        let left = until
            .duration_since(Instant::now())
            .max(Duration::from_millis(1));
        let query = query(left);
        let query = async move {
            let mut query = pin!(query);
            // The turn lasts as long as the server works, also if the caller is gone.
            let answer = time::timeout(left + AFTER_THE_LIMIT, &mut query).await;
            drop(turn);
            match answer {
                Ok(answer) => answer,
                Err(_) => query.await,
            }
        };
        self.read_within(left, query).await
    }

    /// What a query finds that takes its time.
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
        let last_try = Instant::now() + patience - patience / PART_FOR_THE_LAST_TRY;
        let written = tokio::spawn(unconflicted(change, last_try));
        match time::timeout(patience, written).await {
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

fn as_size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Some engines refuse one of two writes on one document before it did anything. It is tried again until `last_try`.
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
