//! The JSON of events in requests.

use guestlist_axum::{Mistakes, whole_number};
use planner::{
    EventChanges, EventDraft, EventFields, Field, ImageRule, WhenChanges, WhenFields, Zone,
};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::event_errors::{add_others, field_errors};

/// A new event. When it is: `starts_at` (with an offset, or local with
/// `time_zone`) and perhaps `ends_at`; or `start_date` and perhaps `end_date`; or nothing yet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEvent {
    /// 1 to 200 characters.
    #[schema(example = "FastAPI book launch")]
    title: String,
    /// At most 10,000 characters.
    #[schema(example = "We discuss the contents of the book.")]
    description: Option<String>,
    /// The URL of a picture.
    #[schema(example = "https://example.com/cover.png")]
    image: Option<String>,
    /// At most 20, each at most 50 characters. They are stored in Unicode normalization form C
    /// (NFC).
    #[schema(example = json!(["python", "book"]))]
    tags: Option<Vec<String>>,
    #[schema(example = "Leeds, Hall 3")]
    location: Option<String>,
    /// The URL of the event online.
    #[schema(example = "https://example.com/room")]
    online_url: Option<String>,
    /// RFC 3339, or without an offset the local time in `time_zone`. A time that the zone's clocks
    /// skip moves forward by the skipped amount. A time that they show twice means the first one;
    /// give the offset to mean the second. The answer has the offset.
    #[schema(example = "2027-06-01T18:00")]
    starts_at: Option<String>,
    #[schema(example = "2027-06-01T20:00")]
    ends_at: Option<String>,
    /// An IANA time zone name. A time without an offset needs it. If an event has a date and no
    /// zone, it gets the server's zone (`server.time_zone`).
    #[schema(example = "Europe/Paris")]
    time_zone: Option<String>,
    /// The first of whole days. A day that the time zone left out is refused.
    #[schema(example = json!(null))]
    start_date: Option<String>,
    /// The last of whole days, inclusive.
    #[schema(example = json!(null))]
    end_date: Option<String>,
    /// The number of guests there is room for: 1 to 100,000.
    #[schema(example = 50, value_type = Option<u32>)]
    capacity: Option<Capacity>,
    /// `public` (the default) or `unlisted`.
    #[schema(example = "public", value_type = Option<VisibilityName>)]
    visibility: Option<String>,
}

/// Who may see an event.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only the OpenAPI description uses it")]
enum VisibilityName {
    Public,
    Unlisted,
}

/// A number of guests. Its range is the planner's rule.
struct Capacity(u32);

impl<'de> Deserialize<'de> for Capacity {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        let range = EventFields::CAPACITY_IN_WORDS;
        whole_number(value, format_args!("a whole number {range}")).map(Self)
    }
}

/// The fields that say when an event is.
const WHEN: [Field; 5] = [
    Field::StartsAt,
    Field::EndsAt,
    Field::TimeZone,
    Field::StartDate,
    Field::EndDate,
];

/// The fields of [`WHEN`] whose members have a mistake already, so that their values are not known.
struct Unread(Vec<Field>);

impl Unread {
    fn of(mistakes: &Mistakes) -> Self {
        let is_wrong = |field: &Field| mistakes.are_at(&format!("/{field}"));
        Self(WHEN.into_iter().filter(is_wrong).collect())
    }

    /// Returns `sent`, the value of the field's member. Returns `None` if the member has a mistake
    /// already.
    fn or<T>(&self, field: Field, sent: Option<T>) -> Option<T> {
        sent.filter(|_| !self.0.contains(&field))
    }
}

impl NewEvent {
    /// Returns the draft for the planner. If there is a mistake already, adds the mistakes of the
    /// draft. A date without a zone is in `zone`.
    pub(crate) fn draft(self, zone: &Zone, mistakes: &mut Mistakes) -> EventDraft {
        let unread = Unread::of(mistakes);
        let draft = EventDraft {
            title: self.title,
            description: self.description.unwrap_or_default(),
            image: self.image,
            image_rule: ImageRule::WebAddress,
            tags: self.tags.unwrap_or_default(),
            location: self.location,
            online_url: self.online_url,
            when: WhenFields {
                starts_at: unread.or(Field::StartsAt, self.starts_at),
                ends_at: unread.or(Field::EndsAt, self.ends_at),
                time_zone: unread.or(Field::TimeZone, self.time_zone),
                start_date: unread.or(Field::StartDate, self.start_date),
                end_date: unread.or(Field::EndDate, self.end_date),
            },
            capacity: self.capacity.map(|Capacity(places)| places),
            visibility: self.visibility,
        };
        add_others(mistakes, || draft.check(zone, &unread.0), field_errors);
        draft
    }
}

/// A change of an event: a JSON merge patch (RFC 7396). What is left out stays; `null` takes away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "title": "FastAPI book launch, second edition", "capacity": 60 }))]
pub(crate) struct EventPatch {
    /// Never `null`: an event always has a title.
    #[serde(default, deserialize_with = "present")]
    title: Option<String>,
    #[serde(default, deserialize_with = "present")]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    image: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    tags: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "present")]
    location: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    online_url: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    starts_at: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    ends_at: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    time_zone: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    start_date: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    end_date: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>)]
    capacity: Option<Option<Capacity>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<VisibilityName>)]
    visibility: Option<Option<String>>,
}

/// Deserializes a member that is present, so that `null` and an absent member differ.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    value: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

impl EventPatch {
    /// Returns the changes for the planner. If there is a mistake already, adds the mistakes that
    /// the changes would make in an event with the fields `seen`. A date without a zone is in
    /// `zone`.
    pub(crate) fn changes(
        self,
        seen: &EventFields,
        zone: &Zone,
        mistakes: &mut Mistakes,
    ) -> EventChanges {
        let unread = Unread::of(mistakes);
        let capacity = self.capacity;
        let changes = EventChanges {
            title: self.title,
            description: self.description.map(Option::unwrap_or_default),
            image: self.image,
            image_rule: ImageRule::WebAddress,
            tags: self.tags.map(Option::unwrap_or_default),
            location: self.location,
            online_url: self.online_url,
            when: WhenChanges {
                starts_at: unread.or(Field::StartsAt, self.starts_at),
                ends_at: unread.or(Field::EndsAt, self.ends_at),
                time_zone: unread.or(Field::TimeZone, self.time_zone),
                start_date: unread.or(Field::StartDate, self.start_date),
                end_date: unread.or(Field::EndDate, self.end_date),
            },
            capacity: capacity.map(|capacity| capacity.map(|Capacity(places)| places)),
            visibility: self.visibility,
        };
        add_others(
            mistakes,
            || changes.check(seen, zone, &unread.0),
            field_errors,
        );
        changes
    }
}
