//! The texts in the fields of an event's form.

use guestlist::without_unseen;

/// The fields, in the order of the form, each with its subject in error messages.
pub(super) const FIELDS: [(&str, &str); 15] = [
    ("title", "The name"),
    ("tags", "A tag"),
    ("start_date", "The first day"),
    ("start_time", "The beginning"),
    ("start_offset", "Which beginning"),
    ("end_date", "The last day"),
    ("end_time", "The end"),
    ("end_offset", "Which end"),
    ("time_zone", "The time zone"),
    ("location", "The place"),
    ("online_url", "The online address"),
    ("visibility", "Who may see it"),
    ("capacity", "The number of people"),
    ("image", "The picture"),
    ("description", "The description"),
];

/// The values of the form, as typed or as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EventForm(pub(super) [String; FIELDS.len()]);

impl EventForm {
    /// Returns the value of that field.
    pub(super) fn value(&self, name: &str) -> &str {
        place(name).map_or("", |at| &self.0[at])
    }

    /// Returns the value of that field, or `None` if it is empty.
    pub(super) fn optional(&self, name: &str) -> Option<String> {
        Some(self.value(name).to_owned()).filter(|text| !text.is_empty())
    }

    /// Whether one of these fields has another value in the other form.
    pub(super) fn differs(&self, other: &Self, names: &[&str]) -> bool {
        let mut names = names.iter();
        names.any(|name| self.value(name) != other.value(name))
    }

    /// Replaces the value of that field.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        if let Some(at) = place(name) {
            self.0[at] = sent(name, value);
        }
    }
}

/// Returns the value as a browser sends it back if the user has not changed it, except that lines
/// end with one character here. Browsers take line breaks out of single-line fields, and white
/// space off both ends of addresses (HTML, sections 4.10.5.1 and 4.10.21.4). Invisible characters
/// are removed, because a user could not remove them. Other programs break lines and put columns
/// apart by control characters, so those become what they mean, and the rest are removed.
pub(super) fn sent(name: &str, value: &str) -> String {
    let value = match name {
        "description" => value.replace("\r\n", "\n"),
        _ => value.replace(['\r', '\n'], ""),
    };
    let is_lines = name == "description";
    let meant = |c: char| match c {
        '\r' | '\u{b}' | '\u{c}' | '\u{85}' if is_lines => Some('\n'),
        '\n' | '\t' if is_lines => Some(c),
        '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' if !is_lines => Some(' '),
        c if c.is_control() => None,
        c => Some(c),
    };
    let value: String = value.chars().filter_map(meant).collect();
    let value = without_unseen(&value);
    match name {
        "online_url" | "image" => value.trim().to_owned(),
        _ => value.into_owned(),
    }
}

/// Returns the place of that field in the form.
pub(super) fn place(name: &str) -> Option<usize> {
    FIELDS.iter().position(|(other, _)| *other == name)
}
