//! Operations on many documents of a collection, which may take longer than an operation on one
//! document. Each document is changed separately.

use std::{sync::Arc, time::Duration};

use futures_util::TryStreamExt;
use guestlist::{StoreError, Timestamp};
use mongodb::bson::{Bson, Document, doc, serialize_to_document};
use serde::{Serialize, de::DeserializeOwned};

use super::Records;
use crate::failure;

/// How long an operation on many documents may take.
const MANY: Duration = Duration::from_secs(30);
/// How many bytes of documents one command contains; MongoDB's limit is 16 MiB.
const COMMAND: usize = 8 << 20;

impl<D: Send + Sync + 'static> Records<D> {
    /// Deletes up to `limit` documents that match the filter, the first ones in `order`. Returns
    /// how many there were. A document that matches no longer when it would be deleted stays.
    pub async fn delete_some(
        &self,
        filter: Document,
        order: Document,
        limit: u64,
    ) -> Result<u64, StoreError> {
        // MongoDB refuses a limit of 0.
        if limit == 0 {
            return Ok(0);
        }
        let mut pipeline = vec![doc! { "$match": filter.clone() }, doc! { "$sort": order }];
        pipeline.extend(first_ids(limit));
        let ids = self.ids(pipeline).await?;
        if ids.is_empty() {
            return Ok(0);
        }
        let mut those = doc! { "_id": { "$in": ids } };
        those.extend(filter);
        self.delete_all(those).await
    }

    /// Returns the ids of the documents that a pipeline returns.
    pub async fn ids(&self, pipeline: Vec<Document>) -> Result<Vec<Bson>, StoreError> {
        let found: Vec<Document> = self.aggregate_at_length(pipeline).await?;
        let ids = found.into_iter();
        Ok(ids.filter_map(|mut found| found.remove("_id")).collect())
    }

    /// Changes all documents that match the filter, one after the other. Returns how many there
    /// were. Safe to repeat if the change makes a document match no more.
    pub(crate) async fn update_all(
        &self,
        filter: Document,
        change: Document,
    ) -> Result<u64, StoreError> {
        let documents = self.collection.clone();
        let update = move || {
            let (documents, filter, change) = (documents.clone(), filter.clone(), change.clone());
            async move { documents.update_many(filter, change).await }
        };
        let updated = self.database.write_within(MANY, update).await;
        // If one change is refused, the ones before it were done.
        let updated = updated.map_err(failure::halfway)?;
        Ok(updated.matched_count)
    }

    /// Counts the documents that match the filter.
    pub async fn count(&self, filter: Document) -> Result<u64, StoreError> {
        let documents = self.collection.clone();
        let count = async move { documents.count_documents(filter).max_time(MANY).await };
        self.database.read_within(MANY, count).await
    }

    /// Runs a pipeline that may take longer than an ordinary operation.
    pub async fn aggregate_at_length<T>(
        &self,
        pipeline: Vec<Document>,
    ) -> Result<Vec<T>, StoreError>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        let documents = self.collection.clone();
        let aggregate = async move {
            let found = documents
                .aggregate(pipeline)
                .max_time(MANY)
                .with_type::<T>();
            found.await?.try_collect().await
        };
        self.database.read_within(MANY, aggregate).await
    }

    /// Sets the date in `field` of many documents, in the time of one operation. A document whose
    /// stored date is later keeps its date.
    pub(crate) async fn touch(
        &self,
        field: &str,
        touched: impl Iterator<Item = (String, Timestamp)>,
    ) -> Result<(), StoreError> {
        let updates: Vec<_> = touched
            .map(|(id, at)| {
                let later = doc! { "$max": { field: at.as_millis() } };
                doc! { "q": { "_id": id }, "u": later }
            })
            .collect();
        if updates.is_empty() {
            return Ok(());
        }
        let command = self.update_command(updates);
        all_done(&self.database.command(command).await?)
    }

    /// Returns MongoDB's command for many updates. The driver has no method for it, and does not
    /// split it.
    fn update_command(&self, updates: Vec<Document>) -> Document {
        doc! {
            "update": self.collection.name(),
            "updates": updates,
            "ordered": false,
            "writeConcern": { "w": "majority", "j": true },
        }
    }
}

/// Checks the answer to a command. MongoDB reports success even if some updates of a command
/// failed.
fn all_done(answer: &Document) -> Result<(), StoreError> {
    let wrong = ["writeErrors", "writeConcernError"].iter();
    match wrong.filter_map(|wrong| answer.get(wrong)).next() {
        Some(wrong) => Err(StoreError::unknown(wrong.to_string())),
        None => Ok(()),
    }
}

/// Returns the last stages of a pipeline that returns ids only.
fn first_ids(limit: u64) -> [Document; 2] {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    [
        doc! { "$limit": limit },
        doc! { "$project": { "_id": true } },
    ]
}

impl<D: Serialize + Send + Sync + 'static> Records<D> {
    /// Inserts documents one after the other, up to the first that is refused, because of a unique
    /// index or a conflicting write. Returns how many were inserted.
    pub(crate) async fn insert_all(&self, all: Vec<D>) -> Result<usize, StoreError> {
        if all.is_empty() {
            return Ok(0);
        }
        let (documents, all) = (self.collection.clone(), Arc::new(all));
        let insert = move || {
            let (documents, all) = (documents.clone(), Arc::clone(&all));
            async move {
                let Err(error) = documents.insert_many(&*all).ordered(true).await else {
                    return Ok(all.len());
                };
                failure::first_refused(&error).ok_or(error)
            }
        };
        self.database.write_within(MANY, insert).await
    }

    /// Writes documents. Each replaces the document with the same `_id`. After an error, some of
    /// them may be stored.
    pub async fn put_all(&self, documents: &[D]) -> Result<(), StoreError> {
        for documents in by_command(documents)? {
            let updates = documents.into_iter().map(|document| {
                let same = doc! { "_id": document.get("_id") };
                doc! { "q": same, "u": document, "upsert": true }
            });
            let command = self.update_command(updates.collect());
            all_done(&self.database.command_within(MANY, command).await?)?;
        }
        Ok(())
    }
}

/// Splits the documents, in their order, into groups that fit into one command.
fn by_command(documents: &[impl Serialize]) -> Result<Vec<Vec<Document>>, StoreError> {
    let (mut commands, mut room) = (Vec::<Vec<_>>::new(), 0);
    for document in documents {
        let document = serialize_to_document(document).map_err(StoreError::failed)?;
        let size = document.to_vec().map_err(StoreError::failed)?.len();
        match commands.last_mut() {
            Some(last) if size <= room => last.push(document),
            _ => {
                commands.push(vec![document]);
                room = COMMAND;
            }
        }
        room = room.saturating_sub(size);
    }
    Ok(commands)
}

#[cfg(test)]
mod tests {
    use mongodb::bson::Binary;

    use super::*;

    #[test]
    fn a_command_has_as_much_as_fits_into_it_and_one_document_at_least() {
        let of = |bytes: usize| {
            let bytes = vec![0; bytes];
            let subtype = mongodb::bson::spec::BinarySubtype::Generic;
            doc! { "_id": 1, "bytes": Binary { subtype, bytes } }
        };
        let sizes = |documents: &[Document]| -> Vec<_> {
            let commands = by_command(documents).expect("are documents");
            commands.iter().map(Vec::len).collect()
        };
        assert_eq!(sizes(&[]), [0; 0]);
        assert_eq!(sizes(&vec![of(1_000); 500]), [500]);
        assert_eq!(sizes(&vec![of(3 << 20); 5]), [2, 2, 1]);
        assert_eq!(sizes(&[of(1), of(12 << 20), of(1)]), [1, 1, 1]);
    }
}
