//! Sessions, where it takes more than a statement and its parameters.

use guestlist::{Rotation, Session, SessionId, SessionRotation, Timestamp, TokenHash, User};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    row::{self, Id, Instant},
    sql,
};

/// How many rows one of the statements that insert a session has written: none, if the user is gone.
pub(crate) fn insert(
    connection: &Connection,
    sql: &'static str,
    session: &Session,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(sql)?.execute(params![
        Id(session.id.as_uuid()),
        Id(session.user_id.as_uuid()),
        session.epoch.0,
        session.secret_hash.as_ref().map(TokenHash::as_stored),
        session.secret_expires_at.map(Instant),
        session.refresh_hash.as_ref().map(TokenHash::as_stored),
        session.generation,
        session.refreshed_at.map(Instant),
        session.salt.as_stored(),
        session.scope.as_str(),
        Instant(session.created_at),
        Instant(session.last_seen_at),
        Instant(session.proven_at),
        Instant(session.expires_at),
        i64::try_from(session.idle_for.as_millis()).unwrap_or(i64::MAX),
        session.how.as_str(),
        session.client.device,
        session.client.address.map(|address| address.to_string()),
        session.refreshed_by.device,
        session
            .refreshed_by
            .address
            .map(|address| address.to_string()),
        session.retries,
    ])
}

/// Ends sessions of the new one's user until no more than `quota` are left, and returns which.
pub(crate) fn end_over_quota(
    connection: &Connection,
    new: &Session,
    quota: u32,
) -> rusqlite::Result<Vec<SessionId>> {
    let (user, window) = (Id(new.user_id.as_uuid()), i64::from(quota) * 2);
    // With the new one among them.
    let mut count = connection.prepare_cached(sql::COUNT_SESSIONS_OF)?;
    let counted: i64 = count.query_row((user, window + 1), |row| row.get(0))?;
    let too_many = counted - i64::from(quota);
    if too_many <= 0 {
        return Ok(vec![]);
    }
    let mut end = connection.prepare_cached(sql::END_SESSIONS_OVER_QUOTA)?;
    let params = params![
        user,
        Id(new.id.as_uuid()),
        new.epoch.0,
        Instant(new.created_at),
        window,
        too_many,
    ];
    let ended = end.query_map(params, |row| Ok(SessionId::from(row.get::<_, Id>(0)?.0)))?;
    ended.collect()
}

pub(crate) fn find(
    connection: &Connection,
    id: SessionId,
) -> rusqlite::Result<Option<(Session, User)>> {
    let mut statement = connection.prepare_cached(sql::FIND_SESSION)?;
    let params = (Id(id.as_uuid()),);
    statement
        .query_row(params, row::session_and_user)
        .optional()
}

/// Looks at what stands where it was not the expected generation.
pub(crate) fn rotate(
    connection: &Connection,
    id: SessionId,
    expected_generation: u32,
    successor: &Rotation,
    now: Timestamp,
) -> rusqlite::Result<SessionRotation> {
    let rotated = connection.prepare_cached(sql::ROTATE_SESSION)?.execute((
        Id(id.as_uuid()),
        expected_generation,
        successor.refresh_hash.as_stored(),
        successor.secret_hash.as_ref().map(TokenHash::as_stored),
        successor.secret_expires_at.map(Instant),
        Instant(now),
        &successor.client.device,
        successor.client.address.map(|address| address.to_string()),
    ))?;
    if rotated > 0 {
        return Ok(SessionRotation::Rotated);
    }
    let stands = find(connection, id)?.map(Box::new);
    Ok(stands.map_or(SessionRotation::Gone, SessionRotation::SomebodyWasFaster))
}
