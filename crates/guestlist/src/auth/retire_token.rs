//! Somebody takes a program's token back.

use crate::{Ended, Guestlist, StoreError, TokenId, UserId, identity_cache::Tombstone};

impl Guestlist {
    /// Ends that personal token if it is the user's. One that is over, or another user's, is no error
    /// and stays as it is.
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
            tracing::info!(%token, "retired a token");
        }
        Ok(ended)
    }
}

/// Why a token may still be there.
#[derive(Debug, thiserror::Error)]
pub enum RetireTokenError {
    /// We could not look.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use crate::{Ended, UserId, auth::scene::Scene};

    #[tokio::test]
    async fn nobody_retires_what_is_not_theirs() {
        let scene = Scene::new().await;
        let made = scene.personal_token().await;
        let (id, token) = (made.token.id, made.secret.expose());
        let stranger = UserId::new(scene.now());
        let retired = scene.guestlist.retire_token(stranger, id).await;
        retired.expect("is no error");
        let revoked = scene.guestlist.revoke_service_token(id).await;
        assert_eq!(revoked.expect("is no error"), Ended::Before);
        assert!(scene.opens(token).await);
    }
}
