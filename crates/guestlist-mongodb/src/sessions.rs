//! Sessions: documents, filters and operations.

use std::time::Duration;

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, Client, Ended, Epoch, Reauthentication, Rotation, Salt, SecretExchange, Session,
    SessionId, SessionInsertion, SessionRotation, SessionStore, StoreError, Timestamp, User,
    UserId, UserStore,
};
use mongodb::bson::{Binary, DateTime, doc};
use serde::{Deserialize, Serialize};

use crate::{
    Insertion, MongodbStore, Records, failure,
    filter::{after_id, id, page_of_owned},
    store::{archive_page, ended},
    values::{array, binary, date, hash, parsed, read_hash, unreadable},
};

/// A session: `db.sessions.find({})`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct SessionDocument {
    #[serde(rename = "_id")]
    id: String,
    user: String,
    epoch: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_hash: Option<Binary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_expires_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_hash: Option<Binary>,
    generation: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refreshed_at: Option<i64>,
    salt: Binary,
    scope: String,
    created_at: i64,
    last_seen_at: i64,
    proven_at: i64,
    expires_at: i64,
    /// The same time, for the index that removes the session.
    expires: DateTime,
    idle_for: i64,
    how: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refreshed_device: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refreshed_address: Option<String>,
    /// Missing only if a node with an earlier version writes to the same database.
    #[serde(default)]
    retries: i64,
}

fn client(device: Option<String>, address: Option<String>) -> Client {
    Client {
        device,
        address: address.and_then(|address| address.parse().ok()),
    }
}

impl From<&Session> for SessionDocument {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.to_string(),
            user: session.user_id.to_string(),
            epoch: session.epoch.0,
            secret_hash: session.secret_hash.as_ref().map(hash),
            secret_expires_at: session.secret_expires_at.map(Timestamp::as_millis),
            refresh_hash: session.refresh_hash.as_ref().map(hash),
            generation: session.generation.into(),
            refreshed_at: session.refreshed_at.map(Timestamp::as_millis),
            salt: binary(*session.salt.as_stored()),
            scope: session.scope.as_str().to_owned(),
            created_at: session.created_at.as_millis(),
            last_seen_at: session.last_seen_at.as_millis(),
            proven_at: session.proven_at.as_millis(),
            expires_at: session.expires_at.as_millis(),
            expires: date(session.expires_at),
            idle_for: i64::try_from(session.idle_for.as_millis()).unwrap_or(i64::MAX),
            how: session.how.as_str().to_owned(),
            device: session.client.device.clone(),
            address: session.client.address.map(|address| address.to_string()),
            refreshed_device: session.refreshed_by.device.clone(),
            refreshed_address: session
                .refreshed_by
                .address
                .map(|address| address.to_string()),
            retries: session.retries.into(),
        }
    }
}

impl TryFrom<SessionDocument> for Session {
    type Error = StoreError;

    fn try_from(stored: SessionDocument) -> Result<Self, StoreError> {
        let generation = u32::try_from(stored.generation);
        Ok(Self {
            id: parsed(&stored.id)?,
            user_id: parsed(&stored.user)?,
            epoch: Epoch(stored.epoch),
            secret_hash: stored.secret_hash.as_ref().map(read_hash),
            secret_expires_at: stored.secret_expires_at.map(Timestamp::from_millis),
            refresh_hash: stored.refresh_hash.as_ref().map(read_hash),
            generation: generation.map_err(|error| unreadable(&error.to_string()))?,
            refreshed_at: stored.refreshed_at.map(Timestamp::from_millis),
            salt: Salt::from_stored(array(&stored.salt)?),
            scope: parsed(&stored.scope)?,
            created_at: Timestamp::from_millis(stored.created_at),
            last_seen_at: Timestamp::from_millis(stored.last_seen_at),
            proven_at: Timestamp::from_millis(stored.proven_at),
            expires_at: Timestamp::from_millis(stored.expires_at),
            idle_for: Duration::from_millis(stored.idle_for.try_into().unwrap_or(0)),
            how: parsed(&stored.how)?,
            client: client(stored.device, stored.address),
            refreshed_by: client(stored.refreshed_device, stored.refreshed_address),
            retries: stored.retries.try_into().unwrap_or(u32::MAX),
        })
    }
}

#[async_trait]
impl SessionStore for MongodbStore {
    /// Looks for the user afterwards: a deletion in between either removes the session or is seen
    /// here.
    async fn insert_session(
        &self,
        session: &Session,
        quota: u32,
    ) -> Result<SessionInsertion, StoreError> {
        let sessions = self.sessions();
        if sessions.insert(session.into(), id(&session.id)).await? == Insertion::Taken {
            return Err(StoreError::failed("another session has that id"));
        }
        let theirs = doc! { "user": session.user_id.to_string() };
        let (is_there, counted) = tokio::join!(
            self.has_user(session.user_id),
            sessions.count_up_to(theirs, u64::from(quota) + 1)
        );
        if is_there.map_err(failure::halfway)? {
            let mut ended = vec![];
            if counted.map_err(failure::halfway)? > u64::from(quota) {
                let end = self.end_sessions_over_quota(session, quota).await;
                ended = end.map_err(failure::halfway)?;
            }
            return Ok(SessionInsertion::Done { ended });
        }
        self.end_session(session.id)
            .await
            .map_err(failure::halfway)?;
        Ok(SessionInsertion::UserGone)
    }

    /// Reads the session first: an epoch never goes back, so a session that is active by a user
    /// read later was active then.
    async fn find_session(
        &self,
        session: SessionId,
    ) -> Result<Option<(Session, User)>, StoreError> {
        let Some(found) = self.sessions().find(id(&session)).await? else {
            return Ok(None);
        };
        let session = Session::try_from(found)?;
        let user = self.find_user(session.user_id).await?;
        Ok(user.map(|user| (session, user)))
    }

    async fn list_sessions(
        &self,
        user: UserId,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let filter = after_id(doc! { "user": user.to_string() }, after);
        let sessions = self
            .sessions()
            .list(filter, doc! { "_id": 1 }, limit)
            .await?;
        sessions.into_iter().map(Session::try_from).collect()
    }

    async fn rotate_session(
        &self,
        id: SessionId,
        expected_generation: u32,
        successor: &Rotation,
        now: Timestamp,
    ) -> Result<SessionRotation, StoreError> {
        let filter = doc! { "_id": id.to_string(), "generation": i64::from(expected_generation) };
        let change = doc! {
            "$inc": { "generation": 1_i64 },
            "$set": {
                "refresh_hash": hash(&successor.refresh_hash),
                "secret_hash": successor.secret_hash.as_ref().map(hash),
                "secret_expires_at": successor.secret_expires_at.map(Timestamp::as_millis),
                "refreshed_at": now.as_millis(),
                "refreshed_device": &successor.client.device,
                "refreshed_address": successor.client.address.map(|address| address.to_string()),
                "retries": 0_i64,
            },
            "$max": { "last_seen_at": now.as_millis() },
        };
        if self.sessions().update(filter, change).await? {
            return Ok(SessionRotation::Rotated);
        }
        let stands = self.find_session(id).await?.map(Box::new);
        Ok(stands.map_or(SessionRotation::Gone, SessionRotation::Stale))
    }

    async fn count_retry(&self, id: SessionId, generation: u32) -> Result<Option<u32>, StoreError> {
        let filter = doc! { "_id": id.to_string(), "generation": i64::from(generation) };
        let change = doc! { "$inc": { "retries": 1_i64 } };
        let before = self.sessions().find_and_update(filter, change).await?;
        let before = before.map(Session::try_from).transpose();
        let before = before.map_err(failure::halfway)?;
        Ok(before.map(|before| before.retries.saturating_add(1)))
    }

    async fn reauthenticate_session(
        &self,
        id: SessionId,
        expected: Epoch,
        now: Timestamp,
        exchange: Option<&SecretExchange>,
    ) -> Result<Reauthentication, StoreError> {
        let mut filter = doc! { "_id": id.to_string(), "epoch": expected.0 };
        let mut changed = doc! { "proven_at": now.as_millis() };
        if let Some(exchange) = exchange {
            filter.insert("secret_hash", hash(&exchange.expected));
            changed.insert("secret_hash", hash(&exchange.new));
        }
        let change = doc! { "$set": changed };
        Ok(match self.sessions().update(filter, change).await? {
            true => Reauthentication::Done,
            false => Reauthentication::Stale,
        })
    }

    async fn touch_sessions(&self, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
        let seen = seen.iter().map(|(id, at)| (id.to_string(), *at));
        self.sessions().touch("last_seen_at", seen).await
    }

    async fn end_session(&self, session: SessionId) -> Result<Ended, StoreError> {
        self.sessions().delete(id(&session)).await.map(ended)
    }
}

#[async_trait]
impl ArchiveOf<Session> for MongodbStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.sessions().count(doc! {}).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Session>, StoreError> {
        let found = archive_page(&self.sessions(), page_of_owned(after, limit), limit).await?;
        found.into_iter().map(Session::try_from).collect()
    }

    async fn put_all(&self, sessions: &[Session]) -> Result<(), StoreError> {
        let documents: Vec<_> = sessions.iter().map(SessionDocument::from).collect();
        self.sessions().put_all(&documents).await
    }
}

impl MongodbStore {
    /// Returns the operations on the documents of sessions.
    pub(crate) fn sessions(&self) -> Records<SessionDocument> {
        self.database.records("sessions")
    }

    /// Ends sessions of the new session's user until no more than `quota` are left. Returns the
    /// ended ones.
    async fn end_sessions_over_quota(
        &self,
        new: &Session,
        quota: u32,
    ) -> Result<Vec<SessionId>, StoreError> {
        let mut others = self
            .list_sessions(new.user_id, None, quota.saturating_mul(2).saturating_add(1))
            .await?;
        others.retain(|other| other.id != new.id);
        let window = usize::try_from(quota)
            .unwrap_or(usize::MAX)
            .saturating_mul(2);
        others.truncate(window);
        others.sort_by_key(|other| other.order_of_ending(new));
        let quota = usize::try_from(quota).unwrap_or(usize::MAX);
        others.truncate((others.len() + 1).saturating_sub(quota));
        let ended: Vec<_> = others.iter().map(|other| other.id).collect();
        let ids: Vec<_> = ended.iter().map(ToString::to_string).collect();
        let theirs = doc! { "_id": { "$in": ids }, "user": new.user_id.to_string() };
        self.sessions().delete_all(theirs).await?;
        Ok(ended)
    }
}
