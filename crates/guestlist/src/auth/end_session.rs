//! Somebody ends one of their sessions.

use crate::{Guestlist, SessionId, SignOutError, UserId};

impl Guestlist {
    /// Ends that session if it is the user's. One that is over, or another user's, is no error and
    /// stays as it is: nobody learns which ones there are.
    pub async fn end_session(&self, user: UserId, session: SessionId) -> Result<(), SignOutError> {
        let found = self.store().find_session(session).await?;
        match found {
            Some((found, _)) if found.user_id == user => self.sign_out(session).await,
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{SessionId, UserId, Wanted, auth::scene::Scene};

    /// `SE13`: twice, unknown, or with another user's id.
    #[tokio::test]
    async fn only_the_users_own_ends_and_the_rest_is_no_error() {
        let scene = Scene::new().await;
        let signed_in = scene.sign_in(Wanted::DATABASE).await;
        let (session, token) = (signed_in.session.id, signed_in.access_token);
        let stranger = UserId::new(scene.now());
        let end = |user, session| scene.guestlist.end_session(user, session);
        end(stranger, session).await.expect("is no error");
        let unknown = SessionId::new(scene.now());
        end(scene.user.id, unknown).await.expect("is no error");
        assert!(scene.opens(token.expose()).await);
        for _ in 0..2 {
            end(scene.user.id, session).await.expect("ends");
            assert!(!scene.opens(token.expose()).await);
        }
    }
}
