//! Identifies a user by a credential.

use std::sync::Arc;

use crate::{
    By, Guestlist, Identity, OpaqueToken, StoreError, Timestamp, TokenKind,
    identity_cache::CacheKey, token::NoToken,
};

impl Guestlist {
    /// Verifies an access token or a personal access token, and returns its user.
    ///
    /// The result may come from a cache. Such a result is at most
    /// [`Builder::recheck`](crate::Builder::recheck) old, so a token that was ended is accepted for
    /// at most that long. A token is never accepted after its expiry.
    ///
    /// # Errors
    ///
    /// [`IdentifyError::InvalidToken`] if the token is malformed, unknown or expired, or if the
    /// session of an access token or the record of a personal access token has ended. Other errors
    /// mean that the store failed.
    pub async fn identify(&self, credential: &str) -> Result<Arc<Identity>, IdentifyError> {
        // Checked before the cache, which does not know where a credential came from.
        if TokenKind::Cookie.is_kind_of(credential) {
            return Err(IdentifyError::InvalidToken);
        }
        self.identify_any(credential).await
    }

    /// Returns the user of a session cookie, as [`identify`](Self::identify) does for a token.
    ///
    /// Browsers send cookies by themselves. So first check that the request comes from a page of
    /// this site.
    ///
    /// # Errors
    ///
    /// [`IdentifyError::InvalidToken`] also for a token that belongs into the `Authorization`
    /// header: it is not accepted as a cookie. [`identify`](Self::identify) accepts no cookie.
    pub async fn identify_cookie(&self, value: &str) -> Result<Arc<Identity>, IdentifyError> {
        if !TokenKind::Cookie.is_kind_of(value) {
            return Err(IdentifyError::InvalidToken);
        }
        self.identify_any(value).await
    }

    async fn identify_any(&self, credential: &str) -> Result<Arc<Identity>, IdentifyError> {
        let started_at = self.clock().monotonic();
        let now = self.now();
        let key = CacheKey::of(credential);
        if let Some(identity) = self.identities().find(&key, now, started_at) {
            return Ok(identity);
        }
        let mut identity = match OpaqueToken::parse(credential) {
            Ok(token) => match token.kind() {
                TokenKind::Access | TokenKind::Cookie => self.by_secret(&token).await?,
                TokenKind::Personal => self.by_token(&token, now).await?,
                TokenKind::Refresh | TokenKind::Service => {
                    return Err(IdentifyError::InvalidToken);
                }
            },
            Err(NoToken) => self.by_jwt(credential, now).await?,
        };
        if identity.expires_at <= now {
            return Err(IdentifyError::InvalidToken);
        }
        identity.user.password_hash = None;
        let identity = Arc::new(identity);
        self.identities().keep(key, &identity, started_at);
        match &identity.by {
            By::Session(session) => self.seen(session, now),
            By::Token(token) => self.used(token, now),
        }
        Ok(identity)
    }

    async fn by_secret(&self, token: &OpaqueToken) -> Result<Identity, IdentifyError> {
        let found = self.active_session(token.record().into()).await?;
        let (session, user) = found.ok_or(IdentifyError::InvalidToken)?;
        if !self.is_stored(session.secret_hash.as_ref(), token.expose()) {
            return Err(IdentifyError::InvalidToken);
        }
        let ends = session.secret_expires_at.unwrap_or(session.expires_at);
        Ok(Identity::by_session(session, user, ends))
    }

    async fn by_jwt(&self, token: &str, now: Timestamp) -> Result<Identity, IdentifyError> {
        let claims = self.claims(token, now).await?;
        let claims = claims.ok_or(IdentifyError::InvalidToken)?;
        let found = self.active_session(claims.session).await?;
        let (session, user) = found.ok_or(IdentifyError::InvalidToken)?;
        if claims.user != user.id {
            return Err(IdentifyError::InvalidToken);
        }
        Ok(Identity::by_session(session, user, claims.expires_at))
    }

    async fn by_token(
        &self,
        presented: &OpaqueToken,
        now: Timestamp,
    ) -> Result<Identity, IdentifyError> {
        let found = self.store().find_token(presented.record().into()).await?;
        let found = found.filter(|(token, user)| {
            self.is_stored(Some(&token.hash), presented.expose())
                && token.is_active(user.as_ref(), now)
        });
        let (token, user) = found.ok_or(IdentifyError::InvalidToken)?;
        let token = self.rehash(token, presented).await?;
        Ok(Identity {
            user: user.ok_or(IdentifyError::InvalidToken)?,
            scope: token.scope,
            // Every personal access token expires.
            expires_at: token.expires_at.ok_or(IdentifyError::InvalidToken)?,
            by: By::Token(token),
        })
    }
}

/// Why a credential is refused.
#[derive(Debug, thiserror::Error)]
pub enum IdentifyError {
    /// The token is expired, ended, forged or malformed. The caller is not told which.
    #[error("the access token is invalid")]
    InvalidToken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NoToken> for IdentifyError {
    fn from(_: NoToken) -> Self {
        Self::InvalidToken
    }
}

#[cfg(test)]
mod tests;
