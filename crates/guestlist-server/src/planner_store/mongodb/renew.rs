//! Brings the documents of an earlier version up to the planner's current rules: when an event is
//! over, and how its tags are spelled. Runs once, before the server accepts requests.

use guestlist::StoreError;
use guestlist_mongodb::{
    Records,
    mongodb::bson::{Document, deserialize_from_document, doc},
};

use super::events::document::EventDocument;

/// How many documents are read at once.
const BATCH: i64 = 500;

/// Renews one document after the other. Safe to repeat, and safe if several nodes do so. An
/// unreadable document is left as it is.
pub(super) async fn renew_all(events: &Records<EventDocument>) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let page = vec![
            doc! { "$match": { "_id": { "$gt": &after } } },
            doc! { "$sort": { "_id": 1 } },
            doc! { "$limit": BATCH },
        ];
        let page: Vec<Document> = events.aggregate(page).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        last.get_str("_id")
            .map_err(StoreError::failed)?
            .clone_into(&mut after);
        for document in page {
            let read = deserialize_from_document(document).map_err(StoreError::failed);
            match read.and_then(|event: EventDocument| event.renewal()) {
                Ok(None) => {}
                Ok(Some((as_read, change))) => {
                    events.update(as_read, change).await?;
                }
                Err(error) => tracing::error!(?error, "an event cannot be read"),
            }
        }
    }
}
