//! Collects all mistakes of a body.

use guestlist::{Advice, PasswordError};

use super::error::JsonError;
use crate::FieldError;

/// The mistakes in a body: those of reading it, and those that a check of its values adds. They are
/// told in the order of the type's members, and of the items of a list.
#[derive(Debug, Default)]
pub struct Mistakes {
    names: &'static [&'static str],
    found: Vec<FieldError>,
}

impl Mistakes {
    pub(super) fn new(names: &'static [&'static str], found: Vec<FieldError>) -> Self {
        Self { names, found }
    }

    /// Whether no mistake was found.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether there is a mistake at this JSON pointer, above it or below it.
    pub fn are_at(&self, pointer: &str) -> bool {
        self.found.iter().any(|found| {
            is_at_or_above(&found.pointer, pointer) || is_at_or_above(pointer, &found.pointer)
        })
    }

    /// Adds mistakes of values. A mistake of a value is left out if an earlier call added one at
    /// its pointer or above it. Several mistakes of one value are added by one call.
    pub fn add(&mut self, mistakes: impl IntoIterator<Item = FieldError>) {
        let is_told = |mistake: &FieldError| {
            let mut found = self.found.iter();
            found.any(|found| is_at_or_above(&found.pointer, &mistake.pointer))
        };
        let new = mistakes.into_iter().filter(|mistake| !is_told(mistake));
        let new: Vec<_> = new.collect();
        self.found.extend(new);
    }

    /// Returns the value, or adds the mistake and returns `None`.
    pub fn take<T>(&mut self, read: Result<T, FieldError>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(mistake) => {
                self.add([mistake]);
                None
            }
        }
    }

    /// Adds what is wrong with a new password at this pointer, without advice.
    pub(crate) fn password(&mut self, pointer: &'static str, judged: Result<(), PasswordError>) {
        let advice = Advice::default();
        self.take(judged.map_err(|reason| FieldError {
            pointer: pointer.to_owned(),
            ..FieldError::password(reason, &advice)
        }));
    }

    pub(super) fn into_error(mut self) -> JsonError {
        let place = |mistake: &FieldError| {
            let mut steps = mistake.pointer.split('/').skip(1);
            let name = steps.next().unwrap_or_default();
            let place = self.names.iter().position(|other| *other == name);
            let item = steps.next().and_then(|step| step.parse::<usize>().ok());
            (place.unwrap_or(usize::MAX), item)
        };
        self.found.sort_by_key(place);
        JsonError::Data(self.found)
    }
}

fn is_at_or_above(above: &str, below: &str) -> bool {
    let rest = below.strip_prefix(above);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
