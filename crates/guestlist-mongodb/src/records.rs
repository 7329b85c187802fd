//! The operations on one collection. Each method is one MongoDB operation with a time limit.

mod many;

use std::{fmt, future::Future, sync::Arc};

use futures_util::TryStreamExt;
use guestlist::StoreError;
use mongodb::{
    Collection,
    bson::{Document, doc},
    error::{Error, Result as Answer},
    options::ReturnDocument,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Database, failure};

/// The documents of one collection. A change that was not confirmed, but may have been done,
/// returns [`StoreError::Unknown`].
pub struct Records<D: Send + Sync> {
    database: Database,
    collection: Collection<D>,
}

/// The outcome of [`Records::insert`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insertion {
    /// The document is stored.
    Done,
    /// Another document has one of its unique keys; nothing was changed.
    Taken,
}

/// The outcome of [`Records::update_unique`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UniqueUpdate {
    /// The document is changed.
    Done,
    /// Another document has one of the new unique keys; nothing was changed.
    Taken,
    /// No document matches the filter; nothing was changed.
    None,
}

impl Database {
    /// Returns the operations on a collection of this database.
    pub fn records<D: Send + Sync + 'static>(&self, name: &str) -> Records<D> {
        Records {
            database: self.clone(),
            collection: self.collection(name),
        }
    }
}

impl<D: Send + Sync + 'static> Records<D> {
    /// Changes one document that matches the filter. Returns whether there was one.
    pub async fn update(&self, filter: Document, change: Document) -> Result<bool, StoreError> {
        let updated = self.write(move |documents| {
            let (filter, change) = (filter.clone(), change.clone());
            async move { documents.update_one(filter, change).await }
        });
        Ok(updated.await?.matched_count > 0)
    }

    /// Changes the document that matches the filter, or inserts one. The filter names the `_id`.
    /// Returns `false` if the document exists and does not match.
    pub(crate) async fn upsert(
        &self,
        filter: Document,
        change: Document,
    ) -> Result<bool, StoreError> {
        self.write(move |documents| {
            let (filter, change) = (filter.clone(), change.clone());
            async move {
                match documents.update_one(filter, change).upsert(true).await {
                    Ok(_) => Ok(true),
                    Err(error) if failure::is_duplicate(&error) => Ok(false),
                    Err(error) => Err(error),
                }
            }
        })
        .await
    }

    /// Changes one document that matches the filter. The change may set a key of a unique index.
    /// `rivals` matches the other documents that have the new key.
    pub(crate) async fn update_unique(
        &self,
        filter: Document,
        change: Document,
        rivals: Document,
    ) -> Result<UniqueUpdate, StoreError> {
        self.write(move |documents| {
            let (filter, change, rivals) = (filter.clone(), change.clone(), rivals.clone());
            async move {
                match documents.update_one(filter, change).await {
                    Ok(updated) if updated.matched_count > 0 => Ok(UniqueUpdate::Done),
                    Ok(_) => Ok(UniqueUpdate::None),
                    Err(error) if lost(&error, &documents, rivals).await => Ok(UniqueUpdate::Taken),
                    Err(error) => Err(error),
                }
            }
        })
        .await
    }

    /// Deletes the document that matches the filter, which names its `_id`. Returns whether there
    /// was one.
    ///
    /// This uses `delete_many`: an engine with MongoDB's protocol kept a document when its
    /// `delete_one` met an update of the document.
    pub async fn delete(&self, filter: Document) -> Result<bool, StoreError> {
        let deleted = self.write(move |documents| {
            let filter = filter.clone();
            async move { documents.delete_many(filter).await }
        });
        Ok(deleted.await?.deleted_count > 0)
    }

    /// Deletes all documents that match the filter, one after the other. Returns how many there
    /// were. Safe to repeat.
    pub async fn delete_all(&self, filter: Document) -> Result<u64, StoreError> {
        let deleted = self.write(move |documents| {
            let filter = filter.clone();
            async move { documents.delete_many(filter).await }
        });
        // If one deletion is refused, the ones before it were done.
        let deleted = deleted.await.map_err(failure::halfway)?;
        Ok(deleted.deleted_count)
    }

    async fn write<T, F>(
        &self,
        change: impl Fn(Collection<D>) -> F + Send + 'static,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Answer<T>> + Send + 'static,
    {
        let documents = self.collection.clone();
        self.database.write(move || change(documents.clone())).await
    }
}

impl<D: Serialize + Send + Sync + 'static> Records<D> {
    /// Inserts a document, unless another document has one of its unique keys: then returns
    /// [`Insertion::Taken`]. The unique indexes decide. The caller must pass a filter `rivals` that
    /// matches every such other document.
    pub async fn insert(&self, document: D, rivals: Document) -> Result<Insertion, StoreError> {
        let document = Arc::new(document);
        self.write(move |documents| {
            let (document, rivals) = (Arc::clone(&document), rivals.clone());
            async move {
                match documents.insert_one(&*document).await {
                    Ok(_) => Ok(Insertion::Done),
                    Err(error) if lost(&error, &documents, rivals).await => Ok(Insertion::Taken),
                    Err(error) => Err(error),
                }
            }
        })
        .await
    }
}

/// Whether a write was refused because another document has one of its unique keys. After a
/// conflicting write, this looks for such a document. Without the look-up, a caller that repeats
/// refused writes would repeat this one until its time ends.
async fn lost<D: Send + Sync>(error: &Error, documents: &Collection<D>, rivals: Document) -> bool {
    if failure::is_duplicate(error) {
        return true;
    }
    if !failure::is_conflict(error) {
        return false;
    }
    let documents = documents.clone_with_type::<Document>();
    let rival = documents.find_one(rivals).projection(doc! { "_id": 1 });
    matches!(rival.await, Ok(Some(_)))
}

impl<D: DeserializeOwned + Send + Sync + Unpin + 'static> Records<D> {
    /// Returns one document that matches the filter, if there is one.
    pub async fn find(&self, filter: Document) -> Result<Option<D>, StoreError> {
        let documents = self.collection.clone();
        let find = async move { documents.find_one(filter).await };
        self.database.find(find).await
    }

    /// Returns all documents of a small collection in that order. This is a look-up, not a list.
    pub(crate) async fn all(&self, order: Document) -> Result<Vec<D>, StoreError> {
        let documents = self.collection.clone();
        let all = async move {
            let found = documents.find(Document::new()).sort(order);
            found.await?.try_collect().await
        };
        self.database.find(all).await
    }

    /// Counts the documents that match the filter, but no more than `most`.
    pub async fn count_up_to(&self, filter: Document, most: u64) -> Result<u64, StoreError> {
        // MongoDB refuses a limit of 0.
        if most == 0 {
            return Ok(0);
        }
        let documents = self.collection.clone();
        let count = async move { documents.count_documents(filter).limit(most).await };
        self.database.find(count).await
    }

    /// Lists up to `limit` documents that match the filter, in the order `order`. A limit above
    /// 2,147,483,647, the greatest one of MongoDB, counts as that number. This crate runs only a
    /// few lists at once, and the server interrupts a list at its time limit.
    pub async fn list(
        &self,
        filter: Document,
        order: Document,
        limit: u32,
    ) -> Result<Vec<D>, StoreError> {
        // MongoDB takes a limit of 0 as no limit.
        if limit == 0 {
            return Ok(vec![]);
        }
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        let documents = self.collection.clone();
        let list = move |time| async move {
            let found = documents.find(filter).sort(order).limit(limit.into());
            found.max_time(time).await?.try_collect().await
        };
        self.database.list(list).await
    }

    /// Changes one document that matches the filter. Returns the document as it was before the
    /// change, because some engines do not return exactly the document after it. `None` if no
    /// document matches.
    pub async fn find_and_update(
        &self,
        filter: Document,
        change: Document,
    ) -> Result<Option<D>, StoreError> {
        self.write(move |documents| {
            let (filter, change) = (filter.clone(), change.clone());
            async move {
                let update = documents.find_one_and_update(filter, change);
                update.return_document(ReturnDocument::Before).await
            }
        })
        .await
    }

    /// Runs a pipeline on a few documents that it finds by a key. The pipeline may look up
    /// documents of another collection for each.
    pub async fn aggregate<T>(&self, pipeline: Vec<Document>) -> Result<Vec<T>, StoreError>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        let documents = self.collection.clone();
        let aggregate = async move {
            let found = documents.aggregate(pipeline).with_type::<T>();
            found.await?.try_collect().await
        };
        self.database.find(aggregate).await
    }

    /// Runs a pipeline and gives its documents to `take`, one after the other, until `take` wants
    /// no more. MongoDB sends `batch` documents at once, so little more is read than `take` wants.
    ///
    /// For lists and searches: only a few run at once, and each has a time limit on the server.
    pub async fn fold<T>(
        &self,
        pipeline: Vec<Document>,
        batch: u32,
        mut taken: T,
        mut take: impl FnMut(&mut T, Document) -> bool + Send + 'static,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
    {
        let documents = self.collection.clone();
        let fold = move |time| async move {
            let pipeline = documents.aggregate(pipeline).batch_size(batch);
            let mut found = pipeline.max_time(time).await?;
            while let Some(document) = found.try_next().await? {
                if !take(&mut taken, document) {
                    break;
                }
            }
            Ok(taken)
        };
        self.database.list(fold).await
    }
}

impl<D: Send + Sync> Clone for Records<D> {
    fn clone(&self) -> Self {
        Self {
            database: self.database.clone(),
            collection: self.collection.clone(),
        }
    }
}

impl<D: Send + Sync> fmt::Debug for Records<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("collection", &self.collection.name())
            .finish_non_exhaustive()
    }
}
