//! The JSON of an event, and its entity tag. The API and the export of a user's data share it.

use axum::http::HeaderValue;
use planner::{Event, ShownEvent, Version, When};
use serde::Serialize;
use utoipa::ToSchema;

/// An event as the API shows it.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventBody {
    /// Never changes.
    #[schema(format = Uuid)]
    id: String,
    /// The id of the user who created it.
    #[schema(format = Uuid)]
    creator: String,
    /// The name of that user, or `a member` if the user has no name.
    #[schema(example = "Ada Lovelace")]
    creator_name: String,
    title: String,
    description: String,
    /// A URL. It is never fetched by the server.
    image: Option<String>,
    tags: Vec<String>,
    location: Option<String>,
    online_url: Option<String>,
    /// RFC 3339, with the offset of the event's time zone.
    #[schema(format = DateTime)]
    starts_at: Option<String>,
    /// RFC 3339, with the offset of the event's time zone.
    #[schema(format = DateTime)]
    ends_at: Option<String>,
    /// An IANA time zone name. The times are in this zone; an event of whole days ends at its
    /// midnight.
    #[schema(example = "Europe/Paris")]
    time_zone: Option<String>,
    /// The first day of an event that lasts all day.
    #[schema(format = Date)]
    start_date: Option<String>,
    /// The last day of an event that lasts all day, inclusive.
    #[schema(format = Date)]
    end_date: Option<String>,
    capacity: Option<u32>,
    /// `public` or `unlisted`.
    visibility: &'static str,
    /// RFC 3339, in UTC.
    #[schema(format = DateTime)]
    created_at: String,
    /// RFC 3339, in UTC.
    #[schema(format = DateTime)]
    updated_at: String,
    /// For `If-Match`.
    #[schema(example = "\"v1\"")]
    etag: String,
}

impl From<ShownEvent> for EventBody {
    fn from(shown: ShownEvent) -> Self {
        Self::new(shown.event, shown.creator.shown_name())
    }
}

impl EventBody {
    /// Builds the body. `creator_name` is the name that other users see.
    pub(crate) fn new(event: Event, creator_name: &str) -> Self {
        let fields = event.fields;
        let mut when = fields.when.to_fields();
        if let When::Dates { last, .. } = &fields.when {
            when.end_date = Some(last.to_string());
        }
        Self {
            id: event.id.to_string(),
            creator: event.creator.to_string(),
            creator_name: creator_name.to_owned(),
            title: fields.title,
            description: fields.description,
            image: fields.image,
            tags: fields.tags,
            location: fields.location,
            online_url: fields.online_url,
            starts_at: when.starts_at,
            ends_at: when.ends_at,
            time_zone: when.time_zone,
            start_date: when.start_date,
            end_date: when.end_date,
            capacity: fields.capacity,
            visibility: fields.visibility.as_str(),
            created_at: event.created_at.to_string(),
            updated_at: event.updated_at.to_string(),
            etag: etag(event.version),
        }
    }
}

/// Returns the strong entity tag of a version (RFC 9110, section 8.8.3).
pub(crate) fn etag(version: Version) -> String {
    format!("\"v{}\"", version.0)
}

/// Returns the entity tag of a version as a header value.
pub(crate) fn etag_header(version: Version) -> HeaderValue {
    HeaderValue::from_str(&etag(version)).unwrap_or(HeaderValue::from_static("\"\""))
}
