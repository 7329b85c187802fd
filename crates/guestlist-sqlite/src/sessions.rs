//! Sessions: statements, rows and operations.

use std::time::Duration;

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, Ended, Epoch, Reauthentication, Rotation, Salt, SecretExchange, Session, SessionId,
    SessionInsertion, SessionRotation, SessionStore, StoreError, Timestamp, TokenHash, User,
    UserId,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    SqliteStore,
    statements::statements,
    store::ended,
    users::{columns::user_columns, user},
    values::{self, Id, Instant, client, optional_hash, optional_instant, word},
};

/// The columns that [`session`] reads.
macro_rules! session_columns {
    () => {
        "s.id, s.user_id, s.epoch, s.secret_hash, s.secret_expires_at, s.refresh_hash, \
         s.generation, s.refreshed_at, s.salt, s.scope, s.created_at, s.last_seen_at, \
         s.proven_at, s.expires_at, s.idle_for, s.how, s.device, s.address, s.refreshed_device, \
         s.refreshed_address, s.retries"
    };
}

macro_rules! insert_session {
    ($insert:literal) => {
        concat!(
            $insert,
            " INTO {sessions} (id, user_id, epoch, secret_hash, secret_expires_at, refresh_hash,
                 generation, refreshed_at, salt, scope, created_at, last_seen_at, proven_at,
                 expires_at, idle_for, how, device, address, refreshed_device, refreshed_address,
                 retries)
             SELECT ?1, u.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
                 ?19, ?20, ?21
             FROM {users} u WHERE u.id = ?2"
        )
    };
}

statements! {
    /// The statements on sessions.
    SessionStatements {
        insert_session = insert_session!("INSERT");

        /// Counts no more than (2).
        count_sessions_of = "
            SELECT count(*) FROM (SELECT 1 FROM {sessions} WHERE user_id = ?1 LIMIT ?2)";

        /// Ends (6) of the oldest (5) other sessions of a user, in the order in which surplus
        /// sessions end. The epoch (3) and the time (4) are those of the new session (2).
        end_sessions_over_quota = "
            DELETE FROM {sessions} WHERE id IN (
                SELECT id FROM (
                    SELECT id, epoch, expires_at, idle_for, last_seen_at FROM {sessions}
                    WHERE user_id = ?1 AND id <> ?2 ORDER BY id LIMIT ?5)
                ORDER BY epoch >= ?3 AND expires_at > ?4 AND idle_for > ?4 - last_seen_at, last_seen_at, id
                LIMIT ?6)
            RETURNING id";

        find_session = concat!(
            "SELECT ",
            session_columns!(),
            ", ",
            user_columns!(),
            " FROM {sessions} s JOIN {users} u ON u.id = s.user_id WHERE s.id = ?1"
        );

        list_sessions = concat!(
            "SELECT ",
            session_columns!(),
            " FROM {sessions} s WHERE s.user_id = ?1 AND s.id > coalesce(?2, x'') ORDER BY s.id LIMIT ?3"
        );

        rotate_session = "
            UPDATE {sessions} SET generation = generation + 1, refresh_hash = ?3, secret_hash = ?4,
                secret_expires_at = ?5, refreshed_at = ?6, last_seen_at = max(last_seen_at, ?6),
                refreshed_device = ?7, refreshed_address = ?8, retries = 0
            WHERE id = ?1 AND generation = ?2";

        count_retry = "
            UPDATE {sessions} SET retries = retries + 1 WHERE id = ?1 AND generation = ?2 RETURNING retries";

        /// Sets a new token (5) only if the stored token is the expected one (4).
        reauthenticate_session = "
            UPDATE {sessions} SET proven_at = ?3, secret_hash = coalesce(?5, secret_hash)
            WHERE id = ?1 AND epoch = ?2 AND (?4 IS NULL OR secret_hash = ?4)";

        touch_session = "
            UPDATE {sessions} SET last_seen_at = ?2 WHERE id = ?1 AND last_seen_at < ?2";

        end_session = "DELETE FROM {sessions} WHERE id = ?1";

        purge_sessions = "
            DELETE FROM {sessions} WHERE id IN
                (SELECT id FROM {sessions} WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";

        /// No row refers to a session, so replacing one is safe.
        put_session = insert_session!("INSERT OR REPLACE");

        all_sessions = concat!(
            "SELECT ",
            session_columns!(),
            " FROM {sessions} s WHERE s.id > coalesce(?1, x'') ORDER BY s.id LIMIT ?2"
        );

        count_sessions = "SELECT count(*) FROM {sessions}";
    }
}

#[async_trait]
impl SessionStore for SqliteStore {
    async fn insert_session(
        &self,
        session: &Session,
        quota: u32,
    ) -> Result<SessionInsertion, StoreError> {
        let sql = self.session_sql();
        let session = session.clone();
        let change = move |connection: &Connection| {
            if insert(connection, sql.insert_session, &session)? == 0 {
                return Ok(SessionInsertion::UserGone);
            }
            let ended = end_over_quota(connection, sql, &session, quota)?;
            Ok(SessionInsertion::Done { ended })
        };
        self.database.write(change).await
    }

    async fn find_session(&self, id: SessionId) -> Result<Option<(Session, User)>, StoreError> {
        let sql = self.session_sql();
        let query = move |connection: &Connection| find(connection, sql, id);
        self.database.find(query).await
    }

    async fn list_sessions(
        &self,
        user: UserId,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let after = after.map(|id| Id(id.as_uuid()));
        let params = (Id(user.as_uuid()), after, limit);
        self.list(self.session_sql().list_sessions, params, session)
            .await
    }

    async fn rotate_session(
        &self,
        id: SessionId,
        expected_generation: u32,
        successor: &Rotation,
        now: Timestamp,
    ) -> Result<SessionRotation, StoreError> {
        let sql = self.session_sql();
        let successor = successor.clone();
        let change = move |connection: &Connection| {
            rotate(connection, sql, id, expected_generation, &successor, now)
        };
        self.database.write(change).await
    }

    async fn count_retry(&self, id: SessionId, generation: u32) -> Result<Option<u32>, StoreError> {
        let sql = self.session_sql();
        let params = (Id(id.as_uuid()), generation);
        let change = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql.count_retry)?;
            statement.query_row(params, |row| row.get(0)).optional()
        };
        self.database.write(change).await
    }

    async fn reauthenticate_session(
        &self,
        id: SessionId,
        expected: Epoch,
        now: Timestamp,
        exchange: Option<&SecretExchange>,
    ) -> Result<Reauthentication, StoreError> {
        let params = (
            Id(id.as_uuid()),
            expected.0,
            Instant(now),
            exchange.map(|exchange| exchange.expected.as_stored().to_vec()),
            exchange.map(|exchange| exchange.new.as_stored().to_vec()),
        );
        Ok(
            match self
                .change(self.session_sql().reauthenticate_session, params)
                .await?
            {
                0 => Reauthentication::Stale,
                _ => Reauthentication::Done,
            },
        )
    }

    async fn touch_sessions(&self, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
        let seen = seen.iter().map(|(id, at)| (Id(id.as_uuid()), Instant(*at)));
        self.touch(self.session_sql().touch_session, seen.collect())
            .await
    }

    async fn end_session(&self, id: SessionId) -> Result<Ended, StoreError> {
        let params = (Id(id.as_uuid()),);
        self.erase(self.session_sql().end_session, params)
            .await
            .map(ended)
    }
}

#[async_trait]
impl ArchiveOf<Session> for SqliteStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(self.session_sql().count_sessions).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Session>, StoreError> {
        let after = values::id(after)?;
        self.list(self.session_sql().all_sessions, (after, limit), session)
            .await
    }

    async fn put_all(&self, sessions: &[Session]) -> Result<(), StoreError> {
        let sql = self.session_sql().put_session;
        self.put(sessions, move |connection, session| {
            insert(connection, sql, session)
        })
        .await
    }
}

impl SqliteStore {
    pub(crate) fn session_sql(&self) -> &'static SessionStatements {
        SessionStatements::of(self.prefix)
    }
}

/// Reads the columns of `find_session`.
fn session_and_user(row: &Row<'_>) -> rusqlite::Result<(Session, User)> {
    Ok((session(row)?, user(row, 21)?))
}

/// Reads `session_columns!`, which come first.
fn session(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: SessionId::from(row.get::<_, Id>(0)?.0),
        user_id: UserId::from(row.get::<_, Id>(1)?.0),
        epoch: Epoch(row.get(2)?),
        secret_hash: optional_hash(row, 3)?,
        secret_expires_at: optional_instant(row, 4)?,
        refresh_hash: optional_hash(row, 5)?,
        generation: row.get(6)?,
        refreshed_at: optional_instant(row, 7)?,
        salt: Salt::from_stored(row.get(8)?),
        scope: word(row, 9)?,
        created_at: row.get::<_, Instant>(10)?.0,
        last_seen_at: row.get::<_, Instant>(11)?.0,
        proven_at: row.get::<_, Instant>(12)?.0,
        expires_at: row.get::<_, Instant>(13)?.0,
        idle_for: Duration::from_millis(row.get::<_, i64>(14)?.try_into().unwrap_or(0)),
        how: word(row, 15)?,
        client: client(row, 16)?,
        refreshed_by: client(row, 18)?,
        retries: row.get(20)?,
    })
}

/// Runs a statement that inserts a session. Returns the number of written rows: 0 if the user does
/// not exist.
fn insert(
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

/// Ends sessions of the new session's user until at most `quota` of them remain. Returns the ids of
/// the ended sessions.
fn end_over_quota(
    connection: &Connection,
    sql: &SessionStatements,
    new: &Session,
    quota: u32,
) -> rusqlite::Result<Vec<SessionId>> {
    let (user, window) = (Id(new.user_id.as_uuid()), i64::from(quota) * 2);
    // The new session is among them.
    let mut count = connection.prepare_cached(sql.count_sessions_of)?;
    let counted: i64 = count.query_row((user, window + 1), |row| row.get(0))?;
    let too_many = counted - i64::from(quota);
    if too_many <= 0 {
        return Ok(vec![]);
    }
    let mut end = connection.prepare_cached(sql.end_sessions_over_quota)?;
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

fn find(
    connection: &Connection,
    sql: &SessionStatements,
    id: SessionId,
) -> rusqlite::Result<Option<(Session, User)>> {
    let mut statement = connection.prepare_cached(sql.find_session)?;
    let params = (Id(id.as_uuid()),);
    statement.query_row(params, session_and_user).optional()
}

/// Reads the stored session if its generation is not the expected one.
fn rotate(
    connection: &Connection,
    sql: &SessionStatements,
    id: SessionId,
    expected_generation: u32,
    successor: &Rotation,
    now: Timestamp,
) -> rusqlite::Result<SessionRotation> {
    let rotated = connection.prepare_cached(sql.rotate_session)?.execute((
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
    let stands = find(connection, sql, id)?.map(Box::new);
    Ok(stands.map_or(SessionRotation::Gone, SessionRotation::Stale))
}
