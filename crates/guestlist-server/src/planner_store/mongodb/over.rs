//! Documents that an earlier version made do not say when their event is over: that is filled in, once.

use guestlist::StoreError;
use guestlist_mongodb::{
    Records,
    mongodb::bson::{Document, deserialize_from_document, doc},
};

use super::EventDocument;

/// So many documents are read at a time.
const BATCH: i64 = 500;

/// Fills it in, document by document; safe to repeat, and while others do the same. A document that cannot be read is
/// left as it is.
pub(super) async fn fill_in(events: &Records<EventDocument>) -> Result<(), StoreError> {
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
            if !document.contains_key("over_at") {
                fill_in_one(events, document).await?;
            }
        }
    }
}

async fn fill_in_one(
    events: &Records<EventDocument>,
    document: Document,
) -> Result<(), StoreError> {
    let read = deserialize_from_document(document).map_err(StoreError::failed);
    let over =
        read.and_then(|event: EventDocument| Ok((event.unfilled(), event.over_at_by_rule()?)));
    match over {
        Ok((unfilled, over_at)) => {
            let change = doc! { "$set": { "over_at": over_at } };
            events.update(unfilled, change).await.map(drop)
        }
        Err(error) => {
            tracing::error!(?error, "an event cannot be read");
            Ok(())
        }
    }
}
