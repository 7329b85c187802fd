//! Hashes of the field values that a page showed. If the event has changed since, they tell which
//! fields the user has changed.

use super::{
    times,
    values::{EventForm, FIELDS},
};

/// A form that was made from an earlier version of the event, put together with what is stored now.
pub(crate) struct Merged {
    pub(crate) form: EventForm,
    /// The places of the fields that were changed both in the form and in the store, to different
    /// values.
    pub(crate) conflicts: Vec<usize>,
}

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

impl EventForm {
    /// Hashes each field; the browser sends the hashes back with the form. They are not secret, and
    /// only decide which values the next page shows.
    pub(crate) fn marks(&self) -> String {
        self.0.iter().map(|value| mark(value)).collect()
    }

    /// Puts this form together with what is stored, by the marks of the form that the user has
    /// seen. A field that only one side has changed since has the value of that side. A field that
    /// both have changed to different values keeps what was typed, and is a conflict. The fields
    /// that say when the event is count as one field. Without marks, every difference is a
    /// conflict.
    pub(crate) fn merged(&self, stored: &Self, marks: &str) -> Merged {
        let marks: Vec<&[u8]> = marks.as_bytes().chunks(mark("").len()).collect();
        let marks = Some(marks).filter(|marks| marks.len() == FIELDS.len());
        let mut merged = Merged {
            form: self.clone(),
            conflicts: Vec::new(),
        };
        for fields in together() {
            let is_as_shown = |form: &Self| {
                let as_shown = |at: &usize| {
                    let shown = marks.as_ref().map(|marks| marks[*at]);
                    shown == Some(mark(&form.0[*at]).as_bytes())
                };
                fields.iter().all(as_shown)
            };
            if is_as_shown(self) {
                for at in fields {
                    merged.form.0[at].clone_from(&stored.0[at]);
                }
            } else if !is_as_shown(stored) {
                let differ = fields.into_iter().filter(|at| self.0[*at] != stored.0[*at]);
                merged.conflicts.extend(differ);
            }
        }
        merged
    }
}

/// The places of the fields that are compared as one.
fn together() -> Vec<Vec<usize>> {
    let (times, others): (Vec<_>, Vec<_>) =
        (0..FIELDS.len()).partition(|at| times::FIELDS.contains(&FIELDS[*at].0));
    let mut together: Vec<_> = others.into_iter().map(|at| vec![at]).collect();
    together.push(times);
    together
}

/// FNV-1a, 64 bits, in hexadecimal: short, and the same in every version of this program.
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
        let merged = typed.merged(&stored, &marks);
        assert_eq!(merged.form, form("Cocoa", "Wien"));
        let names = |merged: &Merged| -> Vec<&'static str> {
            let conflicts = merged.conflicts.iter();
            conflicts.map(|at| FIELDS[*at].0).collect()
        };
        assert_eq!(names(&merged), ["title"], "both have changed it");
        for nonsense in ["", "x", &marks[1..], &"ü".repeat(120)] {
            let merged = typed.merged(&stored, nonsense);
            assert_eq!(names(&merged), ["title", "location"]);
            assert_eq!(merged.form, typed);
        }
        for (typed, stored, both) in [
            (
                form("Cocoa", "London"),
                form("Tea", "Wien"),
                form("Cocoa", "Wien"),
            ),
            (
                form("Cocoa", "Wien"),
                form("Cocoa", "London"),
                form("Cocoa", "Wien"),
            ),
            (
                form("Tea", "London"),
                form("Coffee", "Wien"),
                form("Coffee", "Wien"),
            ),
        ] {
            let merged = typed.merged(&stored, &marks);
            assert_eq!((merged.form, merged.conflicts), (both, Vec::new()));
        }
    }

    #[test]
    fn times_are_changed_together() {
        let form = |start: &str, end: &str| {
            let mut form = EventForm::default();
            form.set("start_time", start);
            form.set("end_time", end);
            form
        };
        let marks = form("18:00", "20:00").marks();
        let merged = form("18:00", "21:00").merged(&form("22:00", "23:00"), &marks);
        assert!(!merged.conflicts.is_empty());
        assert_eq!(merged.form, form("18:00", "21:00"));
        let merged = form("18:00", "20:00").merged(&form("22:00", "23:00"), &marks);
        assert!(merged.conflicts.is_empty());
        assert_eq!(merged.form, form("22:00", "23:00"));
    }
}
