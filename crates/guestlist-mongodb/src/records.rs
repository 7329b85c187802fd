//! One collection, a step at a time: each method is one operation of MongoDB, bounded in time, with an outcome.

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

/// The documents of one collection. Every change that may have been done and was not confirmed is a
/// [`StoreError::Unknown`].
pub struct Records<D: Send + Sync> {
    database: Database,
    collection: Collection<D>,
}

/// What became of [`Records::insert`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insertion {
    /// The document is kept.
    Done,
    /// A unique index has one of its keys already; nothing was changed.
    Taken,
}

/// What became of [`Records::update_unique`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UniqueUpdate {
    /// The document is changed.
    Done,
    /// A unique index has one of its new keys already; nothing was changed.
    Taken,
    /// The filter means none; nothing was changed.
    None,
}

impl<D: Send + Sync + 'static> Records<D> {
    pub(crate) fn new(database: Database, collection: Collection<D>) -> Self {
        Self {
            database,
            collection,
        }
    }

    /// Changes one document that the filter means; whether there is one.
    pub async fn update(&self, filter: Document, change: Document) -> Result<bool, StoreError> {
        let updated = self.write(move |documents| {
            let (filter, change) = (filter.clone(), change.clone());
            async move { documents.update_one(filter, change).await }
        });
        Ok(updated.await?.matched_count > 0)
    }

    /// Changes one document that the filter means, a key of a unique index included. `rivals` finds the other documents
    /// that have the new key.
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

    /// Removes the document that the filter means by its `_id`; whether there was one. It is asked for as if it were
    /// several: an engine that speaks MongoDB's protocol was seen to keep a document whose `delete_one` met an update of it.
    pub async fn delete(&self, filter: Document) -> Result<bool, StoreError> {
        let deleted = self.write(move |documents| {
            let filter = filter.clone();
            async move { documents.delete_many(filter).await }
        });
        Ok(deleted.await?.deleted_count > 0)
    }

    /// Removes all documents that the filter means, one after the other; how many there were. Safe to repeat.
    pub async fn delete_all(&self, filter: Document) -> Result<u64, StoreError> {
        let deleted = self.write(move |documents| {
            let filter = filter.clone();
            async move { documents.delete_many(filter).await }
        });
        // Some are gone when one is refused.
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
    /// Keeps a new document; the unique indexes decide. `rivals` finds the documents that have one of its unique keys.
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

/// Whether a write was refused because another document has one of its unique keys. If it met another write, that one
/// is looked for: who asks again only for a key that is taken would do so until no time is left.
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
    /// One document that the filter means, if there is one.
    pub async fn find(&self, filter: Document) -> Result<Option<D>, StoreError> {
        let documents = self.collection.clone();
        let find = async move { documents.find_one(filter).await };
        self.database.find(find).await
    }

    /// All documents of a small collection, in that order: a look-up.
    pub(crate) async fn all(&self, order: Document) -> Result<Vec<D>, StoreError> {
        let documents = self.collection.clone();
        let all = async move {
            let found = documents.find(Document::new()).sort(order);
            found.await?.try_collect().await
        };
        self.database.find(all).await
    }

    /// How many documents the filter means, counted no further than `most`.
    pub async fn count_up_to(&self, filter: Document, most: u64) -> Result<u64, StoreError> {
        // To MongoDB, a limit of none is a mistake.
        if most == 0 {
            return Ok(0);
        }
        let documents = self.collection.clone();
        let count = async move { documents.count_documents(filter).limit(most).await };
        self.database.find(count).await
    }

    /// Up to `limit` documents that the filter means, in that order; 2,147,483,647 at most, which is as far as MongoDB's
    /// own limits are defined. A few lists run at once, and each has a limit in time on the server.
    pub async fn list(
        &self,
        filter: Document,
        order: Document,
        limit: u32,
    ) -> Result<Vec<D>, StoreError> {
        // To MongoDB, no limit is none.
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

    /// Changes one document that the filter means; as it was just before, if there is one. Not every engine tells exactly how
    /// it was just after.
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

    /// What a pipeline makes of a few documents that it finds by a key, such as each with what is looked up in another
    /// collection.
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

    /// Hands what a pipeline makes of the documents to `take`, one after the other, until it says that it wants no
    /// more. `batch` documents come from MongoDB at once, so little more is read than `take` wants. It is for lists and
    /// searches: a few run at once, and each has a limit in time on the server.
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
