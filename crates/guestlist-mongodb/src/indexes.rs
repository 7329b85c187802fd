//! The kinds of indexes: unique, for look-ups, and for records that MongoDB removes by itself.

use std::time::Duration;

use mongodb::{IndexModel, bson::Document, options::IndexOptions};

/// How long after the end of a record MongoDB removes it. The clocks of the servers differ by less,
/// so MongoDB removes no record before its end. Usually the purge removes the record earlier.
const AFTER_ITS_END: Duration = Duration::from_secs(86_400);

/// Returns an index for look-ups by these keys.
pub(crate) fn index(keys: Document) -> IndexModel {
    IndexModel::builder().keys(keys).build()
}

/// Returns an index that allows each value once.
pub(crate) fn unique(keys: Document) -> IndexModel {
    let options = IndexOptions::builder().unique(true).build();
    IndexModel::builder().keys(keys).options(options).build()
}

/// Returns an index of the documents that have these keys. If `unique`, each value may exist once.
pub(crate) fn of_some(keys: Document, unique: bool) -> IndexModel {
    let options = IndexOptions::builder().sparse(true).unique(unique).build();
    IndexModel::builder().keys(keys).options(options).build()
}

/// Returns an index by which MongoDB removes a document after the date in this field.
pub(crate) fn ends(keys: Document) -> IndexModel {
    let options = IndexOptions::builder().expire_after(AFTER_ITS_END).build();
    IndexModel::builder().keys(keys).options(options).build()
}
