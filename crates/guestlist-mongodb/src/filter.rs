//! What the door's store asks for, in the language of MongoDB.

use guestlist::{Email, Timestamp, UserId};
use mongodb::bson::{Document, doc};

use crate::document;

pub(crate) fn id(id: &impl ToString) -> Document {
    doc! { "_id": id.to_string() }
}

/// The users with that id or that e-mail address: each is unique.
pub(crate) fn id_or_email(id: &UserId, email: &Email) -> Document {
    let (id, email) = (
        doc! { "_id": id.to_string() },
        doc! { "email": email.key() },
    );
    doc! { "$or": [id, email] }
}

/// The same among what comes after that id.
pub(crate) fn after_id(mut filter: Document, after: Option<impl ToString>) -> Document {
    if let Some(after) = after {
        filter.insert("_id", doc! { "$gt": after.to_string() });
    }
    filter
}

/// Up to that many documents in the order of their ids: the first ones, or those after that one.
pub(crate) fn page(after: Option<&str>, limit: u32) -> Vec<Document> {
    page_of(after, vec![], limit)
}

/// The same among those whose user is there, and those of a service.
pub(crate) fn page_of_somebodys(after: Option<&str>, limit: u32) -> Vec<Document> {
    let owner =
        doc! { "from": "users", "localField": "user", "foreignField": "_id", "as": "owner" };
    let (owned, of_a_service) = (
        doc! { "owner": { "$ne": [] } },
        doc! { "service": { "$exists": true } },
    );
    let somebodys = vec![
        doc! { "$lookup": owner },
        doc! { "$match": { "$or": [owned, of_a_service] } },
    ];
    page_of(after, somebodys, limit)
}

/// Those that `stages` leave of them.
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
    doc! { "expires": { "$lt": document::date(before) } }
}

pub(crate) fn verifies_nothing(before: Timestamp) -> Document {
    doc! { "verifies_until": { "$lt": before.as_millis() } }
}
