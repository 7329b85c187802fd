//! Filters that several kinds of records use.

use guestlist::Timestamp;
use mongodb::bson::{Document, doc};

use crate::values::date;

pub(crate) fn id(id: &impl ToString) -> Document {
    doc! { "_id": id.to_string() }
}

/// Narrows a filter to documents after that id.
pub(crate) fn after_id(mut filter: Document, after: Option<impl ToString>) -> Document {
    if let Some(after) = after {
        filter.insert("_id", doc! { "$gt": after.to_string() });
    }
    filter
}

/// Returns the stages of a pipeline that lists up to `limit` documents in the order of their ids.
/// The page begins after the id `after`, or with the smallest id if `after` is `None`.
pub(crate) fn page(after: Option<&str>, limit: u32) -> Vec<Document> {
    page_of(after, vec![], limit)
}

/// Returns the same stages as [`page`], but leaves out documents whose user does not exist. The
/// page has the documents without a user, such as those of services.
pub(crate) fn page_of_owned(after: Option<&str>, limit: u32) -> Vec<Document> {
    let owner =
        doc! { "from": "users", "localField": "user", "foreignField": "_id", "as": "owner" };
    let (owned, without_user) = (
        doc! { "owner": { "$ne": [] } },
        doc! { "user": { "$exists": false } },
    );
    let owned_by = vec![
        doc! { "$lookup": owner },
        doc! { "$match": { "$or": [owned, without_user] } },
    ];
    page_of(after, owned_by, limit)
}

/// Returns the stages for a page of the documents that pass `stages`.
fn page_of(after: Option<&str>, stages: Vec<Document>, limit: u32) -> Vec<Document> {
    let mut pipeline = vec![
        doc! { "$match": after_id(doc! {}, after) },
        doc! { "$sort": { "_id": 1 } },
    ];
    pipeline.extend(stages);
    pipeline.push(doc! { "$limit": i64::from(limit) });
    pipeline
}

pub(crate) fn expired(before: Timestamp) -> Document {
    doc! { "expires": { "$lt": date(before) } }
}
