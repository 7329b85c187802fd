//! A user ends one of their sessions.

use crate::{Guestlist, SecurityEventKind, SessionId, SignOutError, UserId};

impl Guestlist {
    /// Ends the session if it belongs to the user. A session that has ended or belongs to another
    /// user is not an error: the caller must not learn which sessions exist.
    pub async fn end_session(&self, user: UserId, session: SessionId) -> Result<(), SignOutError> {
        let found = self.store().find_session(session).await?;
        match found {
            Some((found, _)) if found.user_id == user => {
                let kind = SecurityEventKind::SessionEnded;
                self.end(session, Some(user), kind).await
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{SessionId, UserId, Wanted, auth::fixture::Fixture};

    /// SE13: ending twice, an unknown session, or another user's session.
    #[tokio::test]
    async fn only_the_users_own_session_ends_and_any_other_id_is_no_error() {
        let fixture = Fixture::new().await;
        let signed_in = fixture.sign_in(Wanted::DATABASE).await;
        let (session, token) = (signed_in.session.id, signed_in.access_token);
        let stranger = UserId::new(fixture.now());
        let end = |user, session| fixture.guestlist.end_session(user, session);
        end(stranger, session).await.expect("is no error");
        let unknown = SessionId::new(fixture.now());
        end(fixture.user.id, unknown).await.expect("is no error");
        assert!(fixture.opens(token.expose()).await);
        for _ in 0..2 {
            end(fixture.user.id, session).await.expect("ends");
            assert!(!fixture.opens(token.expose()).await);
        }
    }
}
