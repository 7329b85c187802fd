//! Converts a row to an event and back, and states which part of a list is wanted.

use std::{error::Error, str::FromStr};

use guestlist::{Email, Timestamp, UserId, UserName};
use guestlist_postgres::tokio_postgres::{self, Row, types::ToSql};
use planner::{
    Creator, Event, EventFields, EventFilter, EventId, EventSort, Fingerprint, Moment, Position,
    ShownEvent, Version, When,
};
use uuid::Uuid;

use crate::planner_store::{time_bounds::TimeBounds, when_columns::WhenColumns};

pub(in crate::planner_store) type Param<'p> = &'p (dyn ToSql + Sync);

/// Why this version cannot read a row.
#[derive(Debug, thiserror::Error)]
pub(in crate::planner_store) enum Unreadable {
    #[error(transparent)]
    Column(#[from] tokio_postgres::Error),
    #[error("column {0} cannot be read: {1}")]
    Form(usize, Box<dyn Error + Send + Sync>),
}

/// Selects the columns that [`shown_event`] reads, in its order.
macro_rules! shown {
    () => {
        "SELECT e.id, e.creator, e.title, e.description, e.image, e.tags, e.location, e.online_url,
            e.starts_at, e.starts_wall, e.ends_at, e.ends_wall, e.time_zone, e.start_date,
            e.end_date, e.capacity, e.visibility, e.created_at, e.updated_at, e.version,
            u.email, u.email_as_given, e.sort_at, u.name, e.fingerprint,
            u.disabled_at IS NOT NULL AS is_disabled
        FROM events e
        CROSS JOIN LATERAL (
            SELECT email, email_as_given, name, disabled_at FROM users
            WHERE users.id = e.creator OFFSET 0
        ) AS u "
    };
}

pub(in crate::planner_store) use shown;

/// Reads the columns of `shown!`.
pub(in crate::planner_store) fn shown_event(row: &Row) -> Result<ShownEvent, Unreadable> {
    let fields = EventFields {
        title: row.try_get(2)?,
        description: row.try_get(3)?,
        image: row.try_get(4)?,
        tags: row.try_get(5)?,
        location: row.try_get(6)?,
        online_url: row.try_get(7)?,
        when: when(row)?,
        capacity: capacity(row)?,
        visibility: parsed(row, 16)?,
    };
    let event = Event {
        id: EventId::from(row.try_get::<_, Uuid>(0)?),
        creator: UserId::from(row.try_get::<_, Uuid>(1)?),
        fields,
        created_at: instant(row, 17)?,
        updated_at: instant(row, 18)?,
        version: Version(row.try_get(19)?),
        fingerprint: fingerprint(row)?,
    };
    let name: Option<String> = row.try_get(23)?;
    let creator = Creator {
        email: Email::from_stored(row.try_get(20)?, row.try_get(21)?),
        name: name.map(UserName::from_stored),
        is_disabled: row.try_get("is_disabled")?,
    };
    Ok(ShownEvent { event, creator })
}

/// Returns the position of a row in the order `sort`, even if the rest of the row is unreadable.
pub(in crate::planner_store) fn position(
    row: &Row,
    sort: EventSort,
) -> Result<Position, tokio_postgres::Error> {
    let key = match sort {
        EventSort::StartsAt | EventSort::StartsAtDesc => 22,
        EventSort::CreatedAt | EventSort::CreatedAtDesc => 17,
    };
    Ok(Position {
        key: row.try_get(key)?,
        id: EventId::from(row.try_get::<_, Uuid>(0)?),
    })
}

/// Whether the list continues after this row, which is the last row within that many bytes.
pub(in crate::planner_store) fn is_cut(
    row: &Row,
    bytes: u64,
) -> Result<bool, tokio_postgres::Error> {
    let so_far: i64 = row.try_get("so_far")?;
    Ok(u64::try_from(so_far).is_ok_and(|so_far| so_far > bytes))
}

fn when(row: &Row) -> Result<When, Unreadable> {
    if row.try_get::<_, Option<i64>>(8)?.is_some() {
        let moment = |at, wall| -> Result<Moment, Unreadable> {
            Ok(Moment {
                at: instant(row, at)?,
                wall: parsed(row, wall)?,
            })
        };
        let ends = row.try_get::<_, Option<i64>>(10)?.is_some();
        return Ok(When::At {
            starts: moment(8, 9)?,
            ends: ends.then(|| moment(10, 11)).transpose()?,
            time_zone: row.try_get(12)?,
        });
    }
    if row.try_get::<_, Option<&str>>(13)?.is_none() {
        return Ok(When::Undecided {
            time_zone: row.try_get(12)?,
        });
    }
    Ok(When::Dates {
        first: parsed(row, 13)?,
        last: parsed(row, 14)?,
        time_zone: row.try_get(12)?,
    })
}

fn instant(row: &Row, column: usize) -> Result<Timestamp, tokio_postgres::Error> {
    row.try_get(column).map(Timestamp::from_millis)
}

fn capacity(row: &Row) -> Result<Option<u32>, Unreadable> {
    let stored: Option<i64> = row.try_get(15)?;
    let capacity = stored.map(u32::try_from).transpose();
    capacity.map_err(|error| Unreadable::Form(15, error.into()))
}

fn fingerprint(row: &Row) -> Result<Option<Fingerprint>, Unreadable> {
    let stored: Option<&[u8]> = row.try_get(24)?;
    let bytes = stored.map(<[u8; 32]>::try_from).transpose();
    let bytes = bytes.map_err(|error| Unreadable::Form(24, error.into()))?;
    Ok(bytes.map(Fingerprint::from))
}

/// Parses a text column.
fn parsed<T>(row: &Row, column: usize) -> Result<T, Unreadable>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    let text: &str = row.try_get(column)?;
    text.parse()
        .map_err(|error: T::Err| Unreadable::Form(column, error.into()))
}

/// The values of an event's columns, in the order of the statements that write one.
pub(in crate::planner_store) struct Columns<'e> {
    event: &'e Event,
    id: Uuid,
    starts_at: Option<i64>,
    starts_wall: Option<String>,
    ends_at: Option<i64>,
    ends_wall: Option<String>,
    time_zone: Option<&'e str>,
    start_date: Option<String>,
    end_date: Option<String>,
    capacity: Option<i64>,
    visibility: &'static str,
    updated_at: i64,
    sort_at: i64,
    search_text: String,
    over_at: i64,
    creator: Uuid,
    created_at: i64,
    fingerprint: Option<&'e [u8]>,
}

impl<'e> Columns<'e> {
    pub(in crate::planner_store) fn of(event: &'e Event) -> Self {
        let when = WhenColumns::from(&event.fields.when);
        Self {
            event,
            id: event.id.as_uuid(),
            starts_at: when.starts_at.map(Timestamp::as_millis),
            starts_wall: when.starts_wall,
            ends_at: when.ends_at.map(Timestamp::as_millis),
            ends_wall: when.ends_wall,
            time_zone: event.fields.when.time_zone(),
            start_date: when.start_date,
            end_date: when.end_date,
            capacity: event.fields.capacity.map(i64::from),
            visibility: event.fields.visibility.as_str(),
            updated_at: event.updated_at.as_millis(),
            sort_at: event.sort_at(),
            search_text: event.search_text(),
            over_at: event.over_at(),
            creator: event.creator.as_uuid(),
            created_at: event.created_at.as_millis(),
            fingerprint: event
                .fingerprint
                .as_ref()
                .map(|of| of.as_bytes().as_slice()),
        }
    }

    /// The columns that an update may change, after the id.
    fn changing(&self) -> [Param<'_>; 21] {
        let fields = &self.event.fields;
        [
            &self.id,
            &fields.title,
            &fields.description,
            &fields.image,
            &fields.tags,
            &fields.location,
            &fields.online_url,
            &self.starts_at,
            &self.starts_wall,
            &self.ends_at,
            &self.ends_wall,
            &self.time_zone,
            &self.start_date,
            &self.end_date,
            &self.capacity,
            &self.visibility,
            &self.updated_at,
            &self.event.version.0,
            &self.sort_at,
            &self.search_text,
            &self.over_at,
        ]
    }

    pub(in crate::planner_store) fn all(&self) -> Vec<Param<'_>> {
        let constant: [Param<'_>; 3] = [&self.creator, &self.created_at, &self.fingerprint];
        [self.changing().as_slice(), &constant].concat()
    }

    pub(in crate::planner_store) fn of_an_update<'p>(
        &'p self,
        expected: &'p i64,
    ) -> Vec<Param<'p>> {
        let expected: Param<'p> = expected;
        [self.changing().as_slice(), &[expected]].concat()
    }
}

/// The part of a list that is wanted, as parameters of a statement.
pub(in crate::planner_store) struct Window<'f> {
    key: i64,
    id: Uuid,
    creator: Option<Uuid>,
    q: Option<&'f str>,
    tags: &'f [String],
    times: TimeBounds,
    limit: i64,
    bytes: i64,
}

impl<'f> Window<'f> {
    pub(in crate::planner_store) fn of(
        filter: &'f EventFilter,
        after: Option<&Position>,
        limit: u32,
        bytes: u64,
    ) -> Self {
        let descending = filter.sort.is_descending();
        // A list begins before every possible key, a descending list after every possible key.
        let (key, id) = match after {
            Some(position) => (position.key, position.id.as_uuid()),
            None if descending => (i64::MAX, Uuid::max()),
            None => (i64::MIN, Uuid::nil()),
        };
        Self {
            key,
            id,
            creator: filter.creator.map(|creator| creator.as_uuid()),
            q: filter.q(),
            tags: filter.tags(),
            times: TimeBounds::from(filter),
            limit: limit.into(),
            bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
        }
    }

    pub(in crate::planner_store) fn params(&self) -> [Param<'_>; 12] {
        [
            &self.key,
            &self.id,
            &self.creator,
            &self.q,
            &self.tags,
            &self.times.starts_after,
            &self.times.undecided,
            &self.times.starts_before,
            &self.times.over_after,
            &self.times.over_by,
            &self.limit,
            &self.bytes,
        ]
    }
}
