use guestlist::{Epoch, StoreError, Timestamp, Token, TokenName, TokenOwner};
use mongodb::bson::{Binary, DateTime};
use serde::{Deserialize, Serialize};

use super::{date, hash, parsed, read_hash, unreadable};

/// What outlives sessions: a user's token, or a service's, which has no user.
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
    /// The same for the index that removes it.
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
