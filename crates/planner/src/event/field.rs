//! The fields of an event that a user fills in, by name.

use std::fmt;

/// A field of an event, in the order in which problems are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// See [`EventFields::title`](crate::EventFields::title).
    Title,
    /// See [`EventFields::description`](crate::EventFields::description).
    Description,
    /// See [`EventFields::image`](crate::EventFields::image).
    Image,
    /// All tags together; see [`EventFields::tags`](crate::EventFields::tags).
    Tags,
    /// The tag at that place of the draft's list, counted from 0.
    Tag(usize),
    /// See [`EventFields::location`](crate::EventFields::location).
    Location,
    /// See [`EventFields::online_url`](crate::EventFields::online_url).
    OnlineUrl,
    /// See [`WhenFields::starts_at`](crate::WhenFields::starts_at).
    StartsAt,
    /// See [`WhenFields::ends_at`](crate::WhenFields::ends_at).
    EndsAt,
    /// See [`WhenFields::time_zone`](crate::WhenFields::time_zone).
    TimeZone,
    /// See [`WhenFields::start_date`](crate::WhenFields::start_date).
    StartDate,
    /// See [`WhenFields::end_date`](crate::WhenFields::end_date).
    EndDate,
    /// See [`EventFields::capacity`](crate::EventFields::capacity).
    Capacity,
    /// See [`EventFields::visibility`](crate::EventFields::visibility).
    Visibility,
}

/// Writes the name, such as `title` or `tags/3`.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Title => "title",
            Self::Description => "description",
            Self::Image => "image",
            Self::Tags => "tags",
            Self::Tag(place) => return write!(f, "tags/{place}"),
            Self::Location => "location",
            Self::OnlineUrl => "online_url",
            Self::StartsAt => "starts_at",
            Self::EndsAt => "ends_at",
            Self::TimeZone => "time_zone",
            Self::StartDate => "start_date",
            Self::EndDate => "end_date",
            Self::Capacity => "capacity",
            Self::Visibility => "visibility",
        })
    }
}
