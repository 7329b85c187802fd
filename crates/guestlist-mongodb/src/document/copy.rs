use serde::{Deserialize, Serialize};

/// How far a copy into this database is, as long as it is not finished.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct CopyDocument {
    /// There is one copy at most.
    #[serde(rename = "_id")]
    id: i64,
    pub(crate) mark: String,
}

impl CopyDocument {
    /// The `_id` of the only one.
    pub(crate) const ID: i64 = 1;

    pub(crate) fn of(mark: &str) -> Self {
        Self {
            id: Self::ID,
            mark: mark.to_owned(),
        }
    }
}
