//! A user revokes a personal access token.

use crate::{
    Ended, Guestlist, SecurityEventKind, StoreError, TokenId, UserId, detail,
    identity_cache::Tombstone,
};

impl Guestlist {
    /// Ends the personal access token if it belongs to the user. A token that has ended or belongs
    /// to another user is not an error.
    pub async fn retire_token(&self, user: UserId, token: TokenId) -> Result<(), RetireTokenError> {
        self.retire(Some(user), token).await.map(drop)
    }

    pub(super) async fn retire(
        &self,
        user: Option<UserId>,
        token: TokenId,
    ) -> Result<Ended, RetireTokenError> {
        let ended = self.store().retire_token(user, token).await?;
        if ended == Ended::Now {
            self.has_ended(Tombstone::Token(token));
            match user {
                Some(user) => {
                    let event = self.event(user, SecurityEventKind::TokenRevoked);
                    self.record_event(event.with(detail::TOKEN, token)).await;
                }
                None => tracing::info!(%token, "revoked a token"),
            }
        }
        Ok(ended)
    }
}

/// Why the token may still be valid.
#[derive(Debug, thiserror::Error)]
pub enum RetireTokenError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use crate::{Ended, UserId, auth::fixture::Fixture};

    #[tokio::test]
    async fn another_users_token_is_not_revoked() {
        let fixture = Fixture::new().await;
        let made = fixture.personal_token().await;
        let (id, token) = (made.token.id, made.secret.expose());
        let stranger = UserId::new(fixture.now());
        let retired = fixture.guestlist.retire_token(stranger, id).await;
        retired.expect("is no error");
        let revoked = fixture.guestlist.revoke_service_token(id).await;
        assert_eq!(revoked.expect("is no error"), Ended::Before);
        assert!(fixture.opens(token).await);
    }
}
