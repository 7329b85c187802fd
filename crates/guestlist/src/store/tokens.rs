//! Personal access tokens and the tokens of services in a store.

use super::{Ended, HashExchange, StoreError, archive::Archived};
use crate::{Timestamp, Token, TokenHash, TokenId, User, UserId};

crate::operations! {
    /// The operations on personal access tokens and the tokens of services.
    pub trait TokenStore {
        /// Stores a new token, if its owner exists (a service always does) and has fewer than
        /// `quota` tokens. A service has no quota.
        ///
        /// If the user has `quota` tokens, the store first removes those that expired at the new
        /// token's `created_at` or before, and those of an earlier token epoch. Of insertions that
        /// race for the last places, some may be refused although there was room; there are never
        /// more than `quota` tokens.
        async fn insert_token(
            &self,
            token: &Token,
            quota: u32,
        ) -> Result<TokenInsertion, StoreError>;

        /// Returns the token with that id, active or not, and its user, if a user owns it.
        async fn find_token(
            &self,
            id: TokenId,
        ) -> Result<Option<(Token, Option<User>)>, StoreError>;

        /// Returns up to `limit` tokens of that user, or of all services if `user` is `None`.
        /// Inactive tokens are included. The order is that of the ids. The list begins after the id
        /// `after`, or at the beginning of the order if `after` is `None`.
        async fn list_tokens(
            &self,
            user: Option<UserId>,
            after: Option<TokenId>,
            limit: u32,
        ) -> Result<Vec<Token>, StoreError>;

        /// Notes when each token was last used. Older timestamps never overwrite newer ones;
        /// deleted tokens are ignored. Each token is an atomic operation of its own.
        async fn touch_tokens(&self, used: &[(TokenId, Timestamp)]) -> Result<(), StoreError>;

        /// Replaces the hash of a token by another hash of the same token, if the stored hash is
        /// the expected one.
        async fn rehash_token(
            &self,
            id: TokenId,
            expected: &TokenHash,
            new: &TokenHash,
        ) -> Result<HashExchange, StoreError>;

        /// Removes a token of that user, or of a service if `user` is `None`. Other tokens stay.
        async fn retire_token(
            &self,
            user: Option<UserId>,
            id: TokenId,
        ) -> Result<Ended, StoreError>;
    }
}

/// The outcome of [`TokenStore::insert_token`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenInsertion {
    /// The token is stored.
    Done,
    /// The user has as many tokens as the quota allows; the token was not stored.
    QuotaReached,
    /// The user does not exist (any more); nothing was changed.
    UserGone,
}

impl Archived for Token {
    const PLURAL: &'static str = "tokens";

    fn archive_id(&self) -> String {
        self.id.to_string()
    }
}
