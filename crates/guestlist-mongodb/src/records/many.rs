//! Steps on many documents of a collection, which may take longer than one on one. Each document is changed by itself.

use std::{sync::Arc, time::Duration};

use futures_util::TryStreamExt;
use guestlist::{StoreError, Timestamp};
use mongodb::bson::{Bson, Document, doc, serialize_to_document};
use serde::{Serialize, de::DeserializeOwned};

use super::Records;
use crate::failure;

/// So long a step on many documents may take.
const MANY: Duration = Duration::from_secs(30);
/// So many bytes of documents go into one command; MongoDB takes one of 16 MiB.
const COMMAND: usize = 8 << 20;

impl<D: Send + Sync + 'static> Records<D> {
    /// Removes up to `limit` documents that the filter means, the first ones by `order`; how many there were. What does
    /// not fit any more when its turn comes stays.
    pub async fn delete_some(
        &self,
        filter: Document,
        order: Document,
        limit: u64,
    ) -> Result<u64, StoreError> {
        // To MongoDB, a limit of none is a mistake.
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

    /// The ids that a pipeline ends in.
    pub async fn ids(&self, pipeline: Vec<Document>) -> Result<Vec<Bson>, StoreError> {
        let found: Vec<Document> = self.aggregate_at_length(pipeline).await?;
        let ids = found.into_iter();
        Ok(ids.filter_map(|mut found| found.remove("_id")).collect())
    }

    /// How many documents the filter means.
    pub async fn count(&self, filter: Document) -> Result<u64, StoreError> {
        let documents = self.collection.clone();
        let count = async move { documents.count_documents(filter).max_time(MANY).await };
        self.database.read_within(MANY, count).await
    }

    /// What a pipeline makes of the documents, where that may take longer than a step.
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

    /// Lets a date of many documents become later, in the time of one step.
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

    /// Updates as MongoDB's own command has them; the driver splits none, and has no method for several.
    fn update_command(&self, updates: Vec<Document>) -> Document {
        doc! {
            "update": self.collection.name(),
            "updates": updates,
            "ordered": false,
            "writeConcern": { "w": "majority", "j": true },
        }
    }
}

/// A command is answered well although some of its updates were not done.
fn all_done(answer: &Document) -> Result<(), StoreError> {
    let wrong = ["writeErrors", "writeConcernError"].iter();
    match wrong.filter_map(|wrong| answer.get(wrong)).next() {
        Some(wrong) => Err(StoreError::unknown(wrong.to_string())),
        None => Ok(()),
    }
}

/// The end of a pipeline that is about ids alone.
fn first_ids(limit: u64) -> [Document; 2] {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    [
        doc! { "$limit": limit },
        doc! { "$project": { "_id": true } },
    ]
}

impl<D: Serialize + Send + Sync + 'static> Records<D> {
    /// Keeps new documents, one after the other, up to the first one that is not let in: by a unique index, or because
    /// somebody was at the same one. How many are kept.
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

    /// Keeps documents, each in the place of what has its `_id`. After an error some of them may be kept.
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

/// In their order, each time as many as one command has room for.
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
