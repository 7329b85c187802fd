//! Converts a document to an event and back. Times are milliseconds since 1970, days are texts, a
//! missing value is null.

use std::{fmt::Display, str::FromStr};

use guestlist::{Email, StoreError, Timestamp, UserName};
use guestlist_mongodb::mongodb::bson::{Document, doc, serialize_to_document};
use planner::{
    Creator, Event, EventFields, Fingerprint, Moment, ShownEvent, Version, When, spelled_once_each,
};
use serde::{Deserialize, Serialize};

use crate::planner_store::when_columns::WhenColumns;

/// An event: `db.events.find({})`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(in crate::planner_store) struct EventDocument {
    #[serde(rename = "_id")]
    id: String,
    title: String,
    image: Option<String>,
    description: String,
    tags: Vec<String>,
    location: Option<String>,
    /// The user's id.
    creator: String,
    online_url: Option<String>,
    starts_at: Option<i64>,
    starts_wall: Option<String>,
    ends_at: Option<i64>,
    ends_wall: Option<String>,
    time_zone: Option<String>,
    start_date: Option<String>,
    end_date: Option<String>,
    capacity: Option<i64>,
    visibility: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
    /// Computed from the other fields by the planner's rules.
    sort_at: i64,
    /// Missing in documents of an early version until they are renewed.
    #[serde(default)]
    over_at: Option<i64>,
    search_text: String,
    /// In hexadecimal digits; missing in documents of an earlier version.
    #[serde(default)]
    fingerprint: Option<String>,
    /// The creator's document, if it was read together with the event. Never stored here.
    #[serde(default, skip_serializing)]
    owner: Option<Owner>,
}

/// The fields of the creator that are shown, or that hide the event.
#[derive(Clone, Debug, Deserialize)]
struct Owner {
    email: String,
    email_as_given: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    disabled_at: Option<i64>,
}

impl From<&Event> for EventDocument {
    fn from(event: &Event) -> Self {
        let fields = &event.fields;
        let when = WhenColumns::from(&fields.when);
        Self {
            id: event.id.to_string(),
            title: fields.title.clone(),
            image: fields.image.clone(),
            description: fields.description.clone(),
            tags: fields.tags.clone(),
            location: fields.location.clone(),
            creator: event.creator.to_string(),
            online_url: fields.online_url.clone(),
            starts_at: when.starts_at.map(Timestamp::as_millis),
            starts_wall: when.starts_wall,
            ends_at: when.ends_at.map(Timestamp::as_millis),
            ends_wall: when.ends_wall,
            time_zone: fields.when.time_zone().map(str::to_owned),
            start_date: when.start_date,
            end_date: when.end_date,
            capacity: fields.capacity.map(i64::from),
            visibility: fields.visibility.as_str().to_owned(),
            created_at: event.created_at.as_millis(),
            updated_at: event.updated_at.as_millis(),
            version: event.version.0,
            sort_at: event.sort_at(),
            over_at: Some(event.over_at()),
            search_text: event.search_text(),
            fingerprint: event.fingerprint.as_ref().map(spelled),
            owner: None,
        }
    }
}

impl EventDocument {
    /// Returns a change that brings the document up to the planner's current rules, if it needs
    /// one. The filter matches the document only as it was read.
    pub(in crate::planner_store) fn renewal(
        &self,
    ) -> Result<Option<(Document, Document)>, StoreError> {
        let (over_at, tags) = (self.when()?.over_at(), spelled_once_each(self.tags.clone()));
        if self.over_at == Some(over_at) && self.tags == tags {
            return Ok(None);
        }
        let as_read = doc! { "_id": &self.id, "version": self.version };
        Ok(Some((
            as_read,
            doc! { "$set": { "over_at": over_at, "tags": tags } },
        )))
    }

    fn when(&self) -> Result<When, StoreError> {
        if let Some(starts) = moment(self.starts_at, self.starts_wall.as_deref())? {
            return Ok(When::At {
                starts,
                ends: moment(self.ends_at, self.ends_wall.as_deref())?,
                time_zone: self.time_zone.clone().unwrap_or_default(),
            });
        }
        Ok(match (&self.start_date, &self.end_date) {
            (Some(first), Some(last)) => When::Dates {
                first: parsed(first)?,
                last: parsed(last)?,
                time_zone: self.time_zone.clone(),
            },
            _ => When::Undecided {
                time_zone: self.time_zone.clone(),
            },
        })
    }
}

fn moment(at: Option<i64>, wall: Option<&str>) -> Result<Option<Moment>, StoreError> {
    let moment = at.zip(wall).map(|(at, wall)| {
        Ok(Moment {
            at: Timestamp::from_millis(at),
            wall: parsed(wall)?,
        })
    });
    moment.transpose()
}

impl TryFrom<EventDocument> for ShownEvent {
    type Error = StoreError;

    fn try_from(stored: EventDocument) -> Result<Self, StoreError> {
        let event = Event {
            id: parsed(&stored.id)?,
            creator: parsed(&stored.creator)?,
            created_at: Timestamp::from_millis(stored.created_at),
            updated_at: Timestamp::from_millis(stored.updated_at),
            version: Version(stored.version),
            fingerprint: stored.fingerprint.as_deref().map(fingerprint).transpose()?,
            fields: EventFields {
                when: stored.when()?,
                title: stored.title,
                description: stored.description,
                image: stored.image,
                tags: stored.tags,
                location: stored.location,
                online_url: stored.online_url,
                capacity: stored
                    .capacity
                    .map(u32::try_from)
                    .transpose()
                    .map_err(unreadable)?,
                visibility: parsed(&stored.visibility)?,
            },
        };
        let owner = stored
            .owner
            .ok_or_else(|| unreadable("its creator was not looked up"))?;
        Ok(Self {
            event,
            creator: Creator {
                email: Email::from_stored(owner.email, owner.email_as_given),
                name: owner.name.map(UserName::from_stored),
                is_disabled: owner.disabled_at.is_some(),
            },
        })
    }
}

/// Returns the change of an update. The creator and the time of creation stay.
pub(super) fn change(event: &Event) -> Result<Document, StoreError> {
    let document = serialize_to_document(&EventDocument::from(event));
    let mut says = document.map_err(StoreError::failed)?;
    for stays in ["_id", "creator", "created_at", "fingerprint"] {
        says.remove(stays);
    }
    Ok(doc! { "$set": says })
}

fn spelled(fingerprint: &Fingerprint) -> String {
    let digits = fingerprint.as_bytes().iter();
    digits.map(|byte| format!("{byte:02x}")).collect()
}

fn fingerprint(text: &str) -> Result<Fingerprint, StoreError> {
    let digits = text.as_bytes().chunks(2).map(|digits| {
        let digits = std::str::from_utf8(digits).map_err(unreadable)?;
        u8::from_str_radix(digits, 16).map_err(unreadable)
    });
    let bytes: Vec<u8> = digits.collect::<Result<_, _>>()?;
    let bytes = <[u8; 32]>::try_from(bytes);
    let bytes = bytes.map_err(|_| unreadable("its fingerprint has another length"))?;
    Ok(bytes.into())
}

fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(unreadable)
}

fn unreadable(why: impl Display) -> StoreError {
    StoreError::failed(format!("an event cannot be read: {why}"))
}
