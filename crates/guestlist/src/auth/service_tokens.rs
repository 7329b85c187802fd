//! An operator creates tokens for services, which introspect other tokens.

use super::{MadeToken, RetireTokenError};
use crate::{
    Ended, Epoch, Guestlist, OpaqueToken, Scope, StoreError, Timestamp, Token, TokenId, TokenKind,
    TokenName, TokenOwner,
};

impl Guestlist {
    /// Creates a token for the service of this name, valid until `expires_at` or until it is
    /// revoked. A service may have several tokens, so that a new one can replace an old one.
    pub async fn issue_service_token(
        &self,
        name: TokenName,
        expires_at: Option<Timestamp>,
    ) -> Result<MadeToken, StoreError> {
        let now = self.now();
        let id = TokenId::new(now);
        let secret = OpaqueToken::new(TokenKind::Service, id.as_uuid());
        let token = Token {
            id,
            owner: TokenOwner::Service(name.clone()),
            token_epoch: Epoch::default(),
            hash: self.token_keys().hash(secret.expose()),
            name,
            scope: Scope::Introspect,
            created_at: now,
            expires_at,
            last_used_at: None,
        };
        // The store never refuses a service's token: a service has no quota, and no user who may
        // be deleted in the meantime.
        self.store().insert_token(&token, u32::MAX).await?;
        tracing::info!(token = %id, service = %token.name, "issued a service token");
        Ok(MadeToken { token, secret })
    }

    /// Returns up to `limit` service tokens, including expired ones, in the order of their
    /// creation. The list begins after the id `after`, or at the beginning of the order if `after`
    /// is `None`.
    pub async fn list_service_tokens(
        &self,
        after: Option<TokenId>,
        limit: u32,
    ) -> Result<Vec<Token>, StoreError> {
        self.store().list_tokens(None, after, limit).await
    }

    /// Ends a service token, and returns whether it existed. A token that does not exist is not an
    /// error.
    pub async fn revoke_service_token(&self, token: TokenId) -> Result<Ended, RetireTokenError> {
        self.retire(None, token).await
    }
}
