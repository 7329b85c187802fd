//! Converts a row to an event and back, and states which part of a list is wanted.

use guestlist::{Email, UserId, UserName};
use guestlist_sqlite::{
    Id, Instant,
    rusqlite::{self, Row, Statement, ToSql, types::Type},
};
use planner::{
    Creator, Event, EventFields, EventFilter, EventId, Fingerprint, Moment, Position, ShownEvent,
    Version, When,
};

use crate::planner_store::{time_bounds::TimeBounds, when_columns::WhenColumns};

/// Selects the columns that [`shown_event`] reads, in its order.
macro_rules! shown {
    () => {
        "SELECT e.id, e.creator, e.title, e.description, e.image, e.tags, e.location, e.online_url,
            e.starts_at, e.starts_wall, e.ends_at, e.ends_wall, e.time_zone, e.start_date,
            e.end_date, e.capacity, e.visibility, e.created_at, e.updated_at, e.version,
            u.email, u.email_as_given, u.name, e.fingerprint, u.disabled_at IS NOT NULL
        FROM {events} e CROSS JOIN {users} u ON u.id = e.creator "
    };
}

pub(in crate::planner_store) use shown;

/// Reads the columns of `shown!`.
pub(in crate::planner_store) fn shown_event(row: &Row<'_>) -> rusqlite::Result<ShownEvent> {
    let fields = EventFields {
        title: row.get(2)?,
        description: row.get(3)?,
        image: row.get(4)?,
        tags: json(row, 5)?,
        location: row.get(6)?,
        online_url: row.get(7)?,
        when: when(row)?,
        capacity: row.get(15)?,
        visibility: parsed(row, 16)?,
    };
    let event = Event {
        id: EventId::from(row.get::<_, Id>(0)?.0),
        creator: UserId::from(row.get::<_, Id>(1)?.0),
        fields,
        created_at: row.get::<_, Instant>(17)?.0,
        updated_at: row.get::<_, Instant>(18)?.0,
        version: Version(row.get(19)?),
        fingerprint: row.get::<_, Option<[u8; 32]>>(23)?.map(Fingerprint::from),
    };
    let name: Option<String> = row.get(22)?;
    let creator = Creator {
        email: Email::from_stored(row.get(20)?, row.get(21)?),
        name: name.map(UserName::from_stored),
        is_disabled: row.get(24)?,
    };
    Ok(ShownEvent { event, creator })
}

fn when(row: &Row<'_>) -> rusqlite::Result<When> {
    if let Some(starts_at) = row.get::<_, Option<Instant>>(8)? {
        let ends_at = row.get::<_, Option<Instant>>(10)?;
        let moment = |at: Instant, wall| -> rusqlite::Result<Moment> {
            Ok(Moment {
                at: at.0,
                wall: parsed(row, wall)?,
            })
        };
        return Ok(When::At {
            starts: moment(starts_at, 9)?,
            ends: ends_at.map(|at| moment(at, 11)).transpose()?,
            time_zone: row.get(12)?,
        });
    }
    if row.get_ref(13)?.data_type() == Type::Null {
        return Ok(When::Undecided {
            time_zone: row.get(12)?,
        });
    }
    Ok(When::Dates {
        first: parsed(row, 13)?,
        last: parsed(row, 14)?,
        time_zone: row.get(12)?,
    })
}

/// Parses a text column.
fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text = row
        .get_ref(column)?
        .as_str()
        .map_err(|error| unreadable(column, error))?;
    text.parse().map_err(|error| unreadable(column, error))
}

fn json(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<String>> {
    let text = row
        .get_ref(column)?
        .as_str()
        .map_err(|error| unreadable(column, error))?;
    serde_json::from_str(text).map_err(|error| unreadable(column, error))
}

fn unreadable(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

/// Binds every column of an event that the statement names.
pub(in crate::planner_store) fn bind_event(
    statement: &mut Statement<'_>,
    event: &Event,
) -> rusqlite::Result<()> {
    let fields = &event.fields;
    let when = WhenColumns::from(&fields.when);
    let fingerprint = event
        .fingerprint
        .as_ref()
        .map(|of| of.as_bytes().as_slice());
    let columns: [(&str, &dyn ToSql); 24] = [
        (":id", &Id(event.id.as_uuid())),
        (":creator", &Id(event.creator.as_uuid())),
        (":title", &fields.title),
        (":description", &fields.description),
        (":image", &fields.image),
        (":tags", &spelled(&fields.tags)),
        (":location", &fields.location),
        (":online_url", &fields.online_url),
        (":starts_at", &when.starts_at.map(Instant)),
        (":starts_wall", &when.starts_wall),
        (":ends_at", &when.ends_at.map(Instant)),
        (":ends_wall", &when.ends_wall),
        (":time_zone", &fields.when.time_zone()),
        (":start_date", &when.start_date),
        (":end_date", &when.end_date),
        (":capacity", &fields.capacity),
        (":visibility", &fields.visibility.as_str()),
        (":created_at", &Instant(event.created_at)),
        (":updated_at", &Instant(event.updated_at)),
        (":version", &event.version.0),
        (":sort_at", &event.sort_at()),
        (":over_at", &event.over_at()),
        (":search_text", &event.search_text()),
        (":fingerprint", &fingerprint),
    ];
    for (name, value) in columns {
        if let Some(index) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(index, value)?;
        }
    }
    Ok(())
}

/// Converts tags to a JSON array, which SQLite can search.
fn spelled(tags: &[String]) -> String {
    serde_json::to_string(tags).unwrap_or_else(|_| "[]".to_owned())
}

/// The part of a list that is wanted, as parameters of a statement.
pub(in crate::planner_store) struct Window {
    key: i64,
    id: Vec<u8>,
    q: Option<String>,
    tags: String,
    times: TimeBounds,
    creator: Option<Id>,
}

impl Window {
    pub(in crate::planner_store) fn of(filter: &EventFilter, after: Option<&Position>) -> Self {
        let descending = filter.sort.is_descending();
        // A list begins before every possible key, a descending list after every possible key.
        let (key, id) = match after {
            Some(position) => (position.key, position.id.as_uuid().as_bytes().to_vec()),
            None if descending => (i64::MAX, vec![u8::MAX; 17]),
            None => (i64::MIN, Vec::new()),
        };
        Self {
            key,
            id,
            q: filter.q().map(str::to_owned),
            tags: spelled(filter.tags()),
            times: TimeBounds::from(filter),
            creator: filter.creator.map(|creator| Id(creator.as_uuid())),
        }
    }

    pub(in crate::planner_store) fn params(&self) -> [(&str, &dyn ToSql); 10] {
        [
            (":key", &self.key),
            (":id", &self.id),
            (":q", &self.q),
            (":tags", &self.tags),
            (":starts_after", &self.times.starts_after),
            (":starts_before", &self.times.starts_before),
            (":undecided", &self.times.undecided),
            (":over_after", &self.times.over_after),
            (":over_by", &self.times.over_by),
            (":creator", &self.creator),
        ]
    }
}
