//! The form of an event: the texts in its fields, and what they mean. Whether an event may say it is the
//! planner's rule.

mod field_errors;
mod marks;
mod tags;
mod times;

use guestlist::without_unseen;
use guestlist_axum::Form;
use planner::{EventChanges, EventFields, Visibility, When, WhenChanges, Zone};

use super::filled::{Filled, Wrong};
use crate::api::event::check_image;

pub(super) use field_errors::field_errors;

/// The fields, in the order of the form, each with its label in error messages.
const FIELDS: [(&str, &str); 15] = [
    ("title", "The name"),
    ("description", "The description"),
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
];

/// The values of the form, as typed or as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct EventForm([String; FIELDS.len()]);

/// A field whose typed value differs from the stored one.
pub(super) struct Difference {
    /// The label of the field.
    pub(super) label: &'static str,
    /// The typed value.
    pub(super) typed: String,
    /// The stored value.
    pub(super) stored: String,
}

impl EventForm {
    /// Returns the form of a new event, in that zone.
    pub(super) fn empty(zone: &Zone) -> Self {
        let mut form = Self::default();
        form.set("time_zone", zone.name());
        form.set("visibility", Visibility::Public.as_str());
        form
    }

    /// Reads the values of a sent form.
    pub(super) fn typed(form: &Form) -> Self {
        Self(FIELDS.map(|(name, _)| sent(name, form.get(name).unwrap_or_default())))
    }

    /// Reads what was typed into the edit form of that event. A field that was not sent counts as
    /// unchanged.
    pub(super) fn sent_back(form: &Form, fields: &EventFields, zone: &Zone) -> Self {
        let mut sent_back = Self::stored(fields, zone);
        for (name, _) in FIELDS {
            if form.has(name) {
                sent_back.set(name, form.get(name).unwrap_or_default());
            }
        }
        sent_back
    }

    /// Returns the form of that event. An event without a zone shows `zone`.
    pub(super) fn stored(fields: &EventFields, zone: &Zone) -> Self {
        let mut form = Self::empty(zone);
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        form.set("title", &fields.title);
        form.set("description", &fields.description);
        form.set("tags", &tags::spelled(&fields.tags));
        form.set("location", &optional(&fields.location));
        form.set("online_url", &optional(&fields.online_url));
        form.set("image", &optional(&fields.image));
        form.set("visibility", fields.visibility.as_str());
        let capacity = fields.capacity.map(|places| places.to_string());
        form.set("capacity", &optional(&capacity));
        form.show_times(&fields.when);
        form
    }

    /// Returns the values for the page, with errors. A time that clocks show twice gets a choice of
    /// offsets.
    pub(super) fn filled(&self, wrongs: Vec<Wrong>) -> Filled {
        let mut filled = Filled::default();
        for ((name, _), value) in FIELDS.iter().zip(&self.0) {
            filled = filled.with(name, value);
        }
        for (name, value) in self.choices() {
            filled = filled.with(name, value);
        }
        filled.wrongs = wrongs;
        filled
    }

    /// Reads a new event from the form. If clocks skip a time or show it twice, the form then holds the
    /// moment that it means, and the user is asked.
    ///
    /// # Errors
    ///
    /// All errors, in the order of the fields.
    pub(super) fn fields(&mut self, zone: &Zone) -> Result<EventFields, Vec<Wrong>> {
        let mut wrongs = Vec::new();
        let when = self.when(None);
        let when =
            when.and_then(|texts| When::parse(&texts, zone).map_err(|error| field_errors(&error)));
        let when = taken(when, &mut wrongs).unwrap_or(When::UNDECIDED);
        let capacity = taken(self.capacity(), &mut wrongs).flatten();
        let visibility = taken(self.visibility(), &mut wrongs).unwrap_or(Visibility::Public);
        let fields = EventFields {
            title: self.value("title").to_owned(),
            description: self.value("description").to_owned(),
            image: self.optional("image"),
            tags: tags::read(self.value("tags")),
            location: self.optional("location"),
            online_url: self.optional("online_url"),
            when,
            capacity,
            visibility,
        };
        for check in [fields.check(), check_image(fields.image.as_deref())] {
            wrongs.extend(check.err().iter().flat_map(field_errors));
        }
        if wrongs.is_empty() {
            Ok(fields)
        } else {
            Err(in_order(wrongs))
        }
    }

    /// Reads a change of that event from the form. A field that still has the shown value changes
    /// nothing and is not checked. Times are asked about as in [`fields`](Self::fields).
    ///
    /// # Errors
    ///
    /// All errors in changed fields, in the order of the fields.
    pub(super) fn changes(
        &mut self,
        stored: &EventFields,
        zone: &Zone,
    ) -> Result<EventChanges, Vec<Wrong>> {
        let shown = Self::stored(stored, zone);
        let mut wrongs = Vec::new();
        let when = if self.differs(&shown, &times::FIELDS) {
            let texts = taken(self.when(Some((&stored.when, &shown))), &mut wrongs);
            texts.map(|texts| times::changes(texts, &stored.when))
        } else {
            None
        };
        let form = &*self;
        let differs = |name| form.differs(&shown, &[name]);
        let capacity = differs("capacity").then(|| taken(form.capacity(), &mut wrongs));
        let visibility = differs("visibility").then(|| taken(form.visibility(), &mut wrongs));
        let text = |name| differs(name).then(|| form.value(name).to_owned());
        let optional = |name| differs(name).then(|| form.optional(name));
        let changes = EventChanges {
            title: text("title"),
            description: text("description"),
            image: optional("image"),
            tags: text("tags").map(|line| tags::read_beside(&line, &stored.tags, &shown)),
            location: optional("location"),
            online_url: optional("online_url"),
            when: when.unwrap_or_else(WhenChanges::default),
            capacity: capacity.flatten(),
            visibility: visibility.flatten(),
        };
        let image = changes.image.as_ref().and_then(Option::as_deref);
        for check in [changes.check(stored), check_image(image)] {
            wrongs.extend(check.err().iter().flat_map(field_errors));
        }
        if wrongs.is_empty() {
            Ok(changes)
        } else {
            Err(in_order(wrongs))
        }
    }

    /// Returns the fields at these places, in the order of the form.
    pub(super) fn differences(&self, stored: &Self, places: &[usize]) -> Vec<Difference> {
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

    fn value(&self, name: &str) -> &str {
        place(name).map_or("", |at| &self.0[at])
    }

    fn optional(&self, name: &str) -> Option<String> {
        Some(self.value(name).to_owned()).filter(|text| !text.is_empty())
    }

    fn differs(&self, other: &Self, names: &[&str]) -> bool {
        let mut names = names.iter();
        names.any(|name| self.value(name) != other.value(name))
    }

    fn set(&mut self, name: &str, value: &str) {
        if let Some(at) = place(name) {
            self.0[at] = sent(name, value);
        }
    }

    fn capacity(&self) -> Result<Option<u32>, Vec<Wrong>> {
        match self.value("capacity").trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| {
                let range = EventFields::CAPACITY_IN_WORDS;
                let words = format!("The number of people is a whole number {range}, such as 40.");
                wrong("capacity", &words)
            }),
        }
    }

    fn visibility(&self) -> Result<Visibility, Vec<Wrong>> {
        let visibility = self.value("visibility").parse();
        visibility.map_err(|_| wrong("visibility", "Choose who may see it."))
    }
}

/// Returns the value as a browser sends it back if the user has not changed it, except that lines end
/// with one character here. Browsers take line breaks out of single-line fields, and white space off both
/// ends of addresses (HTML, sections 4.10.5.1 and 4.10.21.4). Invisible characters are removed,
/// because a user could not remove them. Other programs break lines and put columns apart by control
/// characters, so those become what they mean, and the rest are removed.
fn sent(name: &str, value: &str) -> String {
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

fn place(name: &str) -> Option<usize> {
    FIELDS.iter().position(|(other, _)| *other == name)
}

fn wrong(field: &'static str, words: &str) -> Vec<Wrong> {
    vec![Wrong::new(field, words)]
}

fn taken<T>(read: Result<T, Vec<Wrong>>, wrongs: &mut Vec<Wrong>) -> Option<T> {
    read.map_err(|wrong| wrongs.extend(wrong)).ok()
}

fn in_order(mut wrongs: Vec<Wrong>) -> Vec<Wrong> {
    wrongs.sort_by_key(|wrong| place(&wrong.field));
    wrongs
}

#[cfg(test)]
mod tests;
