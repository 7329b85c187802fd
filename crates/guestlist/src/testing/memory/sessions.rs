//! Sessions in memory.

use async_trait::async_trait;

use super::{MemoryStore, Records, count, ended, page, size};
use crate::{
    ArchiveOf, Ended, Epoch, Reauthentication, Rotation, SecretExchange, Session, SessionId,
    SessionInsertion, SessionRotation, SessionStore, StoreError, Timestamp, User, UserId,
};

#[async_trait]
impl SessionStore for MemoryStore {
    async fn insert_session(
        &self,
        session: &Session,
        quota: u32,
    ) -> Result<SessionInsertion, StoreError> {
        let mut records = self.records();
        if !records.users.contains_key(&session.user_id) {
            return Ok(SessionInsertion::UserGone);
        }
        let theirs = records.sessions.values();
        let theirs = theirs.filter(|other| other.user_id == session.user_id);
        let mut others: Vec<_> = theirs.take(2 * size(quota)).cloned().collect();
        others.sort_by_key(|other| other.order_of_ending(session));
        others.truncate((others.len() + 1).saturating_sub(size(quota)));
        let ended: Vec<_> = others.iter().map(|other| other.id).collect();
        for id in &ended {
            records.sessions.remove(id);
        }
        records.sessions.insert(session.id, session.clone());
        Ok(SessionInsertion::Done { ended })
    }

    async fn find_session(&self, id: SessionId) -> Result<Option<(Session, User)>, StoreError> {
        Ok(self.records().session_and_user(id))
    }

    async fn list_sessions(
        &self,
        user: UserId,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let records = self.records();
        let sessions = records.sessions.values();
        let theirs = sessions.filter(|session| session.user_id == user && Some(session.id) > after);
        Ok(theirs.take(size(limit)).cloned().collect())
    }

    async fn rotate_session(
        &self,
        id: SessionId,
        expected_generation: u32,
        successor: &Rotation,
        now: Timestamp,
    ) -> Result<SessionRotation, StoreError> {
        let mut records = self.records();
        let session = records.sessions.get_mut(&id);
        if let Some(session) = session.filter(|is| is.generation == expected_generation) {
            session.generation = expected_generation + 1;
            session.refresh_hash = Some(successor.refresh_hash);
            session.secret_hash = successor.secret_hash;
            session.secret_expires_at = successor.secret_expires_at;
            session.refreshed_at = Some(now);
            session.refreshed_by = successor.client.clone();
            session.retries = 0;
            session.last_seen_at = session.last_seen_at.max(now);
            return Ok(SessionRotation::Rotated);
        }
        let stands = records.session_and_user(id).map(Box::new);
        Ok(stands.map_or(SessionRotation::Gone, SessionRotation::Stale))
    }

    async fn count_retry(&self, id: SessionId, generation: u32) -> Result<Option<u32>, StoreError> {
        let mut records = self.records();
        let session = records.sessions.get_mut(&id);
        let session = session.filter(|session| session.generation == generation);
        Ok(session.map(|session| {
            session.retries += 1;
            session.retries
        }))
    }

    async fn reauthenticate_session(
        &self,
        id: SessionId,
        expected: Epoch,
        now: Timestamp,
        exchange: Option<&SecretExchange>,
    ) -> Result<Reauthentication, StoreError> {
        let mut records = self.records();
        let session = records.sessions.get_mut(&id);
        let as_expected = |session: &&mut Session| {
            session.epoch == expected
                && exchange.is_none_or(|is| session.secret_hash == Some(is.expected))
        };
        let Some(session) = session.filter(as_expected) else {
            return Ok(Reauthentication::Stale);
        };
        session.proven_at = now;
        if let Some(exchange) = exchange {
            session.secret_hash = Some(exchange.new);
        }
        Ok(Reauthentication::Done)
    }

    async fn touch_sessions(&self, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
        let mut records = self.records();
        for (id, at) in seen {
            if let Some(session) = records.sessions.get_mut(id) {
                session.last_seen_at = session.last_seen_at.max(*at);
            }
        }
        Ok(())
    }

    async fn end_session(&self, id: SessionId) -> Result<Ended, StoreError> {
        Ok(ended(self.records().sessions.remove(&id).is_some()))
    }
}

#[async_trait]
impl ArchiveOf<Session> for MemoryStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        Ok(count(self.records().sessions.len()))
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Session>, StoreError> {
        Ok(page(self.records().sessions.values(), after, limit))
    }

    async fn put_all(&self, put: &[Session]) -> Result<(), StoreError> {
        let put = put.iter().map(|record| (record.id, record.clone()));
        self.records().sessions.extend(put);
        Ok(())
    }
}

impl Records {
    fn session_and_user(&self, id: SessionId) -> Option<(Session, User)> {
        let session = self.sessions.get(&id)?;
        let user = self.users.get(&session.user_id)?;
        Some((session.clone(), user.clone()))
    }
}
