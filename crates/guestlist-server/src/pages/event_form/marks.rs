//! Marks of what a form has shown. If the event has changed since, they tell which fields the user has
//! changed.

use super::{EventForm, FIELDS};

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

impl EventForm {
    /// Hashes each field; the browser sends the hashes back with the form. They are not secret, and
    /// only decide which values the next page shows.
    pub(in crate::pages) fn marks(&self) -> String {
        self.0.iter().map(|value| mark(value)).collect()
    }

    /// Returns this form with the stored value in each field that the user has not changed since the
    /// form with those marks was shown.
    pub(in crate::pages) fn over(&self, stored: &Self, marks: &str) -> Self {
        let marks: Vec<&[u8]> = marks.as_bytes().chunks(mark("").len()).collect();
        let mut over = self.clone();
        if marks.len() != FIELDS.len() {
            return over;
        }
        for ((value, stored), shown) in over.0.iter_mut().zip(&stored.0).zip(marks) {
            if mark(value).as_bytes() == shown {
                value.clone_from(stored);
            }
        }
        over
    }
}

/// FNV-1a of 64 bits, in hexadecimal: short, and the same in every version of this program.
fn mark(value: &str) -> String {
    let hash = value.bytes().fold(OFFSET, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the authors' test vectors (draft-eastlake-fnv).
    #[test]
    fn marks_are_fnv_1a() {
        assert_eq!(mark(""), "cbf29ce484222325");
        assert_eq!(mark("a"), "af63dc4c8601ec8c");
        assert_eq!(mark("foobar"), "85944171f73967e8");
    }

    #[test]
    fn a_field_that_the_user_did_not_change_takes_the_stored_value() {
        let form = |title: &str, place: &str| {
            let mut form = EventForm::default();
            form.set("title", title);
            form.set("location", place);
            form
        };
        let marks = form("Tea", "London").marks();
        let stored = form("Coffee", "Wien");
        let typed = form("Cocoa", "London");
        assert_eq!(typed.over(&stored, &marks), form("Cocoa", "Wien"));
        for nonsense in ["", "x", &marks[1..], &"ü".repeat(120)] {
            assert_eq!(typed.over(&stored, nonsense), typed);
        }
    }
}
