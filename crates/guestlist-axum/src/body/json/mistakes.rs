//! What is wrong with a body, all of it.

use guestlist::{Advice, PasswordError};

use super::{JsonError, Reading};
use crate::FieldError;

/// Mistakes in a body: what was found while it was read, and what its values make of it. In the order of the type's
/// members, and none about a value that has a mistake already.
#[derive(Debug, Default)]
pub struct Mistakes {
    names: &'static [&'static str],
    found: Vec<FieldError>,
}

impl Mistakes {
    /// Whether there are none.
    pub fn are_none(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether there is one at that pointer, above it, or below it.
    pub fn are_at(&self, pointer: &str) -> bool {
        let is_above = |above: &str, below: &str| {
            let rest = below.strip_prefix(above);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.found
            .iter()
            .any(|found| is_above(&found.pointer, pointer) || is_above(pointer, &found.pointer))
    }

    /// Adds what is wrong with a value, unless it is known already that it is wrong. Several mistakes of one value are added
    /// together.
    pub fn add(&mut self, mistakes: impl IntoIterator<Item = FieldError>) {
        let new: Vec<_> = mistakes
            .into_iter()
            .filter(|mistake| !self.are_at(&mistake.pointer))
            .collect();
        self.found.extend(new);
    }

    /// The value, or none, with what is wrong with it added.
    pub fn take<T>(&mut self, read: Result<T, FieldError>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(mistake) => {
                self.add([mistake]);
                None
            }
        }
    }

    /// Adds what is wrong with a new password at that pointer. Whoever has other mistakes to mend gets no advice yet.
    pub(crate) fn password(&mut self, pointer: &'static str, judged: Result<(), PasswordError>) {
        let advice = Advice::default();
        self.take(judged.map_err(|reason| FieldError {
            pointer: pointer.to_owned(),
            ..FieldError::password(reason, &advice)
        }));
    }

    fn into_error(mut self) -> JsonError {
        let place = |mistake: &FieldError| {
            let name = mistake.pointer.split('/').nth(1).unwrap_or_default();
            let place = self.names.iter().position(|other| *other == name);
            place.unwrap_or(usize::MAX)
        };
        self.found.sort_by_key(place);
        JsonError::Data(self.found)
    }
}

/// A body that was read and whose values are not checked yet. [`check`](Self::check) tells the mistakes of both together.
#[derive(Debug)]
pub struct Unchecked<T>(Reading<T>);

impl<T> Unchecked<T> {
    pub(super) fn new(reading: Reading<T>) -> Self {
        Self(reading)
    }

    /// What `check` makes of the body, if there are no mistakes in it. Where the body has mistakes already, the values at their
    /// places are made up: whatever is wrong with those is passed over.
    pub fn check<R>(
        self,
        check: impl FnOnce(T, &mut Mistakes) -> Option<R>,
    ) -> Result<R, JsonError> {
        let Reading {
            value,
            names,
            mistakes: found,
        } = self.0;
        let mut mistakes = Mistakes { names, found };
        let checked = value.and_then(|value| check(value, &mut mistakes));
        match checked {
            Some(checked) if mistakes.are_none() => Ok(checked),
            _ => Err(mistakes.into_error()),
        }
    }
}
