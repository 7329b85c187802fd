//! The mark in the target that says how far a copy is.

use serde::{Deserialize, Serialize};

use super::kind::Kind;

/// The next records to copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// The source of the records.
    pub(super) source: String,
    /// The type of the records; `None` if all are copied and not compared yet.
    kind: Option<String>,
    /// The id of the last copied record.
    pub(super) after: Option<String>,
}

impl Mark {
    pub(super) fn beginning(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            kind: Kind::all().next().map(|kind| kind.to_string()),
            after: None,
        }
    }

    /// Parses a mark. Returns `None` for a mark of a later version or of another program.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mark: Self = serde_json::from_str(text).ok()?;
        (mark.kind.is_none() == mark.kind().is_none()).then_some(mark)
    }

    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("texts are JSON")
    }

    pub(super) fn kind(&self) -> Option<Kind> {
        let named = self.kind.as_deref()?;
        Kind::all().find(|kind| kind.as_str() == named)
    }

    pub(super) fn up_to(&self, last: String) -> Self {
        Self {
            after: Some(last),
            ..self.clone()
        }
    }

    pub(super) fn next_kind(&self) -> Self {
        let mut kinds = Kind::all();
        kinds.find(|kind| Some(*kind) == self.kind());
        Self {
            kind: kinds.next().map(|kind| kind.to_string()),
            after: None,
            ..self.clone()
        }
    }
}
