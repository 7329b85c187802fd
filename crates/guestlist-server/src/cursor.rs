//! Where a list of events goes on, as text. The API and the pages use the same form.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use planner::{EventId, EventSort, Position};
use uuid::Uuid;

/// Encodes where a page goes on: the order, and the last event's place in it.
pub(crate) fn cursor(position: &Position, sort: EventSort) -> String {
    let mut bytes = vec![order(sort)];
    bytes.extend(position.key.to_be_bytes());
    bytes.extend(position.id.as_uuid().as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a cursor of a list in that order.
pub(crate) fn read_cursor(cursor: &str, sort: EventSort) -> Option<Position> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (order_of_it, rest) = bytes.split_first()?;
    let (key, id) = rest.split_first_chunk::<8>()?;
    let id = Uuid::from_slice(id).ok()?;
    (*order_of_it == order(sort)).then(|| Position {
        key: i64::from_be_bytes(*key),
        id: EventId::from(id),
    })
}

fn order(sort: EventSort) -> u8 {
    match sort {
        EventSort::StartsAt => 1,
        EventSort::CreatedAtDesc => 2,
        EventSort::CreatedAt => 3,
        EventSort::StartsAtDesc => 4,
    }
}
