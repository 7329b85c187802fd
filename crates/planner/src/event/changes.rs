//! The values that a user gave for a change of an event, before any check. The use case decides
//! who may change the event.

use super::{
    empty_text::given,
    field::Field,
    link::ImageRule,
    problem::InvalidEvent,
    tags::{distinct, one_spelling_each, spelled_once},
};
use crate::{EventFields, Visibility, When, WhenFields, Zone};

/// A change of an event. `None` leaves a field unchanged. In optional fields, `Some(None)` removes
/// the value, as `null` does in a JSON merge patch (RFC 7396).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventChanges {
    /// See [`EventFields::title`].
    pub title: Option<String>,
    /// See [`EventFields::description`].
    pub description: Option<String>,
    /// See [`EventFields::image`].
    pub image: Option<Option<String>>,
    /// Which texts a new image may be.
    pub image_rule: ImageRule,
    /// The complete new list of tags.
    pub tags: Option<Vec<String>>,
    /// See [`EventFields::location`].
    pub location: Option<Option<String>>,
    /// See [`EventFields::online_url`].
    pub online_url: Option<Option<String>>,
    /// See [`EventFields::when`].
    pub when: WhenChanges,
    /// See [`EventFields::capacity`].
    pub capacity: Option<Option<u32>>,
    /// The word of a [`Visibility`]. Without a word, the event becomes public.
    pub visibility: Option<Option<String>>,
}

/// A change of an event's time, as texts. `None` leaves a text unchanged; `Some(None)` removes it.
///
/// Removing the start also removes the end, and removing the first day also removes the last day,
/// unless the change names those too. The time zone stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhenChanges {
    /// See [`WhenFields::starts_at`].
    pub starts_at: Option<Option<String>>,
    /// See [`WhenFields::ends_at`].
    pub ends_at: Option<Option<String>>,
    /// See [`WhenFields::time_zone`].
    pub time_zone: Option<Option<String>>,
    /// See [`WhenFields::start_date`].
    pub start_date: Option<Option<String>>,
    /// See [`WhenFields::end_date`].
    pub end_date: Option<Option<String>>,
}

impl EventChanges {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        let nothing = Self {
            image_rule: self.image_rule,
            ..Self::default()
        };
        *self == nothing
    }

    /// Checks this change of an event with those fields, without making it. Only changed fields are
    /// checked, because rules may have become stricter since the other fields were stored.
    ///
    /// `unread` names the fields that the caller could not read and left out of the change. Reports
    /// no problem of these fields, and no problem of another field that depends on one of them.
    ///
    /// # Errors
    ///
    /// All problems of the other changed fields.
    pub fn check(
        &self,
        fields: &EventFields,
        default: &Zone,
        unread: &[Field],
    ) -> Result<(), InvalidEvent> {
        let when = self.when.apply_beside(&fields.when, default, unread);
        self.change(fields, when).map(drop)
    }

    /// Checks the change without knowing the event. A field that the change has counts as changed.
    ///
    /// # Errors
    ///
    /// All problems of the changed fields.
    pub fn check_alone(&self, default: &Zone) -> Result<(), InvalidEvent> {
        // This event is valid, so an invalid value changes it.
        let any = EventFields {
            title: "Event".to_owned(),
            description: String::new(),
            image: None,
            tags: Vec::new(),
            location: None,
            online_url: None,
            when: When::UNDECIDED,
            capacity: None,
            visibility: Visibility::Public,
        };
        self.check(&any, default, &[])
    }

    /// Returns the changed fields, or what is wrong with them. If a date is added to an event
    /// without a zone, the event gets the zone `default`.
    pub(crate) fn apply_to(
        &self,
        fields: &EventFields,
        default: &Zone,
    ) -> Result<EventFields, InvalidEvent> {
        self.change(fields, self.when.apply_to(&fields.when, default))
    }

    fn change(
        &self,
        fields: &EventFields,
        when: Result<When, InvalidEvent>,
    ) -> Result<EventFields, InvalidEvent> {
        let mut invalid = InvalidEvent::default();
        let visibility = self.visibility.as_ref().map(Option::as_deref);
        let visibility = invalid.take(visibility.map(Visibility::read).transpose());
        let mut changed = fields.clone();
        replace(&mut changed.title, self.title.as_ref());
        replace(&mut changed.description, self.description.as_ref());
        replace(&mut changed.image, self.image.as_ref());
        replace(&mut changed.tags, self.tags.as_ref());
        replace(&mut changed.location, self.location.as_ref());
        replace(&mut changed.online_url, self.online_url.as_ref());
        replace(&mut changed.capacity, self.capacity.as_ref());
        replace(&mut changed.visibility, visibility.flatten().as_ref());
        replace(&mut changed.when, invalid.take(when).as_ref());
        let mut changed = changed.without_empty_texts();
        // Problems name the tags by their places in the change, so tags get their spelling
        // afterwards.
        let mut wrong = changed.check(self.image_rule).err().unwrap_or_default();
        wrong.only_of(|field| differs(field, &changed, fields));
        invalid.problems.extend(wrong.problems);
        invalid.into_result()?;
        if changed.tags != fields.tags {
            changed.tags = one_spelling_each(changed.tags, &fields.tags);
        }
        Ok(changed)
    }
}

impl WhenChanges {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn apply_to(&self, when: &When, default: &Zone) -> Result<When, InvalidEvent> {
        self.apply_beside(when, default, &[])
    }

    fn apply_beside(
        &self,
        when: &When,
        default: &Zone,
        unread: &[Field],
    ) -> Result<When, InvalidEvent> {
        // Parsing an unchanged time again could change it: the time zone database may have changed.
        if self.is_empty() && unread.is_empty() {
            return Ok(when.clone());
        }
        let mut fields = self.changed(when);
        for (name, field) in [
            (Field::StartsAt, &mut fields.starts_at),
            (Field::EndsAt, &mut fields.ends_at),
            (Field::TimeZone, &mut fields.time_zone),
            (Field::StartDate, &mut fields.start_date),
            (Field::EndDate, &mut fields.end_date),
        ] {
            if unread.contains(&name) {
                *field = None;
            }
        }
        When::parse_change(&fields, when, default, unread)
    }

    /// The texts of that event after this change.
    fn changed(&self, when: &When) -> WhenFields {
        let mut fields = when.to_fields();
        if is_taken_away(self.starts_at.as_ref()) {
            fields.ends_at = None;
        }
        if is_taken_away(self.start_date.as_ref()) {
            fields.end_date = None;
        }
        replace(&mut fields.starts_at, self.starts_at.as_ref());
        replace(&mut fields.ends_at, self.ends_at.as_ref());
        replace(&mut fields.time_zone, self.time_zone.as_ref());
        replace(&mut fields.start_date, self.start_date.as_ref());
        replace(&mut fields.end_date, self.end_date.as_ref());
        fields
    }
}

/// Whether the change gives the field a new value. A tag is new if the event had it fewer times, in
/// any spelling, and the number of tags is if there are more different ones than before.
fn differs(field: Field, one: &EventFields, other: &EventFields) -> bool {
    match field {
        Field::Title => one.title != other.title,
        Field::Description => one.description != other.description,
        Field::Image => one.image != other.image,
        Field::Tags => distinct(&one.tags).len() > distinct(&other.tags).len(),
        Field::Tag(place) => one.tags.get(place).is_none_or(|tag| {
            let times = one.tags.iter().filter(|other| *other == tag).count();
            let once = spelled_once(tag);
            let had = other.tags.iter().filter(|had| spelled_once(had) == once);
            times > had.count()
        }),
        Field::Location => one.location != other.location,
        Field::OnlineUrl => one.online_url != other.online_url,
        Field::Capacity => one.capacity != other.capacity,
        Field::StartsAt
        | Field::EndsAt
        | Field::TimeZone
        | Field::StartDate
        | Field::EndDate
        | Field::Visibility => true,
    }
}

fn replace<T: Clone>(field: &mut T, by: Option<&T>) {
    if let Some(by) = by {
        field.clone_from(by);
    }
}

fn is_taken_away(change: Option<&Option<String>>) -> bool {
    change.is_some_and(|text| given(text.as_deref()).is_none())
}

#[cfg(test)]
mod tests;
