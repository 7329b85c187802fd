//! The record of an event.

mod id;

mod creator;
mod field;
mod fields;
mod visibility;
mod when;

mod changes;
mod draft;
mod empty_text;
mod filter;
mod filter_problem;
mod link;
mod problem;
mod search;
mod tags;

use guestlist::{Timestamp, UserId};

use crate::Fingerprint;

pub use changes::{EventChanges, WhenChanges};
pub use creator::{Creator, shown_name};
pub use draft::EventDraft;
pub use field::Field;
pub use fields::EventFields;
pub use filter::{EventFilter, EventSearch, EventSort, Position};
pub use filter_problem::{FilterProblem, InvalidFilter};
pub use id::EventId;
pub use link::ImageRule;
pub use problem::{FieldProblem, InvalidEvent, ProblemCode};
pub use search::fold_for_search;
pub use tags::{spelled_once, spelled_once_each};
pub use visibility::{UnknownVisibility, Visibility};
pub use when::{LocalTime, Moment, When, WhenFields, Zone};

/// Separates the fields in [`Event::search_text`]. No field may contain it.
const FIELD_SEPARATOR: &str = "\u{1f}";

/// An event.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Event {
    /// The id. It never changes and is never reused.
    pub id: EventId,
    /// The user who created the event; see [`may_be_changed_by`](Self::may_be_changed_by).
    pub creator: UserId,
    /// The values that the creator gave.
    pub fields: EventFields,
    /// When the event was created; never changes.
    pub created_at: Timestamp,
    /// When the event was last changed, or created.
    pub updated_at: Timestamp,
    /// See [`Version`].
    pub version: Version,
    /// The fingerprint of the request that created the event, if it had a key; never changes.
    pub fingerprint: Option<Fingerprint>,
}

impl Event {
    /// Whether that user may change and delete the event: only its creator may.
    pub fn may_be_changed_by(&self, user: UserId) -> bool {
        self.creator == user
    }

    /// Returns the sort key, in milliseconds: [`When::sort_at`].
    pub fn sort_at(&self) -> i64 {
        self.fields.when.sort_at()
    }

    /// Returns when the event is over, in milliseconds: [`When::over_at`].
    pub fn over_at(&self) -> i64 {
        self.fields.when.over_at()
    }

    /// How often the event was changed since it was created.
    pub fn changes(&self) -> i64 {
        let created = self.created_at.as_millis();
        // Versions of events that were created with a key start at their time, those of earlier
        // events at 1.
        let first = if self.fingerprint.is_some() && self.version.0 >= created {
            created
        } else {
            Version::FIRST.0
        };
        self.version.0.saturating_sub(first)
    }

    /// Returns the size of the event for list limits, in bytes: its texts, and 256 for the rest.
    pub fn bytes(&self) -> usize {
        let fields = &self.fields;
        let texts = [&fields.image, &fields.location, &fields.online_url];
        let texts = texts.into_iter().flatten().chain(&fields.tags);
        let texts = texts.chain([&fields.title, &fields.description]);
        256 + texts.map(String::len).sum::<usize>()
    }

    /// Returns the text in which a store searches [`EventFilter::q`](crate::EventFilter::q) as a plain substring: title,
    /// description and location, each folded by [`fold_for_search`]. U+001F separates them, so that
    /// no match spans two fields.
    pub fn search_text(&self) -> String {
        let fields = &self.fields;
        let location = fields.location.as_deref().unwrap_or_default();
        [&fields.title, &fields.description, location]
            .map(fold_for_search)
            .join(FIELD_SEPARATOR)
    }
}

/// An event as a store returns it.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownEvent {
    /// The event itself.
    pub event: Event,
    /// The user who created it.
    pub creator: Creator,
}

/// Counts the changes of an event. A change names the version that its author saw, so of two
/// changes of the same version one is refused. Two events of one id, of which one was deleted, have
/// no version in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub i64);

impl Version {
    /// The version of a new event, unless it was created by
    /// [`Planner::create_event_once`](crate::Planner::create_event_once).
    pub const FIRST: Self = Self(1);

    /// Returns the next version.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
