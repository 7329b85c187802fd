//! A store in memory: one lock, so that every step is atomic.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::{
    Email, Ended, Epoch, HashExchange, PasswordHash, Session, SessionId, SessionInsertion, Store,
    StoreError, Timestamp, User, UserId, UserInsertion,
};

/// Keeps everything until it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore {
    records: Mutex<Records>,
}

#[derive(Debug, Default)]
struct Records {
    users: HashMap<UserId, User>,
    sessions: HashMap<SessionId, Session>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn insert_user(&self, user: &User) -> Result<UserInsertion, StoreError> {
        let mut records = self.records();
        if records
            .users
            .values()
            .any(|other| other.email == user.email)
        {
            return Ok(UserInsertion::EmailTaken);
        }
        records.users.insert(user.id, user.clone());
        Ok(UserInsertion::Done)
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.records().users.get(&id).cloned())
    }

    async fn find_user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        let records = self.records();
        Ok(records
            .users
            .values()
            .find(|user| user.email == *email)
            .cloned())
    }

    async fn upgrade_password_hash(
        &self,
        user: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<HashExchange, StoreError> {
        let mut records = self.records();
        let hash = records
            .users
            .get_mut(&user)
            .and_then(|user| user.password_hash.as_mut());
        match hash.filter(|hash| hash.as_stored() == expected.as_stored()) {
            Some(hash) => {
                *hash = new.clone();
                Ok(HashExchange::Replaced)
            }
            None => Ok(HashExchange::SomebodyWasFaster),
        }
    }

    async fn disable_user(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<Epoch>, StoreError> {
        Ok(self.records().users.get_mut(&user).map(|user| {
            user.disabled_at = Some(now);
            user.epoch = user.epoch.next();
            user.epoch
        }))
    }

    async fn delete_user(&self, user: UserId) -> Result<Ended, StoreError> {
        let mut records = self.records();
        records
            .sessions
            .retain(|_, session| session.user_id != user);
        Ok(ended(records.users.remove(&user).is_some()))
    }

    async fn insert_session(&self, session: &Session) -> Result<SessionInsertion, StoreError> {
        let mut records = self.records();
        if !records.users.contains_key(&session.user_id) {
            return Ok(SessionInsertion::UserGone);
        }
        records.sessions.insert(session.id, session.clone());
        Ok(SessionInsertion::Done)
    }

    async fn find_session(&self, id: SessionId) -> Result<Option<(Session, User)>, StoreError> {
        let records = self.records();
        let session = records.sessions.get(&id);
        let user = session.and_then(|session| records.users.get(&session.user_id));
        Ok(session.cloned().zip(user.cloned()))
    }

    async fn end_session(&self, id: SessionId) -> Result<Ended, StoreError> {
        Ok(ended(self.records().sessions.remove(&id).is_some()))
    }

    async fn sweep(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut records = self.records();
        let expired: Vec<_> = records
            .sessions
            .values()
            .filter(|session| session.expires_at < before)
            .map(|session| session.id)
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .collect();
        for id in &expired {
            records.sessions.remove(id);
        }
        Ok(u64::try_from(expired.len()).unwrap_or(u64::MAX))
    }

    async fn ready(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

fn ended(was_there: bool) -> Ended {
    if was_there { Ended::Now } else { Ended::Before }
}

#[cfg(test)]
mod tests {
    crate::store_contract!(async || super::MemoryStore::new());
}
