//! Why a type refused a value.

use std::fmt;

use serde::de;

/// The error that a type returns to [`Reader`](super::reader::Reader).
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) kind: FaultKind,
    /// The place of the value; `None` until the reader adds it.
    pointer: Option<String>,
}

#[derive(Debug)]
pub(super) enum FaultKind {
    /// A required member of this name is missing.
    Missing(&'static str),
    /// The object has a member that the type does not know.
    Unknown,
    /// The type refused the value for its own reason.
    Refused(String),
}

impl Fault {
    /// Adds the place, unless the fault already has one.
    pub(super) fn at(self, pointer: impl FnOnce() -> String) -> Self {
        Self {
            pointer: self.pointer.or_else(|| Some(pointer())),
            ..self
        }
    }

    pub(super) fn into_parts(self) -> (FaultKind, String) {
        (self.kind, self.pointer.unwrap_or_default())
    }
}

impl From<FaultKind> for Fault {
    fn from(kind: FaultKind) -> Self {
        Self {
            kind,
            pointer: None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FaultKind::Missing(_) => f.write_str("a member is missing"),
            FaultKind::Unknown => f.write_str("a member is unknown"),
            FaultKind::Refused(words) => f.write_str(words),
        }
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(words: T) -> Self {
        FaultKind::Refused(words.to_string()).into()
    }

    /// The value is not repeated, because it may be a secret.
    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::custom(format_args!("expected {expected}"))
    }

    /// The value is not repeated, as in [`invalid_type`](Self::invalid_type).
    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::custom(format_args!("expected {expected}"))
    }

    /// The value is not repeated, as in [`invalid_type`](Self::invalid_type).
    fn invalid_length(_: usize, expected: &dyn de::Expected) -> Self {
        Self::custom(format_args!("expected {expected}"))
    }

    /// The value is not repeated, as in [`invalid_type`](Self::invalid_type).
    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format_args!("expected {}", expected.join(" or ")))
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        FaultKind::Unknown.into()
    }

    fn missing_field(name: &'static str) -> Self {
        FaultKind::Missing(name).into()
    }
}
