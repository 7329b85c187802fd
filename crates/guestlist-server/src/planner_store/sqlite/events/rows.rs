//! Converts a row to an event and back, and states which part of a list is wanted.

use guestlist::{Email, Timestamp, UserId, UserName};
use guestlist_sqlite::{
    Id, Instant,
    rusqlite::{self, Row, Statement, ToSql, types::Type},
};
use planner::{
    Creator, Event, EventFields, EventFilter, EventId, Fingerprint, Moment, Position, ShownEvent,
    Version, When,
};

/// Reads the columns of a statement that shows events.
pub(in super::super) fn shown_event(row: &Row<'_>) -> rusqlite::Result<ShownEvent> {
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
pub(in super::super) fn bind_event(
    statement: &mut Statement<'_>,
    event: &Event,
) -> rusqlite::Result<()> {
    let fields = &event.fields;
    let (mut starts, mut ends, mut dates) = (None, None, None);
    match &fields.when {
        When::At {
            starts: start,
            ends: end,
            ..
        } => (starts, ends) = (Some(start), end.as_ref()),
        When::Dates { first, last, .. } => dates = Some((first.to_string(), last.to_string())),
        When::Undecided { .. } => {}
    }
    let wall = |moment: Option<&Moment>| moment.map(|moment| moment.wall.to_string());
    let at = |moment: Option<&Moment>| moment.map(|moment| Instant(moment.at));
    let (first, last) = dates.unzip();
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
        (":starts_at", &at(starts)),
        (":starts_wall", &wall(starts)),
        (":ends_at", &at(ends)),
        (":ends_wall", &wall(ends)),
        (":time_zone", &fields.when.time_zone()),
        (":start_date", &first),
        (":end_date", &last),
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
pub(in super::super) struct Window {
    key: i64,
    id: Vec<u8>,
    q: Option<String>,
    tags: String,
    starts_after: i64,
    starts_before: i64,
    undecided: bool,
    over_after: i64,
    over_by: i64,
    creator: Option<Id>,
}

impl Window {
    pub(in super::super) fn of(filter: &EventFilter, after: Option<&Position>) -> Self {
        let descending = filter.sort.is_descending();
        // A list begins before every possible key, a descending list after every possible key.
        let (key, id) = match after {
            Some(position) => (position.key, position.id.as_uuid().as_bytes().to_vec()),
            None if descending => (i64::MAX, vec![u8::MAX; 17]),
            None => (i64::MIN, Vec::new()),
        };
        let (after, before) = (filter.sorts_after(), filter.starts_before);
        let decided = after.is_some() || before.is_some();
        Self {
            key,
            id,
            q: filter.q.clone(),
            tags: spelled(&filter.tags),
            starts_after: after.unwrap_or(i64::MIN),
            starts_before: before.map_or(i64::MAX, Timestamp::as_millis),
            undecided: !decided,
            over_after: filter.over_after.map_or(i64::MIN, Timestamp::as_millis),
            over_by: filter.over_by.map_or(i64::MAX, Timestamp::as_millis),
            creator: filter.creator.map(|creator| Id(creator.as_uuid())),
        }
    }

    pub(in super::super) fn params(&self) -> [(&str, &dyn ToSql); 10] {
        [
            (":key", &self.key),
            (":id", &self.id),
            (":q", &self.q),
            (":tags", &self.tags),
            (":starts_after", &self.starts_after),
            (":starts_before", &self.starts_before),
            (":undecided", &self.undecided),
            (":over_after", &self.over_after),
            (":over_by", &self.over_by),
            (":creator", &self.creator),
        ]
    }
}
