//! All records in memory.

use async_trait::async_trait;

use super::{MemoryStore, count, size};
use crate::{
    Census, CopyMark, KeyCensus, Maintenance, StoreError, Timestamp, TokenHash, TokenKeyId,
    TokenOwner,
};

#[async_trait]
impl Maintenance for MemoryStore {
    async fn purge(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
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
        Ok(count(size(limit) - left))
    }

    async fn census(&self, before: Timestamp) -> Result<Census, StoreError> {
        let records = self.records();
        let tokens = records.tokens.values();
        let personal = tokens.filter(|token| token.owner.user().is_some()).count();
        let sessions = records.sessions.values();
        let ends = sessions.map(|session| Some(session.expires_at));
        let ends = ends.chain(records.tokens.values().map(|token| token.expires_at));
        let ends = ends.chain(records.keys.iter().map(|key| Some(key.verifies_until)));
        let expired = ends.flatten().filter(|end| *end < before).count();
        Ok(Census {
            sessions: count(records.sessions.len()),
            personal_tokens: count(personal),
            service_tokens: count(records.tokens.len() - personal),
            keys: count(records.keys.len()),
            expired: count(expired),
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

#[async_trait]
impl CopyMark for MemoryStore {
    async fn copy_mark(&self) -> Result<Option<String>, StoreError> {
        Ok(self.records().copy_mark.clone())
    }

    async fn set_copy_mark(&self, mark: Option<&str>) -> Result<(), StoreError> {
        self.records().copy_mark = mark.map(str::to_owned);
        Ok(())
    }
}
