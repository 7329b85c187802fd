//! Sessions: statements, rows and operations.

use std::time::Duration;

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, Ended, Epoch, Reauthentication, Rotation, Salt, SecretExchange, Session, SessionId,
    SessionInsertion, SessionRotation, SessionStore, StoreError, Timestamp, TokenHash, User,
    UserId,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    PostgresStore,
    database::Params,
    statements::{before_all, statements},
    store::ended,
    users::{columns::user_columns, user_from},
    values::{
        self, Column, Unreadable, address, bytes, client, device, instant, lent, number,
        optional_hash, optional_instant, word,
    },
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

statements! {
    /// Locks the user's row, so that a deletion of the user either removes the session or was there
    /// before.
    ///
    /// If there are more sessions than the quota (22) with the new one, it ends some of the oldest,
    /// in the order in which surplus sessions end. Two concurrent sign-ins do not wait for each
    /// other.
    INSERT_SESSION = "
        WITH few AS MATERIALIZED (
            SELECT s.id FROM sessions s WHERE s.user_id = $2 ORDER BY s.id LIMIT 2 * $22::bigint
        ), too_many AS MATERIALIZED (
            SELECT s.id FROM sessions s
            WHERE s.id = ANY (ARRAY(SELECT id FROM few)) AND (SELECT count(*) FROM few) >= $22
            ORDER BY s.epoch >= $3 AND s.expires_at > $11 AND s.idle_for > $11 - s.last_seen_at,
                s.last_seen_at, s.id
            LIMIT greatest(0, (SELECT count(*) FROM few) + 1 - $22)
            FOR UPDATE SKIP LOCKED
        ), ended AS (
            DELETE FROM sessions WHERE id = ANY (ARRAY(SELECT id FROM too_many)) RETURNING id
        ), kept AS (
            INSERT INTO sessions (id, user_id, epoch, secret_hash, secret_expires_at, refresh_hash,
                                  generation, refreshed_at, salt, scope, created_at, last_seen_at,
                                  proven_at, expires_at, idle_for, how, device, address,
                                  refreshed_device, refreshed_address, retries)
            SELECT $1, u.id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                $19, $20, $21
            FROM users u WHERE u.id = $2
            FOR KEY SHARE
            RETURNING id
        )
        SELECT (SELECT count(*) FROM kept), ARRAY(SELECT id FROM ended)";

    FIND_SESSION = concat!(
        "SELECT ",
        session_columns!(),
        ", ",
        user_columns!(),
        " FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1"
    );

    LIST_SESSIONS = concat!(
        "SELECT ",
        session_columns!(),
        " FROM sessions s WHERE s.user_id = $1 AND s.id > coalesce($2, ",
        before_all!(),
        ") ORDER BY s.id LIMIT $3"
    );

    ROTATE_SESSION = "
        UPDATE sessions SET generation = generation + 1, refresh_hash = $3, secret_hash = $4,
            secret_expires_at = $5, refreshed_at = $6, last_seen_at = greatest(last_seen_at, $6),
            refreshed_device = $7, refreshed_address = $8, retries = 0
        WHERE id = $1 AND generation = $2";

    COUNT_RETRY = "
        UPDATE sessions SET retries = retries + 1 WHERE id = $1 AND generation = $2 RETURNING retries";

    /// Sets a new token (5) only if the stored token is the expected one (4).
    REAUTHENTICATE_SESSION = "
        UPDATE sessions SET proven_at = $3, secret_hash = coalesce($5, secret_hash)
        WHERE id = $1 AND epoch = $2 AND ($4::bytea IS NULL OR secret_hash = $4)";

    /// Updates many rows at once. Locks the rows in the order of their ids, so that two such
    /// statements never block each other.
    TOUCH_SESSIONS = "
        WITH seen AS (
            SELECT id, max(at) AS at FROM unnest($1::uuid[], $2::bigint[]) AS seen (id, at) GROUP BY id
        ), held AS (
            SELECT s.id, seen.at FROM sessions s JOIN seen ON seen.id = s.id
            WHERE s.last_seen_at < seen.at ORDER BY s.id FOR NO KEY UPDATE OF s
        )
        UPDATE sessions SET last_seen_at = held.at FROM held
        WHERE sessions.id = held.id AND sessions.last_seen_at < held.at";

    END_SESSION = "DELETE FROM sessions WHERE id = $1";

    /// Skips rows that another such statement has locked.
    PURGE_SESSIONS = "
        DELETE FROM sessions WHERE id = ANY (ARRAY(
            SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2
            FOR UPDATE SKIP LOCKED))";

    PUT_SESSION = "
        INSERT INTO sessions (id, user_id, epoch, secret_hash, secret_expires_at, refresh_hash,
                              generation, refreshed_at, salt, scope, created_at, last_seen_at,
                              proven_at, expires_at, idle_for, how, device, address,
                              refreshed_device, refreshed_address, retries)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
                $20, $21)
        ON CONFLICT (id) DO UPDATE
        SET (user_id, epoch, secret_hash, secret_expires_at, refresh_hash, generation, refreshed_at,
             salt, scope, created_at, last_seen_at, proven_at, expires_at, idle_for, how, device,
             address, refreshed_device, refreshed_address, retries)
          = ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
             $21)";

    ALL_SESSIONS = concat!(
        "SELECT ",
        session_columns!(),
        " FROM sessions s WHERE s.id > coalesce($1, ",
        before_all!(),
        ") ORDER BY s.id LIMIT $2"
    );

    COUNT_SESSIONS = "SELECT count(*) FROM sessions";
}

#[async_trait]
impl SessionStore for PostgresStore {
    async fn insert_session(
        &self,
        session: &Session,
        quota: u32,
    ) -> Result<SessionInsertion, StoreError> {
        let columns = session_params(session);
        let mut params = lent(&columns);
        let quota = i64::from(quota);
        params.push(&quota);
        let rows = self.database.change_returning(INSERT_SESSION, &params);
        let rows = rows.await?;
        let insertion = rows.first().map(session_insertion).transpose();
        let insertion = insertion.map_err(StoreError::unknown)?;
        insertion.ok_or_else(|| StoreError::unknown("the insertion returned no row"))
    }

    async fn find_session(&self, id: SessionId) -> Result<Option<(Session, User)>, StoreError> {
        let params: Params<'_> = &[&id.as_uuid()];
        self.find(FIND_SESSION, params, session_and_user).await
    }

    async fn list_sessions(
        &self,
        user: UserId,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let after = after.map(|id| id.as_uuid());
        let params: Params<'_> = &[&user.as_uuid(), &after, &i64::from(limit)];
        self.list(LIST_SESSIONS, params, session).await
    }

    /// If the generation is not the expected one, a second statement reads the stored session. A
    /// generation never comes back, so the second statement does not see the expected one either.
    async fn rotate_session(
        &self,
        id: SessionId,
        expected_generation: u32,
        successor: &Rotation,
        now: Timestamp,
    ) -> Result<SessionRotation, StoreError> {
        let params: Params<'_> = &[
            &id.as_uuid(),
            &i64::from(expected_generation),
            &successor.refresh_hash.as_stored().as_slice(),
            &successor
                .secret_hash
                .as_ref()
                .map(|hash| hash.as_stored().as_slice()),
            &successor.secret_expires_at.map(Timestamp::as_millis),
            &now.as_millis(),
            &device(&successor.client),
            &address(&successor.client),
        ];
        if self.database.change(ROTATE_SESSION, params).await? > 0 {
            return Ok(SessionRotation::Rotated);
        }
        let stands = self.find_session(id).await?.map(Box::new);
        Ok(stands.map_or(SessionRotation::Gone, SessionRotation::Stale))
    }

    async fn count_retry(&self, id: SessionId, generation: u32) -> Result<Option<u32>, StoreError> {
        let params: Params<'_> = &[&id.as_uuid(), &i64::from(generation)];
        let rows = self.database.change_returning(COUNT_RETRY, params);
        let rows = rows.await?;
        let retries = rows.first().map(|row| number(row, 0)).transpose();
        retries.map_err(StoreError::unknown)
    }

    async fn reauthenticate_session(
        &self,
        id: SessionId,
        expected: Epoch,
        now: Timestamp,
        exchange: Option<&SecretExchange>,
    ) -> Result<Reauthentication, StoreError> {
        let params: Params<'_> = &[
            &id.as_uuid(),
            &expected.0,
            &now.as_millis(),
            &exchange.map(|exchange| exchange.expected.as_stored().as_slice()),
            &exchange.map(|exchange| exchange.new.as_stored().as_slice()),
        ];
        Ok(
            match self.database.change(REAUTHENTICATE_SESSION, params).await? {
                0 => Reauthentication::Stale,
                _ => Reauthentication::Done,
            },
        )
    }

    async fn touch_sessions(&self, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
        let seen = seen.iter().map(|(id, at)| (id.as_uuid(), at.as_millis()));
        let (ids, at) = seen.unzip();
        self.touch(TOUCH_SESSIONS, ids, at).await
    }

    async fn end_session(&self, id: SessionId) -> Result<Ended, StoreError> {
        let params: Params<'_> = &[&id.as_uuid()];
        let gone = self.database.change(END_SESSION, params).await;
        gone.map(ended)
    }
}

#[async_trait]
impl ArchiveOf<Session> for PostgresStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(COUNT_SESSIONS).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Session>, StoreError> {
        let params: Params<'_> = &[&values::id(after)?, &i64::from(limit)];
        self.archive_page(ALL_SESSIONS, params, session).await
    }

    async fn put_all(&self, sessions: &[Session]) -> Result<(), StoreError> {
        self.put(PUT_SESSION, sessions, session_params).await
    }
}

/// Reads the columns of [`FIND_SESSION`].
fn session_and_user(row: &Row) -> Result<(Session, User), Unreadable> {
    Ok((session(row)?, user_from(row, 21)?))
}

/// Reads how many sessions were stored, and which were ended.
fn session_insertion(row: &Row) -> Result<SessionInsertion, Unreadable> {
    let (kept, ended): (i64, Vec<Uuid>) = (row.try_get(0)?, row.try_get(1)?);
    Ok(match kept {
        0 => SessionInsertion::UserGone,
        _ => SessionInsertion::Done {
            ended: ended.into_iter().map(SessionId::from).collect(),
        },
    })
}

/// Reads `session_columns!`, which come first.
fn session(row: &Row) -> Result<Session, Unreadable> {
    Ok(Session {
        id: SessionId::from(row.try_get::<_, Uuid>(0)?),
        user_id: UserId::from(row.try_get::<_, Uuid>(1)?),
        epoch: Epoch(row.try_get(2)?),
        secret_hash: optional_hash(row, 3)?,
        secret_expires_at: optional_instant(row, 4)?,
        refresh_hash: optional_hash(row, 5)?,
        generation: number(row, 6)?,
        refreshed_at: optional_instant(row, 7)?,
        salt: Salt::from_stored(bytes(row.try_get(8)?, 8)?),
        scope: word(row, 9)?,
        created_at: instant(row, 10)?,
        last_seen_at: instant(row, 11)?,
        proven_at: instant(row, 12)?,
        expires_at: instant(row, 13)?,
        idle_for: Duration::from_millis(number(row, 14)?),
        how: word(row, 15)?,
        client: client(row, 16)?,
        refreshed_by: client(row, 18)?,
        retries: number(row, 20)?,
    })
}

/// The parameters of the statements that insert a session.
fn session_params(session: &Session) -> Vec<Column> {
    let hash = |hash: Option<TokenHash>| hash.map(|hash| hash.as_stored().to_vec());
    let client = &session.client;
    vec![
        Box::new(session.id.as_uuid()),
        Box::new(session.user_id.as_uuid()),
        Box::new(session.epoch.0),
        Box::new(hash(session.secret_hash)),
        Box::new(session.secret_expires_at.map(Timestamp::as_millis)),
        Box::new(hash(session.refresh_hash)),
        Box::new(i64::from(session.generation)),
        Box::new(session.refreshed_at.map(Timestamp::as_millis)),
        Box::new(session.salt.as_stored().to_vec()),
        Box::new(session.scope.as_str()),
        Box::new(session.created_at.as_millis()),
        Box::new(session.last_seen_at.as_millis()),
        Box::new(session.proven_at.as_millis()),
        Box::new(session.expires_at.as_millis()),
        Box::new(i64::try_from(session.idle_for.as_millis()).unwrap_or(i64::MAX)),
        Box::new(session.how.as_str()),
        Box::new(device(client)),
        Box::new(address(client)),
        Box::new(device(&session.refreshed_by)),
        Box::new(address(&session.refreshed_by)),
        Box::new(i64::from(session.retries)),
    ]
}
