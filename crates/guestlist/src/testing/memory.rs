//! A store in memory: one lock, so that every step is atomic.

mod archive;
mod importing;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::{
    Census, Email, EmailChange, Ended, Epoch, EpochRaise, Extent, HashExchange, ImportedUser, Key,
    KeyCensus, KeyInsertion, NameChange, OnConflict, PasswordHash, Rotation, SecretExchange,
    Session, SessionId, SessionInsertion, SessionProof, SessionRotation, Store, StoreError,
    Timestamp, Token, TokenHash, TokenId, TokenInsertion, TokenKeyId, TokenOwner, User, UserId,
    UserImport, UserInsertion, UserName,
};

/// Keeps everything until it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore {
    records: Mutex<Records>,
}

#[derive(Debug, Default)]
struct Records {
    users: HashMap<UserId, User>,
    sessions: BTreeMap<SessionId, Session>,
    tokens: BTreeMap<TokenId, Token>,
    keys: Vec<Key>,
    copy_mark: Option<String>,
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
                user.raise_both();
                EpochRaise::Raised(user.epoch)
            }
            None => EpochRaise::SomebodyWasFaster,
        })
    }

    async fn set_email(
        &self,
        user: UserId,
        expected: Epoch,
        new: &Email,
    ) -> Result<EmailChange, StoreError> {
        let mut records = self.records();
        let has_it = |other: &User| other.id != user && other.email == *new;
        let is_taken = records.users.values().any(has_it);
        let user = records.users.get_mut(&user);
        Ok(match user.filter(|user| user.epoch == expected) {
            None => EmailChange::SomebodyWasFaster,
            Some(_) if is_taken => EmailChange::EmailTaken,
            Some(user) => {
                if user.email != *new {
                    user.verified_at = None;
                }
                user.email = new.clone();
                EmailChange::Changed
            }
        })
    }

    async fn set_name(
        &self,
        user: UserId,
        expected: Epoch,
        new: Option<&UserName>,
    ) -> Result<NameChange, StoreError> {
        let mut records = self.records();
        let user = records.users.get_mut(&user);
        Ok(match user.filter(|user| user.epoch == expected) {
            Some(user) => {
                user.name = new.cloned();
                NameChange::Changed
            }
            None => NameChange::SomebodyWasFaster,
        })
    }

    async fn disable_user(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<Epoch>, StoreError> {
        Ok(self.records().users.get_mut(&user).map(|user| {
            user.disabled_at = Some(now);
            user.raise_both();
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
        users.truncate(size(limit));
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

    async fn end_sessions_of(
        &self,
        user: UserId,
        expected: Epoch,
        extent: Extent,
    ) -> Result<EpochRaise, StoreError> {
        let mut records = self.records();
        let user = records.users.get_mut(&user);
        Ok(match user.filter(|user| user.epoch == expected) {
            Some(user) => {
                match extent {
                    Extent::Sessions => user.epoch = user.epoch.next(),
                    Extent::SessionsAndTokens => user.raise_both(),
                }
                EpochRaise::Raised(user.epoch)
            }
            None => EpochRaise::SomebodyWasFaster,
        })
    }

    async fn end_everything(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        let mut records = self.records();
        let mut users: Vec<_> = records.users.values_mut().collect();
        users.retain(|user| Some(user.id) > after);
        users.sort_by_key(|user| user.id);
        users.truncate(size(limit));
        Ok(users
            .into_iter()
            .map(|user| {
                user.raise_both();
                user.id
            })
            .collect())
    }

    async fn delete_user(&self, user: UserId) -> Result<Ended, StoreError> {
        let mut records = self.records();
        records
            .sessions
            .retain(|_, session| session.user_id != user);
        records
            .tokens
            .retain(|_, token| token.owner.user() != Some(user));
        Ok(ended(records.users.remove(&user).is_some()))
    }

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
        Ok(stands.map_or(SessionRotation::Gone, SessionRotation::SomebodyWasFaster))
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

    async fn prove_session(
        &self,
        id: SessionId,
        expected: Epoch,
        now: Timestamp,
        exchange: Option<&SecretExchange>,
    ) -> Result<SessionProof, StoreError> {
        let mut records = self.records();
        let session = records.sessions.get_mut(&id);
        let as_expected = |session: &&mut Session| {
            session.epoch == expected
                && exchange.is_none_or(|is| session.secret_hash == Some(is.expected))
        };
        let Some(session) = session.filter(as_expected) else {
            return Ok(SessionProof::SomebodyWasFaster);
        };
        session.proven_at = now;
        if let Some(exchange) = exchange {
            session.secret_hash = Some(exchange.new);
        }
        Ok(SessionProof::Proven)
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

    async fn insert_token(&self, token: &Token, quota: u32) -> Result<TokenInsertion, StoreError> {
        let mut records = self.records();
        if let Some(user) = token.owner.user() {
            if !records.users.contains_key(&user) {
                return Ok(TokenInsertion::UserGone);
            }
            let is_theirs = |other: &Token| other.owner.user() == Some(user);
            if records
                .tokens
                .values()
                .filter(|other| is_theirs(other))
                .count()
                >= size(quota)
            {
                records.tokens.retain(|_, other| {
                    !is_theirs(other)
                        || (other.token_epoch >= token.token_epoch
                            && other.expires_at.is_none_or(|end| token.created_at < end))
                });
            }
            if records
                .tokens
                .values()
                .filter(|other| is_theirs(other))
                .count()
                >= size(quota)
            {
                return Ok(TokenInsertion::QuotaReached);
            }
        }
        records.tokens.insert(token.id, token.clone());
        Ok(TokenInsertion::Done)
    }

    async fn find_token(&self, id: TokenId) -> Result<Option<(Token, Option<User>)>, StoreError> {
        let records = self.records();
        Ok(records.tokens.get(&id).map(|token| {
            let owner = token.owner.user();
            let owner = owner.and_then(|user| records.users.get(&user));
            (token.clone(), owner.cloned())
        }))
    }

    async fn list_tokens(
        &self,
        user: Option<UserId>,
        after: Option<TokenId>,
        limit: u32,
    ) -> Result<Vec<Token>, StoreError> {
        let records = self.records();
        let tokens = records.tokens.values();
        let theirs = tokens.filter(|token| token.owner.user() == user && Some(token.id) > after);
        Ok(theirs.take(size(limit)).cloned().collect())
    }

    async fn touch_tokens(&self, used: &[(TokenId, Timestamp)]) -> Result<(), StoreError> {
        let mut records = self.records();
        for (id, at) in used {
            if let Some(token) = records.tokens.get_mut(id) {
                token.last_used_at = token.last_used_at.max(Some(*at));
            }
        }
        Ok(())
    }

    async fn rehash_token(
        &self,
        id: TokenId,
        expected: &TokenHash,
        new: &TokenHash,
    ) -> Result<HashExchange, StoreError> {
        let mut records = self.records();
        let token = records.tokens.get_mut(&id);
        Ok(match token.filter(|token| token.hash == *expected) {
            Some(token) => {
                token.hash = *new;
                HashExchange::Replaced
            }
            None => HashExchange::SomebodyWasFaster,
        })
    }

    async fn retire_token(&self, user: Option<UserId>, id: TokenId) -> Result<Ended, StoreError> {
        let mut records = self.records();
        let token = records.tokens.get(&id);
        let theirs = token.is_some_and(|token| token.owner.user() == user);
        Ok(ended(theirs && records.tokens.remove(&id).is_some()))
    }

    async fn insert_key(&self, key: &Key) -> Result<KeyInsertion, StoreError> {
        let mut records = self.records();
        if records.keys.iter().any(|other| other.kid == key.kid) {
            return Ok(KeyInsertion::KidTaken);
        }
        records.keys.push(key.clone());
        let order = |key: &Key| (key.created_at, key.kid.clone());
        records.keys.sort_by_key(order);
        Ok(KeyInsertion::Done)
    }

    async fn list_keys(&self) -> Result<Vec<Key>, StoreError> {
        Ok(self.records().keys.clone())
    }

    async fn retire_key(
        &self,
        kid: &str,
        signs_until: Timestamp,
        verifies_until: Timestamp,
    ) -> Result<Option<Key>, StoreError> {
        let mut records = self.records();
        let key = records.keys.iter_mut().find(|key| key.kid == kid);
        Ok(key.map(|key| {
            key.signs_until = key.signs_until.min(signs_until);
            key.verifies_until = key.verifies_until.min(verifies_until);
            key.clone()
        }))
    }

    async fn sweep(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut records = self.records();
        let mut left = size(limit);
        let mut goes = |expires_at: Option<Timestamp>| {
            let goes = left > 0 && expires_at.is_some_and(|end| end < before);
            left -= usize::from(goes);
            goes
        };
        records
            .sessions
            .retain(|_, session| !goes(Some(session.expires_at)));
        records.tokens.retain(|_, token| !goes(token.expires_at));
        records.keys.retain(|key| !goes(Some(key.verifies_until)));
        Ok(u64::try_from(size(limit) - left).unwrap_or(u64::MAX))
    }

    async fn census(&self, before: Timestamp) -> Result<Census, StoreError> {
        let records = self.records();
        let count = |many: usize| u64::try_from(many).unwrap_or(u64::MAX);
        let tokens = records.tokens.values();
        let personal = tokens.filter(|token| token.owner.user().is_some()).count();
        let sessions = records.sessions.values();
        let ends = sessions.map(|session| Some(session.expires_at));
        let ends = ends.chain(records.tokens.values().map(|token| token.expires_at));
        let ends = ends.chain(records.keys.iter().map(|key| Some(key.verifies_until)));
        let over = ends.flatten().filter(|end| *end < before).count();
        Ok(Census {
            sessions: count(records.sessions.len()),
            personal_tokens: count(personal),
            service_tokens: count(records.tokens.len() - personal),
            keys: count(records.keys.len()),
            over: count(over),
        })
    }

    async fn census_of_key(&self, key: TokenKeyId) -> Result<KeyCensus, StoreError> {
        let records = self.records();
        let is_of_it = |hash: &TokenHash| hash.key() == key;
        let mut census = KeyCensus::default();
        for session in records.sessions.values() {
            let hashes = [&session.secret_hash, &session.refresh_hash];
            let counts = hashes.into_iter().flatten().any(is_of_it);
            census.sessions += u64::from(counts);
        }
        for token in records
            .tokens
            .values()
            .filter(|token| is_of_it(&token.hash))
        {
            match token.owner {
                TokenOwner::User(_) => census.personal_tokens += 1,
                TokenOwner::Service(_) => census.service_tokens += 1,
            }
        }
        Ok(census)
    }

    async fn ready(&self) -> Result<(), StoreError> {
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

impl User {
    fn raise_both(&mut self) {
        self.epoch = self.epoch.next();
        self.token_epoch = self.token_epoch.next();
    }
}

fn size(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

fn ended(was_there: bool) -> Ended {
    if was_there { Ended::Now } else { Ended::Before }
}

#[cfg(test)]
mod tests {
    crate::store_contract!(async || super::MemoryStore::new());
    crate::archive_contract!(async || super::MemoryStore::new());
}
