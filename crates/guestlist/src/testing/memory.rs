//! A store in memory: one lock, so that every step is atomic.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::{
    Email, Ended, Epoch, EpochRaise, HashExchange, ImportedUser, OnConflict, PasswordHash, Session,
    SessionId, SessionInsertion, Store, StoreError, Timestamp, User, UserId, UserImport,
    UserInsertion,
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

    async fn set_password(
        &self,
        user: UserId,
        expected: Epoch,
        new: &PasswordHash,
    ) -> Result<EpochRaise, StoreError> {
        let mut records = self.records();
        let user = records.users.get_mut(&user);
        Ok(match user.filter(|user| user.epoch == expected) {
            Some(user) => {
                user.password_hash = Some(new.clone());
                user.epoch = user.epoch.next();
                EpochRaise::Raised(user.epoch)
            }
            None => EpochRaise::SomebodyWasFaster,
        })
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

    async fn enable_user(&self, user: UserId) -> Result<Option<Epoch>, StoreError> {
        Ok(self.records().users.get_mut(&user).map(|user| {
            user.disabled_at = None;
            user.epoch
        }))
    }

    async fn list_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let records = self.records();
        let mut users: Vec<_> = records.users.values().collect();
        users.retain(|user| Some(user.id) > after);
        users.sort_by_key(|user| user.id);
        users.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(users.into_iter().cloned().collect())
    }

    async fn import_users(
        &self,
        users: &[ImportedUser],
        on_conflict: OnConflict,
    ) -> Result<Vec<UserImport>, StoreError> {
        let mut records = self.records();
        let mut outcomes = Vec::new();
        for user in users {
            outcomes.push(records.import(user, on_conflict));
            if outcomes.last() == Some(&UserImport::EmailTaken) {
                break;
            }
        }
        Ok(outcomes)
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

impl Records {
    fn import(&mut self, row: &ImportedUser, on_conflict: OnConflict) -> UserImport {
        let holder = self.users.get(&row.id);
        if holder.is_some_and(|holder| holder.email != row.email) {
            return UserImport::IdTaken;
        }
        let taken = self.users.values_mut().find(|user| user.email == row.email);
        let Some(user) = taken else {
            self.users.insert(row.id, row.clone().into_user());
            return UserImport::Inserted;
        };
        match on_conflict {
            OnConflict::Skip => UserImport::Skipped,
            OnConflict::Fail => UserImport::EmailTaken,
            OnConflict::Update if take_over(user, row) => UserImport::Updated(user.id),
            OnConflict::Update => UserImport::Unchanged,
        }
    }
}

/// What the row says and the user is not yet. Whether there was anything.
fn take_over(user: &mut User, row: &ImportedUser) -> bool {
    let text = |hash: &PasswordHash| hash.as_stored().to_owned();
    let kept = user.password_hash.as_ref().map(text);
    let new_hash = row
        .password_hash
        .as_ref()
        .filter(|new| Some(text(new)) != kept);
    let new_name = row.name.as_ref().filter(|_| row.name != user.name);
    let differs = |said: Option<bool>, is: bool| said.filter(|said| *said != is);
    let verified = differs(row.verified, user.verified_at.is_some());
    let disabled = differs(row.disabled, user.disabled_at.is_some());
    if new_hash.is_some() || disabled == Some(true) {
        user.epoch = user.epoch.next();
    }
    let changed =
        new_hash.is_some() || new_name.is_some() || verified.is_some() || disabled.is_some();
    if let Some(new) = new_hash {
        user.password_hash = Some(new.clone());
    }
    if let Some(new) = new_name {
        user.name = Some(new.clone());
    }
    if let Some(verified) = verified {
        user.verified_at = verified.then_some(row.at);
    }
    if let Some(disabled) = disabled {
        user.disabled_at = disabled.then_some(row.at);
    }
    changed
}

fn ended(was_there: bool) -> Ended {
    if was_there { Ended::Now } else { Ended::Before }
}

#[cfg(test)]
mod tests {
    crate::store_contract!(async || super::MemoryStore::new());
}
