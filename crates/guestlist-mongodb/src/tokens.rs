//! Tokens: documents, filters and operations.

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, Ended, Epoch, HashExchange, StoreError, Timestamp, Token, TokenHash, TokenId,
    TokenInsertion, TokenName, TokenOwner, TokenStore, User, UserId, UserStore,
};
use mongodb::bson::{Binary, DateTime, doc};
use serde::{Deserialize, Serialize};

use crate::{
    Insertion, MongodbStore, Records, failure,
    filter::{after_id, id, page_of_owned},
    store::{archive_page, ended},
    values::{date, hash, parsed, read_hash, unreadable},
};

/// A personal access token, or the token of a service, which has no user: `db.tokens.find({})`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct TokenDocument {
    #[serde(rename = "_id")]
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    token_epoch: i64,
    hash: Binary,
    name: String,
    scope: String,
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
    /// The same time, for the index that removes the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<DateTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<i64>,
}

impl From<&Token> for TokenDocument {
    fn from(token: &Token) -> Self {
        Self {
            id: token.id.to_string(),
            user: token.owner.user().map(|id| id.to_string()),
            service: match &token.owner {
                TokenOwner::User(_) => None,
                TokenOwner::Service(name) => Some(name.as_str().to_owned()),
            },
            token_epoch: token.token_epoch.0,
            hash: hash(&token.hash),
            name: token.name.as_str().to_owned(),
            scope: token.scope.as_str().to_owned(),
            created_at: token.created_at.as_millis(),
            expires_at: token.expires_at.map(Timestamp::as_millis),
            expires: token.expires_at.map(date),
            last_used_at: token.last_used_at.map(Timestamp::as_millis),
        }
    }
}

impl TryFrom<TokenDocument> for Token {
    type Error = StoreError;

    fn try_from(stored: TokenDocument) -> Result<Self, StoreError> {
        let owner = match (stored.user, stored.service) {
            (Some(user), None) => TokenOwner::User(parsed(&user)?),
            (None, Some(service)) => TokenOwner::Service(TokenName::from_stored(service)),
            _ => return Err(unreadable("a token is a user's or a service's")),
        };
        Ok(Self {
            id: parsed(&stored.id)?,
            owner,
            token_epoch: Epoch(stored.token_epoch),
            hash: read_hash(&stored.hash),
            name: TokenName::from_stored(stored.name),
            scope: parsed(&stored.scope)?,
            created_at: Timestamp::from_millis(stored.created_at),
            expires_at: stored.expires_at.map(Timestamp::from_millis),
            last_used_at: stored.last_used_at.map(Timestamp::from_millis),
        })
    }
}

impl MongodbStore {
    /// Returns the operations on the documents of tokens.
    pub(crate) fn tokens(&self) -> Records<TokenDocument> {
        self.database.records("tokens")
    }
}

#[async_trait]
impl TokenStore for MongodbStore {
    /// Looks for the user afterwards, as `insert_session` does. Counts the tokens before and
    /// afterwards. Each of several concurrent insertions counts the tokens stored before its own.
    /// So at least one insertion sees a surplus token, and removes its own.
    async fn insert_token(&self, token: &Token, quota: u32) -> Result<TokenInsertion, StoreError> {
        let tokens = self.tokens();
        let Some(owner) = token.owner.user() else {
            return match tokens.insert(token.into(), id(&token.id)).await? {
                Insertion::Done => Ok(TokenInsertion::Done),
                Insertion::Taken => Err(StoreError::failed("another token has that id")),
            };
        };
        let quota = u64::from(quota);
        let theirs = doc! { "user": owner.to_string() };
        let count = |most| tokens.count_up_to(theirs.clone(), most);
        if count(quota).await? == quota {
            let expired = doc! { "expires_at": { "$lte": token.created_at.as_millis() } };
            let ended = doc! { "token_epoch": { "$lt": token.token_epoch.0 } };
            let inactive = doc! { "user": owner.to_string(), "$or": [expired, ended] };
            tokens.delete_all(inactive).await?;
            if count(quota).await? == quota {
                return Ok(TokenInsertion::QuotaReached);
            }
        }
        if tokens.insert(token.into(), id(&token.id)).await? == Insertion::Taken {
            return Err(StoreError::failed("another token has that id"));
        }
        let (is_there, counted) = tokio::join!(self.has_user(owner), count(quota + 1));
        let is_there = is_there.map_err(failure::halfway)?;
        let is_within = counted.map_err(failure::halfway)? <= quota;
        if is_there && is_within {
            return Ok(TokenInsertion::Done);
        }
        tokens
            .delete(id(&token.id))
            .await
            .map_err(failure::halfway)?;
        Ok(if is_there {
            TokenInsertion::QuotaReached
        } else {
            TokenInsertion::UserGone
        })
    }

    /// Reads the token first, as `find_session` reads the session first.
    async fn find_token(
        &self,
        token: TokenId,
    ) -> Result<Option<(Token, Option<User>)>, StoreError> {
        let Some(found) = self.tokens().find(id(&token)).await? else {
            return Ok(None);
        };
        let token = Token::try_from(found)?;
        let Some(owner) = token.owner.user() else {
            return Ok(Some((token, None)));
        };
        let owner = self.find_user(owner).await?;
        Ok(owner.map(|owner| (token, Some(owner))))
    }

    async fn list_tokens(
        &self,
        user: Option<UserId>,
        after: Option<TokenId>,
        limit: u32,
    ) -> Result<Vec<Token>, StoreError> {
        let filter = after_id(doc! { "user": user.map(|user| user.to_string()) }, after);
        let tokens = self.tokens().list(filter, doc! { "_id": 1 }, limit).await?;
        tokens.into_iter().map(Token::try_from).collect()
    }

    async fn touch_tokens(&self, used: &[(TokenId, Timestamp)]) -> Result<(), StoreError> {
        let used = used.iter().map(|(id, at)| (id.to_string(), *at));
        self.tokens().touch("last_used_at", used).await
    }

    async fn rehash_token(
        &self,
        id: TokenId,
        expected: &TokenHash,
        new: &TokenHash,
    ) -> Result<HashExchange, StoreError> {
        let filter = doc! { "_id": id.to_string(), "hash": hash(expected) };
        let change = doc! { "$set": { "hash": hash(new) } };
        Ok(match self.tokens().update(filter, change).await? {
            true => HashExchange::Replaced,
            false => HashExchange::Stale,
        })
    }

    async fn retire_token(&self, user: Option<UserId>, id: TokenId) -> Result<Ended, StoreError> {
        // The token of a service has no user.
        let user = user.map(|user| user.to_string());
        let filter = doc! { "_id": id.to_string(), "user": user };
        self.tokens().delete(filter).await.map(ended)
    }
}

#[async_trait]
impl ArchiveOf<Token> for MongodbStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.tokens().count(doc! {}).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Token>, StoreError> {
        let found = archive_page(&self.tokens(), page_of_owned(after, limit), limit).await?;
        found.into_iter().map(Token::try_from).collect()
    }

    async fn put_all(&self, tokens: &[Token]) -> Result<(), StoreError> {
        let documents: Vec<_> = tokens.iter().map(TokenDocument::from).collect();
        self.tokens().put_all(&documents).await
    }
}
