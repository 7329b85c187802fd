//! Token revocation (RFC 7009): the holder of a token ends it and its session. The token is the
//! only credential needed.

use crate::{Guestlist, OpaqueToken, SignOutError, StoreError, TokenKind, auth::RetireTokenError};

impl Guestlist {
    /// Ends the session of an access or refresh token, or the one personal access token or service
    /// token. A token that is unknown, forged or has ended is not an error (RFC 7009, section 2.2).
    pub async fn revoke(&self, token: &str) -> Result<(), RevokeError> {
        if let Ok(refresh) = self.refresh_keys().read(token) {
            return Ok(self.sign_out(refresh.session).await?);
        }
        match OpaqueToken::parse(token) {
            Ok(opaque) => self.revoke_opaque(&opaque).await,
            Err(_) => match self.claims(token, self.now()).await? {
                Some(claims) => Ok(self.sign_out(claims.session).await?),
                None => Ok(()),
            },
        }
    }

    async fn revoke_opaque(&self, token: &OpaqueToken) -> Result<(), RevokeError> {
        let presented = token.expose();
        match token.kind() {
            TokenKind::Access | TokenKind::Cookie => {
                let found = self.store().find_session(token.record().into()).await?;
                match found {
                    Some((session, _))
                        if self.is_stored(session.secret_hash.as_ref(), presented) =>
                    {
                        Ok(self.sign_out(session.id).await?)
                    }
                    _ => Ok(()),
                }
            }
            TokenKind::Personal | TokenKind::Service => {
                let found = self.store().find_token(token.record().into()).await?;
                match found {
                    Some((record, _)) if self.is_stored(Some(&record.hash), presented) => Ok(self
                        .retire(record.owner.user(), record.id)
                        .await
                        .map(drop)?),
                    _ => Ok(()),
                }
            }
            // Authentic refresh tokens were handled above.
            TokenKind::Refresh => Ok(()),
        }
    }
}

/// Why the token may still be valid.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<SignOutError> for RevokeError {
    fn from(error: SignOutError) -> Self {
        match error {
            SignOutError::Store(error) => Self::Store(error),
        }
    }
}

impl From<RetireTokenError> for RevokeError {
    fn from(error: RetireTokenError) -> Self {
        match error {
            RetireTokenError::Store(error) => Self::Store(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        TokenName, Wanted,
        auth::fixture::{Fixture, refresh_token},
    };

    #[tokio::test]
    async fn an_unknown_token_is_no_error_and_ends_nothing() {
        let fixture = Fixture::new().await;
        let held = fixture.sign_in(Wanted::DATABASE).await;
        let made = fixture.personal_token().await;
        let forged = [
            OpaqueToken::new(TokenKind::Access, held.session.id.as_uuid()),
            OpaqueToken::new(TokenKind::Cookie, held.session.id.as_uuid()),
            OpaqueToken::new(TokenKind::Personal, made.token.id.as_uuid()),
            OpaqueToken::new(TokenKind::Service, made.token.id.as_uuid()),
        ];
        let forged = forged.iter().map(OpaqueToken::expose);
        for token in forged.chain(["", "null", "a.b.c", "glr_", "gla_AAAA"]) {
            fixture.guestlist.revoke(token).await.expect("is no error");
        }
        assert!(fixture.opens(held.access_token.expose()).await);
        assert!(fixture.opens(made.secret.expose()).await);
    }

    #[tokio::test]
    async fn a_refresh_token_of_any_generation_ends_its_session() {
        let fixture = Fixture::new().await;
        let held = fixture.sign_in(Wanted::DATABASE).await;
        let next = fixture
            .refresh(refresh_token(&held))
            .await
            .expect("refreshes");
        let revoked = fixture.guestlist.revoke(refresh_token(&held)).await;
        revoked.expect("revokes");
        assert!(!fixture.opens(next.access_token.expose()).await);
        let again = fixture.guestlist.revoke(refresh_token(&held)).await;
        again.expect("is no error");
    }

    #[tokio::test]
    async fn a_replaced_access_token_revokes_nothing() {
        let fixture = Fixture::new().await;
        let held = fixture.sign_in(Wanted::DATABASE).await;
        let next = fixture
            .refresh(refresh_token(&held))
            .await
            .expect("refreshes");
        let revoked = fixture.guestlist.revoke(held.access_token.expose()).await;
        revoked.expect("is no error");
        assert!(fixture.opens(next.access_token.expose()).await);
    }

    #[tokio::test]
    async fn a_service_can_revoke_its_own_token() {
        let fixture = Fixture::new().await;
        let name = TokenName::parse("gateway").expect("is a name");
        let issued = fixture.guestlist.issue_service_token(name, None).await;
        let token = issued.expect("issues").secret;
        let revoked = fixture.guestlist.revoke(token.expose()).await;
        revoked.expect("revokes");
        let known = fixture.guestlist.identify_service(token.expose()).await;
        assert!(known.is_err());
    }
}
