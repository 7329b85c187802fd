//! The form of an event: the texts in its fields, and what they mean. Whether an event may say it
//! is the planner's rule.

mod difference;
mod field_errors;
mod marks;
mod tags;
mod times;
mod values;

use guestlist_axum::Form;
use planner::{EventChanges, EventDraft, EventFields, ImageRule, InvalidEvent, Visibility, Zone};

use self::values::{FIELDS, place, sent};
use super::filled::{Filled, Wrong};

pub(super) use difference::Difference;
pub(super) use field_errors::field_errors;
pub(super) use values::EventForm;

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

    /// Reads the draft of a new event from the form. If clocks skip a time or show it twice, the
    /// form then holds the moment that it means, and the user is asked.
    ///
    /// # Errors
    ///
    /// All errors, in the order of the fields, if the form is no draft or the user is asked. The
    /// planner checks a draft.
    pub(super) fn draft(&mut self, zone: &Zone) -> Result<EventDraft, Vec<Wrong>> {
        let mut wrongs = Vec::new();
        let when = taken(self.when(None), &mut wrongs);
        let capacity = taken(self.capacity(), &mut wrongs);
        let draft = EventDraft {
            title: self.value("title").to_owned(),
            description: self.value("description").to_owned(),
            image: self.optional("image"),
            image_rule: ImageRule::WebAddress,
            tags: tags::read(self.value("tags")),
            location: self.optional("location"),
            online_url: self.optional("online_url"),
            when: when.unwrap_or_default(),
            capacity: capacity.flatten(),
            visibility: Some(self.value("visibility").to_owned()),
        };
        and_others(wrongs, || draft.check(zone, &[]))?;
        Ok(draft)
    }

    /// Reads a change of that event from the form. A field that still has the shown value changes
    /// nothing and is not checked. Times are asked about as in [`draft`](Self::draft).
    ///
    /// # Errors
    ///
    /// All errors in changed fields, in the order of the fields, if the form is no change or the
    /// user is asked. The planner checks a change.
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
        let text = |name| differs(name).then(|| form.value(name).to_owned());
        let optional = |name| differs(name).then(|| form.optional(name));
        let changes = EventChanges {
            title: text("title"),
            description: text("description"),
            image: optional("image"),
            image_rule: ImageRule::WebAddress,
            tags: text("tags").map(|line| tags::read_beside(&line, &stored.tags, &shown)),
            location: optional("location"),
            online_url: optional("online_url"),
            when: when.unwrap_or_default(),
            capacity: capacity.flatten(),
            visibility: text("visibility").map(Some),
        };
        and_others(wrongs, || changes.check(stored, zone, &[]))?;
        Ok(changes)
    }

    fn capacity(&self) -> Result<Option<u32>, Vec<Wrong>> {
        match self.value("capacity").trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| {
                let range = EventFields::CAPACITY_IN_WORDS;
                let words = format!("The number of people is a whole number {range}, such as 40.");
                vec![Wrong::new("capacity", &words)]
            }),
        }
    }
}

fn taken<T>(read: Result<T, Vec<Wrong>>, wrongs: &mut Vec<Wrong>) -> Option<T> {
    read.map_err(|wrong| wrongs.extend(wrong)).ok()
}

/// Succeeds if the form has no errors: the planner checks it later. Otherwise returns its errors
/// together with those that `check` finds, in the order of the fields.
fn and_others(
    mut wrongs: Vec<Wrong>,
    check: impl FnOnce() -> Result<(), InvalidEvent>,
) -> Result<(), Vec<Wrong>> {
    if wrongs.is_empty() {
        return Ok(());
    }
    if let Err(others) = check() {
        wrongs.extend(field_errors(&others));
    }
    wrongs.sort_by_key(|wrong| place(&wrong.field));
    Err(wrongs)
}

#[cfg(test)]
mod tests;
