//! Tokens in memory.

use async_trait::async_trait;

use super::{MemoryStore, count, ended, page, size};
use crate::{
    ArchiveOf, Ended, HashExchange, StoreError, Timestamp, Token, TokenHash, TokenId,
    TokenInsertion, TokenStore, User, UserId,
};

#[async_trait]
impl TokenStore for MemoryStore {
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
            None => HashExchange::Stale,
        })
    }

    async fn retire_token(&self, user: Option<UserId>, id: TokenId) -> Result<Ended, StoreError> {
        let mut records = self.records();
        let token = records.tokens.get(&id);
        let theirs = token.is_some_and(|token| token.owner.user() == user);
        Ok(ended(theirs && records.tokens.remove(&id).is_some()))
    }
}

#[async_trait]
impl ArchiveOf<Token> for MemoryStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        Ok(count(self.records().tokens.len()))
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Token>, StoreError> {
        Ok(page(self.records().tokens.values(), after, limit))
    }

    async fn put_all(&self, put: &[Token]) -> Result<(), StoreError> {
        let put = put.iter().map(|record| (record.id, record.clone()));
        self.records().tokens.extend(put);
        Ok(())
    }
}
