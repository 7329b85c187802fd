//! How far a copy is, as it stands in the target.

use serde::{Deserialize, Serialize};

use super::Kind;

/// What is next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Where the records come from.
    pub(super) source: String,
    /// Which records; none when all are copied and wait to be compared.
    kind: Option<String>,
    /// Those after this one.
    pub(super) after: Option<String>,
}

impl Mark {
    pub(super) fn beginning(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            kind: Kind::ALL.first().map(Kind::to_string),
            after: None,
        }
    }

    /// None is of a later version, or of somebody else.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mark: Self = serde_json::from_str(text).ok()?;
        (mark.kind.is_none() == mark.kind().is_none()).then_some(mark)
    }

    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("texts are JSON")
    }

    pub(super) fn kind(&self) -> Option<Kind> {
        let named = self.kind.as_deref()?;
        Kind::ALL.into_iter().find(|kind| kind.as_str() == named)
    }

    pub(super) fn up_to(&self, last: String) -> Self {
        Self {
            after: Some(last),
            ..self.clone()
        }
    }

    pub(super) fn next_kind(&self) -> Self {
        let mut kinds = Kind::ALL.into_iter();
        kinds.find(|kind| Some(*kind) == self.kind());
        Self {
            kind: kinds.next().map(|kind| kind.to_string()),
            after: None,
            ..self.clone()
        }
    }
}
