//! The fields that were changed in the form and in the store, to different values.

use super::values::{EventForm, FIELDS};

/// A field whose typed value differs from the stored one.
pub(crate) struct Difference {
    /// The label of the field.
    pub(crate) label: &'static str,
    /// The typed value.
    pub(crate) typed: String,
    /// The stored value.
    pub(crate) stored: String,
}

impl EventForm {
    /// Returns the fields at these places, in the order of the form.
    pub(crate) fn differences(&self, stored: &Self, places: &[usize]) -> Vec<Difference> {
        let fields = FIELDS.iter().enumerate();
        fields
            .filter(|(at, _)| places.contains(at))
            .map(|(at, (name, label))| Difference {
                // Error messages are about one tag.
                label: if *name == "tags" { "The tags" } else { label },
                typed: self.0[at].clone(),
                stored: stored.0[at].clone(),
            })
            .collect()
    }
}
