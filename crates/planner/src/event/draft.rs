//! The values that a user gave for a new event, before any check. The use case decides who may
//! create the event.

use super::{
    field::Field, fields::EventFields, link::ImageRule, problem::InvalidEvent,
    tags::spelled_once_each,
};
use crate::{Visibility, When, WhenFields, Zone};

/// A new event as a user gave it. [`EventFields`] has the rules of each field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventDraft {
    /// See [`EventFields::title`].
    pub title: String,
    /// See [`EventFields::description`].
    pub description: String,
    /// See [`EventFields::image`].
    pub image: Option<String>,
    /// Which texts the image may be.
    pub image_rule: ImageRule,
    /// See [`EventFields::tags`].
    pub tags: Vec<String>,
    /// See [`EventFields::location`].
    pub location: Option<String>,
    /// See [`EventFields::online_url`].
    pub online_url: Option<String>,
    /// See [`EventFields::when`].
    pub when: WhenFields,
    /// See [`EventFields::capacity`].
    pub capacity: Option<u32>,
    /// The word of a [`Visibility`]. Without a word, the event is public.
    pub visibility: Option<String>,
}

impl EventDraft {
    /// Checks the draft and returns the fields as they are stored: empty optional texts become
    /// `None`, and tags get one spelling. An event with a date and without a zone gets the zone
    /// `default`.
    ///
    /// # Errors
    ///
    /// All problems of the draft.
    pub fn read(&self, default: &Zone) -> Result<EventFields, InvalidEvent> {
        self.read_beside(default, &[])
    }

    /// Checks the draft as [`read`](Self::read) does, without the fields that `unread` names. The
    /// caller could not read them and left them empty in the draft. Reports no problem of these
    /// fields, and no problem of another field that depends on one of them.
    ///
    /// # Errors
    ///
    /// All problems of the other fields.
    pub fn check(&self, default: &Zone, unread: &[Field]) -> Result<(), InvalidEvent> {
        self.read_beside(default, unread).map(drop)
    }

    fn read_beside(&self, default: &Zone, unread: &[Field]) -> Result<EventFields, InvalidEvent> {
        let mut invalid = InvalidEvent::default();
        let when = invalid.take(When::parse_beside(&self.when, default, unread));
        let visibility = invalid.take(Visibility::read(self.visibility.as_deref()));
        let fields = EventFields {
            title: self.title.clone(),
            description: self.description.clone(),
            image: self.image.clone(),
            tags: self.tags.clone(),
            location: self.location.clone(),
            online_url: self.online_url.clone(),
            when: when.unwrap_or(When::UNDECIDED),
            capacity: self.capacity,
            visibility: visibility.unwrap_or_default(),
        };
        // Problems name the tags by their places in the draft, so tags get their spelling
        // afterwards.
        invalid.take(fields.check(self.image_rule));
        invalid.into_result()?;
        let mut fields = fields.without_empty_texts();
        fields.tags = spelled_once_each(fields.tags);
        Ok(fields)
    }
}

#[cfg(test)]
mod tests;
