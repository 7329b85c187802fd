//! An operator lets services ask what a token is worth.

use super::{MadeToken, RetireTokenError};
use crate::{
    Ended, Epoch, Guestlist, OpaqueToken, Scope, StoreError, Timestamp, Token, TokenId, TokenKind,
    TokenName, TokenOwner,
};

impl Guestlist {
    /// Makes a token for the service of that name, until then or until it is revoked. A service may
    /// have several, so that one can follow the other.
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
        // A service is always there.
        self.store().insert_token(&token, u32::MAX).await?;
        tracing::info!(token = %id, service = %token.name, "issued a service token");
        Ok(MadeToken { token, secret })
    }

    /// Up to `limit` tokens of services, expired ones too, in the order in which they were made: the
    /// first ones, or those after that one.
    pub async fn list_service_tokens(
        &self,
        after: Option<TokenId>,
        limit: u32,
    ) -> Result<Vec<Token>, StoreError> {
        self.store().list_tokens(None, after, limit).await
    }

    /// Ends that token of a service, and says whether it was there; one that was not is no error.
    pub async fn revoke_service_token(&self, token: TokenId) -> Result<Ended, RetireTokenError> {
        self.retire(None, token).await
    }
}
