//! The indexes of the door's collections: what is unique, what is looked for, and what MongoDB removes by itself.

use std::time::Duration;

use mongodb::{
    IndexModel,
    bson::{Document, doc},
    options::IndexOptions,
};

/// Raised with every change of what stands below or in the documents, so that an older program does not work on a newer database.
pub(crate) const VERSION: i64 = 2;

/// So long after its end MongoDB removes a record. No two clocks differ by as much, so nothing goes before its end; the
/// sweep is there first.
const AFTER_ITS_END: Duration = Duration::from_secs(86_400);

/// By collection. An `_id` is unique without an index of ours.
pub(crate) fn all() -> Vec<(&'static str, IndexModel)> {
    vec![
        ("users", unique(doc! { "email": 1 })),
        ("sessions", index(doc! { "user": 1, "_id": 1 })),
        ("sessions", ends(doc! { "expires": 1 })),
        ("tokens", index(doc! { "user": 1, "_id": 1 })),
        ("tokens", ends(doc! { "expires": 1 })),
    ]
}

fn index(keys: Document) -> IndexModel {
    IndexModel::builder().keys(keys).build()
}

fn unique(keys: Document) -> IndexModel {
    let options = IndexOptions::builder().unique(true).build();
    IndexModel::builder().keys(keys).options(options).build()
}

fn ends(keys: Document) -> IndexModel {
    let options = IndexOptions::builder().expire_after(AFTER_ITS_END).build();
    IndexModel::builder().keys(keys).options(options).build()
}
