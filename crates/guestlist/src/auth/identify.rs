//! Somebody shows a credential: whose is it, and does it still open anything?

use std::sync::Arc;

use crate::{
    Guestlist, OpaqueToken, Scope, Session, StoreError, Timestamp, Token, TokenKind, User,
    token::NoToken,
};

/// Who somebody is, and by what.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who it is. The password hash is left out: nobody who is inside needs it.
    pub user: User,
    /// What the credential belongs to.
    pub by: By,
    /// How much the credential opens.
    pub scope: Scope,
    /// From when on it opens nothing.
    pub expires_at: Timestamp,
}

/// What a credential belongs to.
#[derive(Clone, Debug)]
pub enum By {
    /// A session.
    Session(Session),
    /// A personal token.
    Token(Token),
}

impl Identity {
    /// The session, if it is one that the credential belongs to.
    pub fn session(&self) -> Option<&Session> {
        match &self.by {
            By::Session(session) => Some(session),
            By::Token(_) => None,
        }
    }
}

impl Guestlist {
    /// Who holds that access token or personal token, if it is ours, has not expired, and what it
    /// belongs to lives.
    ///
    /// The answer is never older than [`Builder::recheck`](crate::Builder::recheck).
    pub async fn identify(&self, credential: &str) -> Result<Arc<Identity>, IdentifyError> {
        // Before the cache, which does not know where a credential came from.
        if TokenKind::Cookie.is_kind_of(credential) {
            return Err(IdentifyError::InvalidToken);
        }
        self.identify_any(credential).await
    }

    /// The same of what a cookie holds: nothing that is for the `Authorization` header opens anything from
    /// there, and nothing that is for a cookie opens anything elsewhere. Whoever calls this has to know
    /// that the request was made from a page of ours, because browsers send cookies by themselves.
    pub async fn identify_cookie(&self, value: &str) -> Result<Arc<Identity>, IdentifyError> {
        if !TokenKind::Cookie.is_kind_of(value) {
            return Err(IdentifyError::InvalidToken);
        }
        self.identify_any(value).await
    }

    async fn identify_any(&self, credential: &str) -> Result<Arc<Identity>, IdentifyError> {
        let started_at = self.clock().monotonic();
        let now = self.now();
        // Its place in the cache; what is stored of it may be a hash under the previous key.
        let hash = self.token_keys().hash(credential);
        if let Some(identity) = self.identities().find(&hash, now, started_at) {
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
        self.identities().keep(hash, &identity, started_at);
        match &identity.by {
            By::Session(session) => self.seen(session, now),
            By::Token(token) => self.used(token, now),
        }
        Ok(identity)
    }

    async fn by_secret(&self, token: &OpaqueToken) -> Result<Identity, IdentifyError> {
        let found = self.live_session(token.record().into()).await?;
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
        let found = self.live_session(claims.session).await?;
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
            // A personal token always has an end.
            expires_at: token.expires_at.ok_or(IdentifyError::InvalidToken)?,
            by: By::Token(token),
        })
    }
}

impl Identity {
    fn by_session(session: Session, user: User, credential_ends: Timestamp) -> Self {
        Self {
            user,
            scope: session.scope,
            expires_at: credential_ends.min(session.expires_at),
            by: By::Session(session),
        }
    }
}

/// Why a credential opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum IdentifyError {
    /// It is expired, ended, forged or no token at all: we never say which.
    #[error("the access token is invalid")]
    InvalidToken,
    /// We could not look.
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
